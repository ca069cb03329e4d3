/** @module entry: what the formats have in common. An entry holds the texts as the feed wrote them: most are never looked at. */
import type { AtomFeed, JsonFeed, MediaNs, RdfFeed, RssFeed } from 'feedsmith'
import { escapeHtml } from './html.ts'

export interface Enclosure {
  url: string
  type: string | null
  bytes: number | null
}

export interface Entry {
  id: string | undefined
  link: string | undefined
  title: string | undefined
  published: string | undefined
  updated: string | undefined
  authors: readonly (string | undefined)[]
  categories: readonly (string | undefined)[]
  /** HTML. */
  content: string | undefined
  /** HTML. */
  summary: string | undefined
  image: string | undefined
  enclosures: readonly { url?: string; type?: string; length?: number }[]
  language: string | undefined
  /** Of `xml:base`: what its links stand on, if not on the feed's. */
  base: string | undefined
  /** What the links within its content stand on, if not on `base`. */
  contentBase: string | undefined
}

export interface Head {
  title: string | undefined
  link: string | undefined
  description: string | undefined
  language: string | undefined
  image: string | undefined
  updated: string | undefined
  base: string | undefined
}

const isWebAddress = (text: string | undefined): text is string => /^https?:\/\//i.test(text ?? '')

/** HTML that was escaped once too often: no element, but elements written out. */
const unescapedTwice = (html: string | undefined): string | undefined =>
  html !== undefined && !html.includes('<') && /&lt;(?:p|a|br|div|img|ul|h\d|b|i|em|strong)\b/i.test(html)
    ? html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
    : html

const plain = (text: string): string =>
  `<p>${escapeHtml(text)
    .replace(/\r?\n\r?\n/g, '</p><p>')
    .replace(/\r?\n/g, '<br>')}</p>`

function mediaOf(media: MediaNs.ItemOrFeed | undefined) {
  const parts = [media, ...(media?.groups ?? []), ...(media?.contents ?? [])]
  const contents = [...(media?.contents ?? []), ...(media?.groups ?? []).flatMap((group) => group.contents ?? [])]
  return {
    image:
      parts.flatMap((part) => part?.thumbnails ?? [])[0]?.url ??
      contents.find((one) => one.medium === 'image' || one.type?.startsWith('image/'))?.url,
    description: parts.map((part) => part?.description?.value).find(Boolean),
  }
}

export const rssHead = (feed: RssFeed.Feed<string>): Head => ({
  title: feed.title,
  link: feed.link ?? feed.atom?.links?.find((link) => link.rel === 'alternate')?.href,
  description: feed.description ?? feed.itunes?.summary,
  language: feed.language ?? feed.dc?.languages?.[0] ?? feed.xml?.lang,
  image: feed.image?.url ?? feed.itunes?.image,
  updated: feed.lastBuildDate ?? feed.pubDate ?? feed.dc?.dates?.[0],
  base: feed.xml?.base,
})

export function rssEntry(item: RssFeed.Item<string>): Entry {
  const media = mediaOf(item.media)
  const guid = item.guid?.value
  const body = unescapedTwice(item.content?.encoded)
  const description = unescapedTwice(item.description ?? item.itunes?.summary)
  return {
    id: guid ?? item.atom?.id,
    link:
      item.link ??
      item.atom?.links?.find((link) => link.rel === undefined || link.rel === 'alternate')?.href ??
      (item.guid?.isPermaLink !== false && isWebAddress(guid) ? guid : undefined),
    title: item.title ?? item.dc?.titles?.[0] ?? item.itunes?.title,
    published: item.pubDate ?? item.dc?.dates?.[0] ?? item.dcterms?.created?.[0] ?? item.atom?.published,
    updated: item.atom?.updated ?? item.dcterms?.modified?.[0],
    authors: [
      ...(item.dc?.creators ?? []),
      ...(item.authors ?? []).map((author) => author.name ?? author.email),
      item.itunes?.author,
    ],
    categories: [...(item.categories ?? []).map((category) => category.name), ...(item.dc?.subjects ?? [])],
    content: body ?? description ?? media.description,
    summary: description ?? media.description,
    image: media.image ?? item.itunes?.image,
    enclosures: item.enclosures ?? [],
    language: item.dc?.languages?.[0],
    base: item.xml?.base,
    contentBase: undefined,
  }
}

export const rdfHead = (feed: RdfFeed.Feed<string>): Head => ({
  title: feed.title,
  link: feed.link,
  description: feed.description,
  language: feed.dc?.languages?.[0] ?? feed.xml?.lang,
  image: feed.image?.url,
  updated: feed.dc?.dates?.[0],
  base: feed.xml?.base,
})

