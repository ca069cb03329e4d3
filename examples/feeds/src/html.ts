/** @module html: fragments of HTML, as feeds carry them, without building a tree: a feed may hold thousands. */
import { decodeHTML } from 'entities'

/** An absolute address; undefined when the text makes none. */
export function absolute(link: string | undefined, base: string): string | undefined {
  if (link === undefined || link.trim() === '') return undefined
  return URL.parse(link.trim(), base)?.href
}

const TAG = /<[a-z](?:[^<>"']|"[^"]*"|'[^']*')*>/gi
const ADDRESS = /(\s(?:href|src|poster|cite|data-src)\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi
const CANDIDATES = /(\ssrcset\s*=\s*)(?:"([^"]*)"|'([^']*)')/gi

const attribute = (value: string): string => `"${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`

/** The fragment with every address absolute. */
export function absoluteLinks(html: string, base: string): string {
  const rewrite = (name: string, value: string) => {
    const plain = decodeHTML(value)
    return `${name}${attribute(plain.startsWith('#') ? plain : (absolute(plain, base) ?? plain))}`
  }
  return html.replace(TAG, (tag) =>
    tag
      .replace(ADDRESS, (_, name: string, double?: string, single?: string, bare?: string) =>
        rewrite(name, double ?? single ?? bare ?? ''),
      )
      .replace(CANDIDATES, (_, name: string, double?: string, single?: string) => {
        const candidates = decodeHTML(double ?? single ?? '').split(/,\s+/)
        const rewritten = candidates.map((one) => {
          const [address = '', ...size] = one.trim().split(/\s+/)
          return [absolute(address, base) ?? address, ...size].join(' ')
        })
        return `${name}${attribute(rewritten.join(', '))}`
      }),
  )
}

const UNREAD = /<(script|style|iframe|noscript)\b[\s\S]*?<\/\1\s*>|<!--[\s\S]*?-->/gi
const BREAK = /<\/?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote|figure|section|article|hr)\b[^>]*>/gi

/** As far as a fragment is read for its text: a title, a summary. */
const READ_LENGTH = 10_000

/** What a reader sees of the begin of the fragment, on one line. */
export function textOf(html: string): string {
  const bare = html
    .slice(0, READ_LENGTH)
    .replace(UNREAD, ' ')
    .replace(BREAK, ' ')
    .replace(TAG, '')
    .replace(/<\/[a-z][^>]*>/gi, '')
  return decodeHTML(bare).replace(/\s+/g, ' ').trim()
}

/** The begin of a text, cut between words. */
export function excerpt(text: string, length: number): string {
  if (text.length <= length) return text
  const cut = text.slice(0, length)
  const space = cut.lastIndexOf(' ')
  return `${(space > length / 2 ? cut.slice(0, space) : cut).toWellFormed()}…`
}

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
