/** @module playground/outcome: what a call left behind, as markup: how much of its limits, its requests, what it keeps. */
import { type Html, html } from '@ap-wasm/executor/forms'
import type { CallResult, Limits } from '@ap-wasm/executor/outside'
import type { Outcome, Scope } from './rehearsal.ts'
import type { Exchange } from './requests.ts'

const SPENT: readonly (readonly [
  label: string,
  spent: 'fuel' | 'cpuMs' | 'memoryPeakBytes',
  limit: 'fuel' | 'cpuMs' | 'memoryBytes',
])[] = [
  ['fuel', 'fuel', 'fuel'],
  ['processor', 'cpuMs', 'cpuMs'],
  ['memory', 'memoryPeakBytes', 'memoryBytes'],
]

/** How much of each limit was spent. */
export const spentHtml = ({ usage }: CallResult, limits: Limits): Html =>
  html`<dl class="meters">${SPENT.map(([label, spent, limit]) => {
    const share = Math.min(1, usage[spent] / limits[limit])
    const words = share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`
    return html`<dt>${label}</dt><dd><meter min="0" max="1" high="0.8" optimum="0" value="${share}" aria-label="${label}: ${words} of its limit"></meter> ${words} of its limit</dd>`
  })}</dl>`

const isGood = (outcome: Exchange['outcome']): boolean => typeof outcome === 'number' && outcome < 400

/** What it asked of the network; an unanswered one can be answered for the next time. */
export const exchangesHtml = (exchanges: readonly Exchange[], unanswered: Outcome['unanswered']): Html =>
  exchanges.length === 0
    ? html`<p class="empty">None.</p>`
    : html`<ul class="exchanges">${exchanges.map(({ method, url, outcome }) => {
        const open = unanswered.find((one) => one.method === method && one.url === url)
        return html`<li><code>${method}</code> <span class="url">${url}</span> <strong class="${isGood(outcome) ? 'good' : 'bad'}">${open ? 'no answer fits' : outcome}</strong>${
          open
            ? html`${open.why.length > 0 ? html`<p class="hint">The nearest: ${open.why.join('; ')}</p>` : ''}<button type="button" class="quiet" data-answer="${JSON.stringify({ method, url })}">Answer it</button>`
            : ''
        }</li>`
      })}</ul>`

export const keptHtml = (kept: readonly { scope: Scope; key: string; value: string }[]): Html =>
  kept.length === 0
    ? html`<p class="empty">Nothing.</p>`
    : html`<dl>${kept.map(({ scope, key, value }) => html`<dt>${scope} <code>${key}</code></dt><dd>${value}</dd>`)}</dl><p><button type="button" class="quiet" data-forget>Forget it</button></p>`

export const filesHtml = (files: readonly { filename: string; beginning: string; href: string }[]): Html[] =>
  files.map(
    ({ filename, beginning, href }) =>
      html`<details><summary>${filename}</summary><p><a href="${href}" download="${filename}">Save it</a></p><pre tabindex="0">${beginning}</pre></details>`,
  )
