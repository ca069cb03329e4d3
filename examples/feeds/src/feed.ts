/** @module feed: a document as a feed, in whatever format it is. */
import { Failure } from '@ap-wasm/piece'
import { decodeHTML } from 'entities'
import { parseFeed } from 'feedsmith'
import { parseDate } from './dates.ts'
import {
  atomEntry,
  atomHead,
  type Entry,
  type Head,
  jsonEntry,
  jsonHead,
  rdfEntry,
  rdfHead,
  rssEntry,
  rssHead,
} from './entry.ts'
import { absolute, textOf } from './html.ts'

/** More entries than any feed that is read as one needs; what stands behind them is left out, and told. */
export const MAX_ENTRIES = 5_000

export type Format = 'rss' | 'atom' | 'rdf' | 'json'

export interface FeedInfo {
  /** Where it is, after redirects. */
  url: string
  format: Format
  title: string | null
  link: string | null
  description: string | null
  language: string | null
  image: string | null
  updated: string | null
}

export interface Feed {
  info: FeedInfo
  entries: readonly Entry[]
  /** What links stand on where `xml:base` says nothing. */
  base: string
}

const ROOTS: Readonly<Record<string, Format>> = { rss: 'rss', feed: 'atom', rdf: 'rdf' }

/** Prologue, comments and document type, then the name of the root element. */
const ROOT =
  /^(?:\s|<\?[^>]*>|<!--[\s\S]*?-->|<!doctype(?:[^<>["]|"[^"]*")*(?:\[[\s\S]*?\]\s*)?>)*<(?:[\w.-]+:)?([a-z][\w.-]*)/i

const notAFeed = (message: string, detail?: unknown) => new Failure('not_a_feed', message, { detail })

/** The feeds that a page names for those who look for them. */
export function feedLinks(html: string, url: string): string[] {
  const links = html.match(/<link\s(?:[^<>"']|"[^"]*"|'[^']*')*>/gi) ?? []
  const attribute = (tag: string, name: string) =>
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i')
      .exec(tag)
      ?.slice(1)
      .find((one) => one !== undefined)
  return links
    .filter((tag) => /\balternate\b/i.test(attribute(tag, 'rel') ?? ''))
    .filter((tag) => /application\/(?:rss|atom|feed)\+(?:xml|json)/i.test(attribute(tag, 'type') ?? ''))
    .map((tag) => absolute(decodeHTML(attribute(tag, 'href') ?? ''), url))
    .filter((link) => link !== undefined)
    .slice(0, 10)
}

function rejectPage(text: string, url: string): never {
  const feeds = feedLinks(text, url)
  const hint = feeds.length > 0 ? `; it names ${feeds.join(', ')}` : '; look for the address of its feed'
  throw notAFeed(`${url} is a web page, not a feed${hint}`, { feeds })
}

/** Names the format, and refuses what would be read as half a feed or none. */
function checked(text: string, url: string): Format {
  if (text.trim() === '') throw notAFeed(`${url} is empty`)
  if (/^\s*[{[]/.test(text)) return 'json'
  const root = ROOT.exec(text)?.[1]?.toLowerCase()
  if (root === 'html' || root === 'head' || root === 'body') rejectPage(text, url)
  const format = ROOTS[root ?? '']
  if (format === undefined)
    throw notAFeed(`${url} is no feed: ${root === undefined ? 'it has no element' : `its root is <${root}>`}`)
  // A feed that breaks off ends in half an item, whose id would be wrong for ever.
  if (!new RegExp(`</(?:[\\w.-]+:)?${root}\\s*>`, 'i').test(text.slice(-100_000)))
    throw new Failure('malformed_feed', `${url} breaks off before its end`, { retryAfterMs: 0 })
  return format
}

function parse(text: string, url: string): { head: Head; entries: Entry[] } {
  const options = { maxItems: MAX_ENTRIES }
  try {
    const parsed = parseFeed(text, options)
    switch (parsed.format) {
      case 'rss':
        return { head: rssHead(parsed.feed), entries: (parsed.feed.items ?? []).map(rssEntry) }
      case 'atom': {
        const { feed } = parsed
        return { head: atomHead(feed), entries: (feed.entries ?? []).map((entry) => atomEntry(entry, feed)) }
      }
      case 'rdf':
        return { head: rdfHead(parsed.feed), entries: (parsed.feed.items ?? []).map(rdfEntry) }
      case 'json': {
        const { feed } = parsed
        return { head: jsonHead(feed), entries: (feed.items ?? []).map((item) => jsonEntry(item, feed)) }
      }
    }
  } catch (error) {
    const { name, message, cause } = error as Error
    // A channel in which nothing stands, not even a title.
    if (name === 'ParseError') return { head: EMPTY, entries: [] }
    if (name === 'DetectError') throw notAFeed(`${url} is no feed`)
    throw new Failure('malformed_feed', `${url} cannot be read: ${(cause as Error | undefined)?.message ?? message}`)
  }
}

const EMPTY: Head = {
  ...{ title: undefined, link: undefined, description: undefined, language: undefined },
  ...{ image: undefined, updated: undefined, base: undefined },
}

const line = (html: string | undefined): string | null => (html === undefined ? null : textOf(html) || null)

/** Before the document some servers print an empty line, or a warning. */
function startOf(text: string): number {
  const declaration = text.indexOf('<?xml')
  return declaration > 0 && declaration < 10_000 ? declaration : /^[^{[<]*/.exec(text)![0].length
}

/** `url` is where the text came from in the end. */
export function readFeed(text: string, url: string): Feed {
  const document = text.slice(startOf(text))
  const format = checked(document, url)
  const { head, entries } = parse(document, url)
  const base =
    absolute(head.base, url) ?? (format === 'rss' || format === 'rdf' ? absolute(head.link, url) : undefined) ?? url
  if (entries.length === MAX_ENTRIES) console.warn(`only the first ${MAX_ENTRIES} entries of ${url} are looked at`)
  const info: FeedInfo = {
    url,
    format,
    title: line(head.title),
    link: absolute(head.link, base) ?? null,
    description: line(head.description),
    language: head.language ?? null,
    image: absolute(head.image, base) ?? null,
    updated: parseDate(head.updated) ?? null,
  }
  return { info, entries, base }
}