export const rdfEntry = (item: RdfFeed.Item<string>): Entry => ({
  id: item.rdf?.about,
  link: item.link ?? item.rdf?.about,
  title: item.title ?? item.dc?.titles?.[0],
  published: item.dc?.dates?.[0] ?? item.dcterms?.created?.[0],
  updated: item.dcterms?.modified?.[0],
  authors: item.dc?.creators ?? [],
  categories: item.dc?.subjects ?? [],
  content: unescapedTwice(item.content?.encoded ?? item.description),
  summary: unescapedTwice(item.description),
  image: mediaOf(item.media).image,
  enclosures: [],
  language: item.dc?.languages?.[0],
  base: item.xml?.base,
  contentBase: undefined,
})

/** The page: an alternate in HTML rather than another, and never the feed itself. */
function alternate(links: readonly AtomFeed.Link<string>[] | undefined): string | undefined {
  const alternates = (links ?? []).filter((link) => link.rel === undefined || link.rel === 'alternate')
  return (alternates.find((link) => link.type === undefined || link.type.includes('html')) ?? alternates[0])?.href
}

/** A text construct as HTML (RFC 4287 §3.1). */
function markup(text: AtomFeed.Content | undefined): string | undefined {
  if (text?.value === undefined) return undefined
  const isMarkup = text.type === 'html' || text.type === 'xhtml' || /html/.test(text.type ?? '')
  return isMarkup ? unescapedTwice(text.value) : plain(text.value)
}

export const atomHead = (feed: AtomFeed.Feed<string>): Head => ({
  title: feed.title?.value,
  link: alternate(feed.links),
  description: feed.subtitle?.value,
  language: feed.xml?.lang,
  image: feed.logo ?? feed.icon,
  updated: feed.updated,
  base: feed.xml?.base,
})

export function atomEntry(entry: AtomFeed.Entry<string>, feed: AtomFeed.Feed<string>): Entry {
  const media = mediaOf(entry.media)
  const people = entry.authors ?? entry.source?.authors ?? feed.authors ?? []
  const body = markup(entry.content)
  return {
    id: entry.id,
    link: alternate(entry.links) ?? entry.content?.src ?? (isWebAddress(entry.id) ? entry.id : undefined),
    title: entry.title === undefined ? undefined : markup(entry.title),
    published: entry.published ?? entry.dc?.dates?.[0] ?? entry.updated,
    updated: entry.updated,
    authors: people.map((person) => person.name ?? person.email),
    categories: (entry.categories ?? []).map((category) => category.label ?? category.term),
    content: body ?? markup(entry.summary) ?? (media.description === undefined ? undefined : plain(media.description)),
    summary: markup(entry.summary) ?? (media.description === undefined ? undefined : plain(media.description)),
    image: media.image,
    enclosures: (entry.links ?? [])
      .filter((link) => link.rel === 'enclosure')
      .map(({ href, type, length }) => ({
        ...(href !== undefined && { url: href }),
        ...(type !== undefined && { type }),
        ...(length !== undefined && { length }),
      })),
    language: entry.content?.xml?.lang ?? entry.xml?.lang,
    base: entry.xml?.base,
    contentBase: entry.content?.xml?.base,
  }
}

export const jsonHead = (feed: JsonFeed.Feed<string>): Head => ({
  title: feed.title,
  link: feed.home_page_url,
  description: feed.description,
  language: feed.language,
  image: feed.icon ?? feed.favicon,
  updated: undefined,
  base: undefined,
})

export const jsonEntry = (item: JsonFeed.Item<string>, feed: JsonFeed.Feed<string>): Entry => ({
  id: item.id,
  link: item.url ?? item.external_url,
  title: item.title === undefined ? undefined : escapeHtml(item.title),
  published: item.date_published,
  updated: item.date_modified,
  authors: (item.authors ?? feed.authors ?? []).map((author) => author.name),
  categories: item.tags ?? [],
  content: item.content_html ?? (item.content_text === undefined ? undefined : plain(item.content_text)),
  summary: item.summary === undefined ? undefined : escapeHtml(item.summary),
  image: item.image ?? item.banner_image,
  enclosures: (item.attachments ?? []).map((one) => ({
    ...(one.url !== undefined && { url: one.url }),
    ...(one.mime_type !== undefined && { type: one.mime_type }),
    ...(one.size_in_bytes !== undefined && { length: one.size_in_bytes }),
  })),
  language: item.language,
  base: undefined,
  contentBase: undefined,
})
