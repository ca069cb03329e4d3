/**
 * @module search: all cards in memory with an index of their words and facets, so that a search is arithmetic on small
 * numbers whatever the database is. A registry follows what others publish on the same catalog by asking what was touched.
 */
import type { Card } from '../card.ts'
import { FACET_NAMES, FACETS, type FacetName } from './facets.ts'
import { WordList, wordsOf } from './words.ts'

export const SORTS = ['relevance', 'downloads', 'updated', 'score', 'name'] as const
export type Sort = (typeof SORTS)[number]

export interface Query {
  q?: string | undefined
  filters?: Partial<Record<FacetName, string>>
  author?: string | undefined
  sort?: Sort | undefined
  offset?: number
  limit: number
}

export interface Hit {
  card: Card
  downloads: number
}

export interface FacetCount {
  value: string
  count: number
}

export interface Found {
  total: number
  hits: Hit[]
  facets: Record<FacetName, FacetCount[]>
}

interface Entry extends Hit {
  slot: number
  /** Numbers of its facets' values. */
  facets: Uint32Array
}

/** What a word is worth, by where it stands. */
const WEIGHTS = { name: 12, displayName: 8, tag: 5, member: 3, description: 1 } as const
/** Whoever types the whole name means it. */
const CALLED_SO = 4
const SHOWN_VALUES = 12
const HELD_ANSWERS = 500
const QUERY_WORDS = 10

/** Its words, and what each is worth: computed again rather than held. */
function weightsOf(card: Card): Map<string, number> {
  const words = new Map<string, number>()
  const add = (text: string, weight: number): void => {
    for (const word of wordsOf(text)) words.set(word, Math.max(words.get(word) ?? 0, weight))
  }
  add(card.description, WEIGHTS.description)
  for (const member of [...card.actions, ...card.triggers]) add(member, WEIGHTS.member)
  for (const tag of [...card.tags, ...card.categories, ...card.hosts, card.language]) add(tag, WEIGHTS.tag)
  add(card.displayName, WEIGHTS.displayName)
  add(card.name, WEIGHTS.name)
  return words
}

export class Search {
  readonly #entries = new Map<string, Entry>()
  /** By slot: free ones are undefined. */
  readonly #slots: (Entry | undefined)[] = []
  readonly #free: number[] = []
  /** Word → slot → weight. */
  readonly #index = new Map<string, Map<number, number>>()
  readonly #words = new WordList()
  readonly #values: { facet: FacetName; value: string }[] = []
  readonly #valueIds = new Map<string, number>()
  readonly #texts = new Map<string, string>()
  readonly #orders = new Map<Sort, Entry[]>()
  /** Answers, until something changes: most visitors ask the same. */
  readonly #found = new Map<string, Found>()

  get size(): number {
    return this.#entries.size
  }

  /** Many at once, before the first search. */
  fill(hits: readonly Hit[]): void {
    for (const hit of hits) this.#insert(hit)
    this.#words.fill(this.#index.keys())
  }

  /** The same, part by part: there is never more than one of them beside what is kept. */
  async fillFrom(parts: AsyncIterable<readonly Hit[]>): Promise<void> {
    for await (const hits of parts) for (const hit of hits) this.#insert(hit)
    this.#words.fill(this.#index.keys())
  }

  put(hit: Hit): void {
    const held = this.#entries.get(hit.card.name)
    // Most of what is touched was downloaded: its words are the same.
    if (held && held.card.digest === hit.card.digest && held.card.score === hit.card.score) {
      if (held.downloads !== hit.downloads) this.#changed()
      held.downloads = hit.downloads
      return
    }
    if (held) this.remove(hit.card.name)
    this.#insert(hit)
    for (const word of weightsOf(hit.card).keys()) this.#words.add(word)
  }

  remove(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    this.#entries.delete(name)
    this.#slots[entry.slot] = undefined
    this.#free.push(entry.slot)
    // A word that nobody has any more stays in the list: it finds nothing.
    for (const word of weightsOf(entry.card).keys()) this.#index.get(word)?.delete(entry.slot)
    this.#changed()
  }

  find(query: Query): Found {
    const key = JSON.stringify(query)
    const held = this.#found.get(key)
    if (held) return held
    if (this.#found.size >= HELD_ANSWERS) this.#found.clear()
    const found = this.#search(query)
    this.#found.set(key, found)
    return found
  }

  #changed(): void {
    this.#orders.clear()
    this.#found.clear()
  }

  #search({ q = '', filters = {}, author, sort, offset = 0, limit }: Query): Found {
    const words = wordsOf(q).slice(0, QUERY_WORDS)
    const weights = words.length > 0 ? this.#weights(words) : undefined
    const wanted = this.#wanted(filters)
    const matches: Entry[] = []
    const counts = new Uint32Array(this.#values.length)
    const order = sort ?? (weights ? 'relevance' : 'downloads')
    if (wanted !== undefined)
      for (const entry of weights && order === 'relevance'
        ? this.#byWeight(weights, words.join('-'))
        : this.#ordered(order)) {
        if (weights && !weights.has(entry.slot)) continue
        if (author !== undefined && entry.card.author !== author) continue
        if (!wanted.every((id) => entry.facets.includes(id))) continue
        matches.push(entry)
        for (const id of entry.facets) counts[id]!++
      }
    return {
      total: matches.length,
      hits: matches.slice(offset, offset + limit).map(({ card, downloads }) => ({ card, downloads })),
      facets: this.#counted(counts),
    }
  }

