/** @module item: an entry as a flow is handed it. */
import { parseDate } from './dates.ts'
import type { Enclosure, Entry } from './entry.ts'
import type { Feed } from './feed.ts'
import { absolute, absoluteLinks, excerpt, textOf } from './html.ts'

const SUMMARY_LENGTH = 500

export interface Item {
  id: string | null
  title: string | null
  link: string | null
  published: string | null
  updated: string | null
  authors: string[]
  categories: string[]
  /** Text, short. */
  summary: string | null
  /** HTML whose links are absolute. */
  content: string | null
  image: string | null
  enclosures: Enclosure[]
  language: string | null
}

const distinct = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.map((text) => textOf(text ?? '')).filter((text) => text !== '')),
]

export function itemOf(entry: Entry, feed: Feed): Item {
  const base = absolute(entry.base, feed.base) ?? feed.base
  const contentBase = absolute(entry.contentBase, base) ?? base
  const content = entry.content === undefined ? null : absoluteLinks(entry.content, contentBase)
  const summary = excerpt(textOf(entry.summary ?? entry.content ?? ''), SUMMARY_LENGTH)
  return {
    id: entry.id ?? null,
    title: textOf(entry.title ?? '') || null,
    link: absolute(entry.link, base) ?? null,
    published: parseDate(entry.published) ?? null,
    updated: parseDate(entry.updated) ?? null,
    authors: distinct(entry.authors),
    categories: distinct(entry.categories),
    summary: summary || null,
    content,
    image: absolute(entry.image, base) ?? null,
    enclosures: entry.enclosures.flatMap(({ url, type, length }) => {
      const address = absolute(url, base)
      return address === undefined ? [] : [{ url: address, type: type ?? null, bytes: length ?? null }]
    }),
    language: entry.language ?? feed.info.language,
  }
}

/** From new to old where each says when; else as the feed has them. */
export function newestFirst(entries: readonly Entry[]): readonly Entry[] {
  const dated = entries.map((entry) => ({ entry, at: parseDate(entry.published) ?? parseDate(entry.updated) }))
  if (dated.some(({ at }) => at === undefined)) return entries
  return dated.sort((a, b) => (a.at! < b.at! ? 1 : a.at! > b.at! ? -1 : 0)).map(({ entry }) => entry)
}
