/** @module page: what a person would read of a web page. */
import { Failure } from '@ap-wasm/piece'
import { Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom/worker'
import { parseDate } from './dates.ts'
import { absolute, excerpt } from './html.ts'
import { markdownOf } from './markdown.ts'

/** More elements than this, or elements as deep within each other, are no page that a person reads; a tree of them costs seconds. */
const MAX_ELEMENTS = 30_000
const MAX_DEPTH = 1_000
const EXCERPT_LENGTH = 300
/** Where the title of a page without a head is looked for. */
const HEAD_LENGTH = 5_000

export interface Page {
  url: string
  /** Where the page says that it belongs. */
  canonicalUrl: string
  title: string | null
  byline: string | null
  siteName: string | null
  language: string | null
  published: string | null
  image: string | null
  excerpt: string | null
  markdown: string
  /** Whether `markdown` was cut. */
  truncated: boolean
}

/** A document with html, head and body, whatever was written: the parser adds none of its own. */
function documentOf(html: string): Document {
  if (/<html[\s>]/i.test(html)) return parseHTML(html).document
  const title = /<title[^>]*>[\s\S]*?<\/title\s*>/i.exec(html.slice(0, HEAD_LENGTH))?.[0] ?? ''
  const body = html.replace(title, '').replace(/<!doctype[^>]*>|<\/?(?:head|body)(?:\s[^>]*)?>/gi, '')
  return parseHTML(`<!doctype html><html><head>${title}</head><body>${body}</body></html>`).document
}

const meta = (document: Document, name: string): string | undefined =>
  document.querySelector(`meta[property="${name}"], meta[name="${name}"]`)?.getAttribute('content')?.trim() || undefined

/** Where `<meta http-equiv="refresh">` leads, when it leads at once. */
export function refreshOf(html: string, url: string): string | undefined {
  const tag = /<meta\s(?:[^<>"']|"[^"]*"|'[^']*')*>/gi
  const refresh = html
    .slice(0, 20_000)
    .match(tag)
    ?.find((one) => /http-equiv\s*=\s*["']?refresh/i.test(one))
  const [, seconds, address] =
    /content\s*=\s*["']?\s*(\d+)[^;,]*[;,]\s*(?:url\s*=\s*)?['"]?([^'">]+)/i.exec(refresh ?? '') ?? []
  if (address === undefined || Number(seconds) > 10) return undefined
  const next = absolute(address.replaceAll('&amp;', '&'), url)
  return next === url ? undefined : next
}

/** At most so many characters, whole paragraphs where that leaves enough. */
function cut(markdown: string, length: number): string {
  if (markdown.length <= length) return markdown
  const begin = markdown.slice(0, length)
  const end = begin.lastIndexOf('\n\n')
  const kept = end > length / 2 ? begin.slice(0, end) : begin.toWellFormed()
  const isOpen = (kept.match(/^```/gm)?.length ?? 0) % 2 === 1
  return isOpen ? `${kept}\n\`\`\`` : kept
}

/** Elements without content, and those whose end need not be written. */
const SHALLOW =
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|d[td]|t[dhr]|tbody|thead|option)$/i

/** Counts before a tree is built. */
function checkSize(html: string, url: string): void {
  const refuse = (what: string, detail: unknown) => new Failure('too_large', `${url} has ${what}`, { detail })
  let elements = 0
  let depth = 0
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/gi)) {
    if (slash === '' && ++elements > MAX_ELEMENTS)
      throw refuse(`more than ${MAX_ELEMENTS} elements`, { maxElements: MAX_ELEMENTS })
    if (SHALLOW.test(name)) continue
    depth = slash === '' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > MAX_DEPTH) throw refuse(`elements deeper than ${MAX_DEPTH} within each other`, { maxDepth: MAX_DEPTH })
  }
}

const articleOf = (document: Document) =>
  new Readability<HTMLElement>(document, { keepClasses: true, serializer: (node) => node as HTMLElement }).parse()

export function readPage(html: string, url: string, options: { images: boolean; maxCharacters: number }): Page {
  checkSize(html, url)
  const document = documentOf(html)
  const base = absolute(document.querySelector('base[href]')?.getAttribute('href') ?? undefined, url) ?? url
  const canonical = document.querySelector('link[rel~="canonical"]')?.getAttribute('href') ?? meta(document, 'og:url')
  const image = absolute(meta(document, 'og:image'), base) ?? null
  const title = document.querySelector('title')?.textContent?.trim() || null
  const language =
    document.documentElement.getAttribute('lang') || meta(document, 'og:locale')?.replace('_', '-') || null
  const published =
    meta(document, 'article:published_time') ??
    document.querySelector('article time[datetime], time[datetime]')?.getAttribute('datetime') ??
    undefined
  const article = articleOf(document)
  const text = (article?.textContent ?? '').replace(/\s+/g, ' ').trim()
  if (!article?.content || text === '')
    throw new Failure(
      'no_readable_text',
      `${url} has no text to read; a page that scripts fill is empty before they run`,
    )
  const markdown = markdownOf(article.content, { base, images: options.images })
  return {
    url,
    canonicalUrl: absolute(canonical, base) ?? url,
    title: article.title?.trim() || title,
    byline: article.byline?.replace(/\s+/g, ' ').trim() || null,
    siteName: article.siteName?.trim() || null,
    language,
    published: parseDate(published) ?? parseDate(article.publishedTime ?? undefined) ?? null,
    image,
    excerpt: excerpt((article.excerpt || text).replace(/\s+/g, ' ').trim(), EXCERPT_LENGTH) || null,
    markdown: cut(markdown, options.maxCharacters),
    truncated: markdown.length > options.maxCharacters,
  }
}