  /** Names that begin with what was typed, the most fetched first. */
  suggest(text: string, limit: number): Hit[] {
    const typed = text.trim().toLowerCase()
    if (typed === '') return []
    const found: Entry[] = []
    for (const entry of this.#ordered('downloads')) {
      const { name, displayName } = entry.card
      if (name.startsWith(typed) || name.includes(`/${typed}`) || displayName.toLowerCase().startsWith(typed))
        found.push(entry)
      if (found.length >= limit) break
    }
    return found.map(({ card, downloads }) => ({ card, downloads }))
  }

  #insert({ card, downloads }: Hit): Entry {
    const slot = this.#free.pop() ?? this.#slots.length
    const ids = FACET_NAMES.flatMap((facet) => FACETS[facet].of(card).map((value) => this.#valueId(facet, value)))
    const entry: Entry = { card: this.#shared(card), downloads, slot, facets: Uint32Array.from(ids) }
    this.#slots[slot] = entry
    this.#entries.set(card.name, entry)
    for (const [word, weight] of weightsOf(card)) {
      const slots = this.#index.get(word)
      if (slots) slots.set(slot, weight)
      else this.#index.set(word, new Map([[slot, weight]]))
    }
    this.#changed()
    return entry
  }

  /** Thousands of cards say the same: each text is held once. */
  #shared(card: Card): Card {
    const one = (text: string): string => {
      const held = this.#texts.get(text)
      if (held === undefined) this.#texts.set(text, text)
      return held ?? text
    }
    const all = (texts: readonly string[]): string[] => texts.map(one)
    return {
      ...card,
      ...{ author: one(card.author), license: one(card.license), language: one(card.language) },
      ...{
        categories: all(card.categories),
        tags: all(card.tags),
        capabilities: all(card.capabilities) as Card['capabilities'],
      },
      ...{ hosts: all(card.hosts), imports: all(card.imports), exports: all(card.exports) },
      ...{ actions: all(card.actions), triggers: all(card.triggers) },
    }
  }

  #valueId(facet: FacetName, value: string): number {
    const key = `${facet}:${value}`
    const known = this.#valueIds.get(key)
    if (known !== undefined) return known
    this.#valueIds.set(key, this.#values.length)
    this.#values.push({ facet, value })
    return this.#values.length - 1
  }

  /** Numbers that an entry must have; undefined: nobody has one of them. */
  #wanted(filters: Partial<Record<FacetName, string>>): number[] | undefined {
    const ids = Object.entries(filters).map(([facet, value]) => this.#valueIds.get(`${facet}:${value}`))
    return ids.every((id) => id !== undefined) ? ids : undefined
  }

  /** Slots that have every word, or one that begins with it, and how well they fit. */
  #weights(words: readonly string[]): Map<number, number> {
    let found: Map<number, number> | undefined
    for (const word of words) {
      const fits = new Map<number, number>()
      for (const whole of this.#words.beginningWith(word)) {
        const share = whole === word ? 1 : word.length / whole.length / 2
        for (const [slot, weight] of this.#index.get(whole) ?? [])
          fits.set(slot, Math.max(fits.get(slot) ?? 0, weight * share))
      }
      const before = found
      found = before ? new Map() : fits
      if (before) for (const [slot, weight] of fits) if (before.has(slot)) found.set(slot, weight + before.get(slot)!)
    }
    return found ?? new Map()
  }

  /** What is called so, then what fits best; among equals what is used and cared for. */
  #byWeight(weights: Map<number, number>, name: string): Entry[] {
    const rank = new Map<Entry, number>()
    for (const [slot, weight] of weights) {
      const entry = this.#slots[slot]
      if (!entry) continue
      const called = entry.card.name.replace(/^@.*\//, '') === name ? CALLED_SO : 1
      rank.set(entry, called * weight * (1 + Math.log10(1 + entry.downloads) / 10 + entry.card.score / 500))
    }
    return [...rank].sort((a, b) => b[1] - a[1]).map(([entry]) => entry)
  }

  #ordered(sort: Sort): Entry[] {
    const held = this.#orders.get(sort)
    if (held) return held
    const byName = (a: Entry, b: Entry): number => (a.card.name < b.card.name ? -1 : 1)
    const orders: Record<Sort, (a: Entry, b: Entry) => number> = {
      name: byName,
      relevance: (a, b) => b.downloads - a.downloads || b.card.score - a.card.score || byName(a, b),
      downloads: (a, b) => b.downloads - a.downloads || b.card.score - a.card.score || byName(a, b),
      updated: (a, b) => b.card.publishedAt - a.card.publishedAt || byName(a, b),
      score: (a, b) => b.card.score - a.card.score || b.downloads - a.downloads || byName(a, b),
    }
    const sorted = [...this.#entries.values()].sort(orders[sort])
    this.#orders.set(sort, sorted)
    return sorted
  }

  #counted(counts: Uint32Array): Record<FacetName, FacetCount[]> {
    const facets = Object.fromEntries(FACET_NAMES.map((name) => [name, [] as FacetCount[]])) as Found['facets']
    this.#values.forEach(({ facet, value }, id) => {
      if (counts[id]! > 0) facets[facet].push({ value, count: counts[id]! })
    })
    for (const list of Object.values(facets)) {
      list.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      list.length = Math.min(list.length, SHOWN_VALUES)
    }
    return facets
  }
}
