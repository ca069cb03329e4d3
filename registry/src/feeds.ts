/** @module feeds: what machines read of the registry as a whole: Atom of new versions, badges, the map of the site. */
import { html } from '@ap-wasm/executor/forms'
import type { VersionInfo } from './catalog/pieces.ts'
import { absolute, feedHref, pieceHref } from './hrefs.ts'

const iso = (instant: number): string => new Date(instant).toISOString()

/** RFC 4287. Ids are addresses that never mean another version. */
export function atomFeed(publicUrl: string, title: string, versions: readonly VersionInfo[], piece?: string): string {
  const self = absolute(publicUrl, feedHref(piece))
  const updated = iso(versions[0]?.publishedAt ?? 0)
  const entries = versions.map((one) => {
    const url = absolute(publicUrl, pieceHref(one.piece, one.version))
    return html`<entry><id>${url}</id><title>${one.piece} ${one.version}</title><link href="${url}"/><updated>${iso(one.publishedAt)}</updated>
<author><name>${one.publishedBy}</name></author><summary>${one.language}, ${one.bytes} bytes, ${one.digest}</summary></entry>
`
  })
  return `<?xml version="1.0" encoding="utf-8"?>\n${
    html`<feed xmlns="http://www.w3.org/2005/Atom"><id>${self}</id><title>${title}</title><link rel="self" href="${self}"/><link href="${absolute(publicUrl, piece === undefined ? '/' : pieceHref(piece))}"/><updated>${updated}</updated>
${entries}</feed>
`.text
  }`
}

export function siteMap(publicUrl: string, pages: readonly { path: string; changedAt: number }[]): string {
  const urls = pages.map(
    ({ path, changedAt }) =>
      html`<url><loc>${absolute(publicUrl, path)}</loc><lastmod>${iso(changedAt).slice(0, 10)}</lastmod></url>
`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>\n${html`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${urls}</urlset>\n`.text}`
}

/** Verdana's average at 11 px; a badge need not be exact. */
const CHAR = 6.6
const PAD = 7

export function badge(label: string, value: string, color: string): string {
  const [left, right] = [label, value].map((text) => Math.ceil(text.length * CHAR) + 2 * PAD) as [number, number]
  const text = (x: number, words: string) => html`<text x="${x}" y="14">${words}</text>`
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${label}: ${value}"><title>${label}: ${value}</title>
<clipPath id="r"><rect width="${left + right}" height="20" rx="4"/></clipPath><g clip-path="url(#r)"><rect width="${left}" height="20" fill="#3d4450"/><rect x="${left}" width="${right}" height="20" fill="${color}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(left / 2, label)}${text(left + right / 2, value)}</g></svg>`
    .text
}

export const scoreColor = (score: number): string => (score >= 90 ? '#1a7f4b' : score >= 70 ? '#2b6cb0' : '#9a6700')
