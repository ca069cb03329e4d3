/** @module pages/error: a refusal for people: what happened, and what to do. */
import { html } from '@ap-wasm/executor/forms'
import type { Problem } from '../problem.ts'
import type { Page } from './layout.ts'
import { withCode } from './parts.ts'

export const errorPage = ({ status, title, detail, remedy, reasons, code }: Problem): Page => ({
  title,
  body: html`<div class="lost"><p class="figure">${status}</p><h1>${title}</h1>
${reasons && reasons.length > 1 ? html`<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>` : html`<p class="break">${detail}</p>`}
<p class="soft">${withCode(remedy)}</p><p class="small soft mono">${code}</p>${status === 401 ? html`<p><a class="button" href="/sign-in">Sign in</a></p>` : html`<p><a href="/search">Browse all pieces</a></p>`}</div>`,
})
