/** @module pages/search: what was found, narrowed by links: each is an address that can be kept. */
import { type Html, html } from '@ap-wasm/executor/forms'
import { type SearchHref, searchHref } from '../hrefs.ts'
import { FACET_NAMES, FACETS, type FacetName, facetLabel } from '../search/facets.ts'
import type { Found, Sort } from '../search/index.ts'
import type { Page } from './layout.ts'
import { languageName, many, tile } from './parts.ts'

export const PAGE_SIZE = 20
/** Values of a facet before "more". */
const SHOWN = 5

export interface SearchState {
  asked: SearchHref
  found: Found
}

const SORT_WORDS: Readonly<Partial<Record<Sort, string>>> = {
  relevance: 'Best match',
  downloads: 'Most pulled',
  updated: 'Newest',
  score: 'Best score',
  name: 'Name',
}

const labelOf = (name: FacetName, value: string): string =>
  name === 'language' ? languageName(value) : facetLabel(name, value)

/** The same search with this value, or without it. */
function toggled(asked: SearchHref, name: FacetName, value: string | undefined): string {
  const { [name]: _, ...others } = asked.filters ?? {}
  return searchHref({ ...asked, page: 1, filters: value === undefined ? others : { ...others, [name]: value } })
}

/** What all have, or nobody, narrows nothing. */
const isOffered = (name: FacetName, { asked, found }: SearchState): boolean =>
  asked.filters?.[name] !== undefined || found.facets[name].some(({ count }) => count < found.total)

function facet(name: FacetName, { asked, found }: SearchState): Html {
  const chosen = asked.filters?.[name]
  const values = found.facets[name]
  // Of the score each band lies within the one before: in their order.
  const listed = name === 'score' ? [...values].sort((a, b) => Number(b.value) - Number(a.value)) : values
  const items =
    chosen === undefined
      ? listed.map(
          ({ value, count }) =>
            html`<li><a href="${toggled(asked, name, value)}"><span class="break">${labelOf(name, value)}</span><span class="n">${count}</span></a></li>`,
        )
      : [
          html`<li><a href="${toggled(asked, name, undefined)}" aria-current="true"><span class="break">${labelOf(name, chosen)}</span><span aria-hidden="true">×</span></a></li>`,
        ]
  const [first, rest] = [items.slice(0, SHOWN), items.slice(SHOWN)]
  return html`<section aria-label="${FACETS[name].title}"><h2>${FACETS[name].title}</h2><ul class="bare">${first}</ul>${rest.length > 0 ? html`<details class="more"><summary>${rest.length} more</summary><ul class="bare">${rest}</ul></details>` : ''}</section>`
}

const sorts = ({ asked }: SearchState): Html => {
  const used = asked.sort ?? (asked.q ? 'relevance' : 'downloads')
  const offered = (Object.keys(SORT_WORDS) as Sort[]).filter((sort) => sort !== 'relevance' || asked.q)
  return html`<nav class="sorts" aria-label="Order">${offered.map(
    (sort) =>
      html`<a href="${searchHref({ ...asked, sort, page: 1 })}"${sort === used ? html` aria-current="true"` : ''}>${SORT_WORDS[sort]}</a>`,
  )}</nav>`
}

function pager({ asked, found }: SearchState): Html {
  const page = asked.page ?? 1
  const last = Math.ceil(found.total / PAGE_SIZE)
  if (last <= 1) return html``
  const link = (to: number, words: string, rel: string): Html =>
    to < 1 || to > last
      ? html`<span></span>`
      : html`<a class="button quiet" rel="${rel}" href="${searchHref({ ...asked, page: to })}">${words}</a>`
  return html`<nav class="pager row" aria-label="Pages">${link(page - 1, 'Previous', 'prev')}<span class="soft">Page ${page} of ${last}</span>${link(page + 1, 'Next', 'next')}</nav>`
}

export function searchPage(state: SearchState): Page {
  const { asked, found } = state
  const chosen = Object.entries(asked.filters ?? {}) as [FacetName, string][]
  const isNarrowed = chosen.length > 0
  const offered = FACET_NAMES.filter((name) => isOffered(name, state))
  return {
    title: asked.q ? `${asked.q}: search` : 'Browse pieces',
    place: 'search',
    q: asked.q ?? '',
    body: html`<h1>${asked.q ? html`Pieces for “${asked.q}”` : 'All pieces'}</h1>
<div class="${offered.length > 0 ? 'split' : 'stack'}">${offered.length > 0 ? html`<div class="facets"><details><summary>Narrow it${isNarrowed ? ` (${chosen.length})` : ''}</summary>${offered.map((name) => facet(name, state))}</details></div>` : ''}
<div><div class="head"><p class="soft" role="status">${many(found.total, 'piece')}${isNarrowed ? html` · <a href="${searchHref({ q: asked.q })}">remove all filters</a>` : ''}</p>${found.total > 1 ? sorts(state) : ''}</div>
${isNarrowed ? html`<p class="chips chosen">${chosen.map(([name, value]) => html`<a class="chip" href="${toggled(asked, name, undefined)}" aria-label="Remove the filter ${labelOf(name, value)}">${labelOf(name, value)} ×</a>`)}</p>` : ''}
${
  found.total === 0
    ? html`<div class="note"><strong>Nothing fits.</strong> ${isNarrowed ? 'Take a filter away, or' : 'Try'} fewer words or their beginning: every word must be found in the name, the description, an action, a tag or a host. <a href="${searchHref({})}">All pieces</a>.</div>`
    : html`<h2 class="skip">Results</h2><ul class="bare results">${found.hits.map(tile)}</ul>${pager(state)}`
}</div></div>`,
  }
}
