/** @module pages/author: what somebody publishes. */
import { html } from '@ap-wasm/executor/forms'
import type { Hit } from '../search/index.ts'
import type { Page } from './layout.ts'
import { many, tile } from './parts.ts'

export interface AuthorState {
  name: string
  names: readonly string[]
  total: number
  hits: readonly Hit[]
}

export const authorPage = ({ name, names, total, hits }: AuthorState): Page => ({
  title: name,
  body: html`<h1>${name}</h1><p class="soft">${many(total, 'piece')}${names.length > 0 ? html` · owns ${names.map((one, i) => html`${i > 0 ? ', ' : ''}<code>${one}</code>`)}` : ''}</p>
<h2 class="head">Pieces</h2>${hits.length > 0 ? html`<ul class="bare grid">${hits.map(tile)}</ul>` : html`<p>Nothing was published yet.</p>`}`,
})
