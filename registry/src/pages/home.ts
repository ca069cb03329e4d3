/** @module pages/home: what this is, a box to search, what is used and what is new. */
import { html } from '@ap-wasm/executor/forms'
import { docsHref, searchHref } from '../hrefs.ts'
import { categoryLabel } from '../search/facets.ts'
import type { FacetCount, Hit } from '../search/index.ts'
import type { Page } from './layout.ts'
import { many, tile } from './parts.ts'

export interface HomeState {
  title: string
  total: number
  popular: readonly Hit[]
  recent: readonly Hit[]
  categories: readonly FacetCount[]
  languages: readonly FacetCount[]
}

const WHY = [
  [
    'Permissions first',
    'Every piece carries the list of what it may reach: hosts, variables, state, files. You read it before you install, and what a new version adds is shown as a difference.',
  ],
  [
    'The same bytes everywhere',
    'A version never changes. Its digest is its identity: what you try in your browser is what your executor runs, to the byte.',
  ],
  [
    'Any language',
    'Rust, Go, Python, TypeScript: a piece is one WebAssembly component. It starts in a millisecond and can be stopped at any point.',
  ],
] as const

export const homePage = ({ title, total, popular, recent, categories }: HomeState): Page => ({
  title,
  description: 'Integrations as WebAssembly components: see what each may touch, try it in the browser, install it.',
  q: false,
  body: html`<section class="hero"><h1>Pieces that say what they may touch</h1>
<p>Integrations for automation flows, each one WebAssembly component in a sandbox. See what a piece does and what it may reach, try it in your browser, then install it.</p>
<form action="/search" role="search" class="find"><input type="search" name="q" placeholder="${total > 0 ? `Search ${many(total, 'piece')}` : 'Search pieces'}" aria-label="Search pieces" maxlength="200"><button>Search</button></form>
${categories.length > 0 ? html`<div class="chips">${categories.slice(0, 7).map(({ value }) => html`<a class="chip" href="${searchHref({ filters: { category: value } })}">${categoryLabel(value)}</a>`)}</div>` : ''}</section>
${
  total === 0
    ? html`<div class="note"><strong>Nothing was published here yet.</strong> <a href="${docsHref('publishing')}">Publish the first piece</a>: one command.</div>`
    : html`<div class="head"><h2>Most pulled</h2><a href="${searchHref({ sort: 'downloads' })}">All pieces</a></div><ul class="bare grid">${popular.map(tile)}</ul>
<div class="head"><h2>New and updated</h2><a href="${searchHref({ sort: 'updated' })}">More</a></div><ul class="bare grid">${recent.map(tile)}</ul>`
}
<section class="three" aria-label="Why">${WHY.map(([head, text]) => html`<div><h3>${head}</h3><p>${text}</p></div>`)}</section>`,
})
