/** @module pages/parts: what several pages show in the same way. */
import type { Permission, PermissionChange } from '@ap-wasm/executor'
import { type Html, html } from '@ap-wasm/executor/forms'
import type { Card } from '../card.ts'
import { iconHref, pieceHref } from '../hrefs.ts'
import { facetLabel } from '../search/facets.ts'
import type { Hit } from '../search/index.ts'

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat('en')
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })

export const count = (n: number): string => compact.format(n)
export const many = (n: number, one: string, more = `${one}s`): string => `${whole.format(n)} ${n === 1 ? one : more}`
export const time = (instant: number): Html =>
  html`<time datetime="${new Date(instant).toISOString()}">${date.format(instant)}</time>`

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 ** 2) return `${(n / 1024).toFixed(0)} KiB`
  if (n < 1024 ** 3) return `${(n / 1024 ** 2).toFixed(1)} MiB`
  return `${(n / 1024 ** 3).toFixed(1)} GiB`
}

const LANGUAGES: Readonly<Record<string, string>> = {
  typescript: 'TypeScript',
  javascript: 'JavaScript',
  rust: 'Rust',
  go: 'Go',
  python: 'Python',
  c: 'C',
}
export const languageName = (language: string): string => LANGUAGES[language] ?? language

const HUES = 8
/** A colour that a name keeps. */
const hueOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7) % HUES

export const pieceIcon = (card: Pick<Card, 'name' | 'displayName' | 'digest' | 'hasIcon'>, size = ''): Html =>
  card.hasIcon
    ? html`<div class="icon ${size}"><img src="${iconHref(card.digest)}" alt="" width="72" height="72" loading="lazy"></div>`
    : html`<div class="icon ${size} hue-${hueOf(card.name)}" aria-hidden="true">${[...card.displayName.trim()][0]?.toUpperCase() ?? '?'}</div>`

const moodOf = (score: number): string => (score >= 85 ? 'good' : score >= 60 ? 'calm' : 'warn')
const RADIUS = 15.5
const ROUND = 2 * Math.PI * RADIUS

export const scoreRing = (score: number, size = ''): Html =>
  html`<span class="ring ${size} ${moodOf(score)}" role="img" aria-label="Score ${score} of 100"><svg viewBox="0 0 36 36" aria-hidden="true"><circle cx="18" cy="18" r="${RADIUS}"/><circle class="arc" cx="18" cy="18" r="${RADIUS}" stroke-dasharray="${((score / 100) * ROUND).toFixed(1)} ${ROUND.toFixed(1)}"/></svg><span aria-hidden="true">${score}</span></span>`

/** What a list says of permissions: the widest, then the rest by kind. */
export function reachChips({ hosts, capabilities }: Card): Html[] {
  const kinds = capabilities.filter((one) => one !== 'http')
  if (hosts.length === 0 && kinds.length === 0) return [html`<span class="chip calm">asks for nothing</span>`]
  const wide = hosts.find((host) => host === '*')
  const named = hosts.filter((host) => host !== '*')
  return [
    ...(wide === undefined ? [] : [html`<span class="chip wide">any public host</span>`]),
    ...named.slice(0, 2).map((host) => html`<span class="chip">${facetLabel('host', host)}</span>`),
    ...(named.length > 2 ? [html`<span class="chip">${named.length - 2} more hosts</span>`] : []),
    ...kinds.map((kind) => html`<span class="chip">${facetLabel('capability', kind)}</span>`),
  ]
}

export const tile = ({ card, downloads }: Hit): Html =>
  html`<li class="tile">${pieceIcon(card)}<div><h3><a href="${pieceHref(card.name)}">${card.displayName}</a></h3>
<p class="small soft mono break">${card.name} <span class="nums">${card.version}</span></p><p class="clamp">${card.description}</p>
<div class="foot"><span class="scored">${scoreRing(card.score)}<span aria-hidden="true">score</span></span><span>${languageName(card.language)}</span><span class="nums">${many(downloads, 'pull')}</span><span class="chips">${reachChips(card)}</span></div></div></li>`

export const permissionList = (permissions: readonly Permission[]): Html =>
  permissions.length === 0
    ? html`<p>It asks for nothing: it computes, and reaches nothing.</p>`
    : html`<ul class="bare asks">${permissions.map(({ words, wide }) => html`<li class="break${wide ? ' wide' : ''}">${capital(words)}</li>`)}</ul>`

const SIGNS = {
  '+': ['plus', 'may now '],
  '-': ['minus', 'no longer: '],
  ' ': ['', ''],
} as const

export const changeList = (changes: readonly PermissionChange[]): Html =>
  html`<ul class="bare asks">${changes.map(
    ({ sign, permission: { words, wide } }) =>
      html`<li class="break ${SIGNS[sign][0]}${wide && sign !== '-' ? ' wide' : ''}">${capital(`${SIGNS[sign][1]}${words}`)}</li>`,
  )}</ul>`

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** What stands between backticks, as code. */
export const withCode = (text: string): Html[] =>
  text.split('`').map((part, i) => (i % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))

export interface TableRow {
  cells: readonly (Html | string | number)[]
  isGone?: boolean
}

/** On a phone each row is a card whose cells name their column; the roles say that it is a table there too. */
export const dataTable = (label: string, columns: readonly string[], rows: readonly TableRow[]): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table role="table"><thead role="rowgroup"><tr role="row">${columns.map((one) => html`<th scope="col" role="columnheader">${one}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(({ cells, isGone }) => html`<tr role="row"${isGone ? html` class="gone"` : ''}>${cells.map((one, i) => html`<td role="cell" data-label="${columns[i]}"><div>${one}</div></td>`)}</tr>`)}</tbody></table></div>`

/** A line for a shell: a click selects all of it. */
export const commandLine = (text: string): Html => html`<code class="copy" tabindex="0">${text}</code>`

export const field = (
  label: string,
  name: string,
  {
    type = 'text',
    value = '',
    hint = '',
    more = html``,
  }: { type?: string; value?: string; hint?: string; more?: Html } = {},
): Html =>
  html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="${type}" value="${value}"${hint ? html` aria-describedby="${name}-hint"` : ''}${more}>${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}</div>`

/** Counts by day as bars; the words beside it say the sum. */
export function sparkline(days: readonly { day: string; count: number }[]): Html {
  const most = Math.max(1, ...days.map((one) => one.count))
  const bars = days.map(({ count: n }, i) => {
    const height = n === 0 ? 0.6 : Math.max(1.5, (n / most) * 40)
    return html`<rect x="${i * 8}" y="${(42 - height).toFixed(1)}" width="6" height="${height.toFixed(1)}" rx="1.2"${n === 0 ? html` opacity=".35"` : ''}/>`
  })
  return html`<svg class="spark" viewBox="0 0 ${days.length * 8} 42" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>`
}
