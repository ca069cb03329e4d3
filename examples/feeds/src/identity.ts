/** @module identity: by what an entry is known again, at the next poll and after the feed was written anew. */
import type { Entry } from './entry.ts'

const KEY_LENGTH = 300

/** 64 bits of a text, as 13 characters: FNV-1a with two bases. It tells apart; it keeps nothing secret. */
export function hash(text: string): string {
  let a = 0x811c9dc5
  let b = 0xc9dc5118
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x01000193) ^ (b >>> 15)
  }
  return ((BigInt(a >>> 0) << 32n) | BigInt(b >>> 0)).toString(36).padStart(13, '0')
}

/** What an entry says of itself beside its id. */
const fingerprint = ({ link = '', title = '', published = '' }: Entry): string => `${link}\n${title}\n${published}`

/** The id, else the link, else what title, date and text make together. */
const nameOf = (entry: Entry): string =>
  entry.id ?? entry.link ?? `${fingerprint(entry)}\n${entry.content ?? entry.summary ?? ''}`

export interface Identity {
  /** Of this entry in this feed; reserved in an item as `_dedupe_key`. */
  key: string
  /** What is remembered: of its name, and of its name with its fingerprint. */
  marks: readonly [name: string, whole: string]
  /** Whether the entry was there when `seen` was. */
  isIn(seen: ReadonlySet<string>): boolean
}

/**
 * An id that several entries share identifies none of them: some feeds give the address of the site to all. Entries that
 * are alike in all are one.
 */
export function identify<E extends Entry>(entries: readonly E[]): { entry: E; identity: Identity }[] {
  const owners = new Map<string, Set<string>>()
  for (const entry of entries) {
    const name = nameOf(entry)
    const prints = owners.get(name)
    if (prints) prints.add(fingerprint(entry))
    else owners.set(name, new Set([fingerprint(entry)]))
  }
  const found = new Map<string, { entry: E; identity: Identity }>()
  for (const entry of entries) {
    const name = nameOf(entry)
    const isShared = owners.get(name)!.size > 1
    const marks = [hash(name), hash(`${name}\n${fingerprint(entry)}`)] as const
    const key = isShared ? `${name.slice(0, KEY_LENGTH)} ${marks[1]}` : name.length > KEY_LENGTH ? marks[0] : name
    const decisive = marks[isShared ? 1 : 0]
    if (found.has(decisive)) continue
    found.set(decisive, { entry, identity: { key, marks, isIn: (seen) => seen.has(decisive) } })
  }
  return [...found.values()]
}
