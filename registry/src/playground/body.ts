/** @module playground/body: what the frame shows of a piece: its forms, what surrounds a call, and places for what comes back. */

import { connection, type Html, html, memberForms, memberLinks } from '@ap-wasm/executor/forms'
import { askOf, type Limits, type Manifest } from '@ap-wasm/executor/outside'
import type { Example } from './examples.ts'

const LIMIT_FIELDS: readonly (readonly [name: 'fuel' | 'cpuMs' | 'wallMs' | 'memoryBytes', label: string])[] = [
  ['fuel', 'Fuel, in instructions'],
  ['cpuMs', 'Processor, in milliseconds'],
  ['wallMs', 'Time, in milliseconds'],
  ['memoryBytes', 'Memory, in bytes'],
]

const examples = (all: readonly Example[]): Html =>
  all.length === 0
    ? html``
    : html`<div class="card"><label for="example">Begin with an example</label><select id="example"><option value="">none</option>${all.map(({ title }, i) => html`<option value="${i}">${title}</option>`)}</select>
<p class="hint">Fills in the form and the answers of its requests; clock, state and random numbers are those of the example.</p></div>`

function requests(manifest: Manifest): Html {
  const { http } = askOf(manifest)
  if (http.length === 0) return html`<p class="hint card">This piece asks for no host: it sends no requests.</p>`
  return html`<details class="card" id="requests"><summary>Answers to its requests</summary>
<p class="hint">Nothing leaves this page: a request to ${http.map((host, i) => html`${i > 0 ? ', ' : ''}<code>${host}</code>`)} gets the first answer here that fits, each once.</p>
<label for="mocks">Answers, as JSON</label><textarea id="mocks" rows="10" spellcheck="false">[]</textarea></details>`
}

function variables(manifest: Manifest): Html {
  const asked = Object.entries(askOf(manifest).env)
  if (asked.length === 0) return html``
  return html`<details class="card"><summary>Variables</summary>${asked.map(
    ([name, { description }]) =>
      html`<div class="field"><label for="env:${name}"><code>${name}</code></label><input id="env:${name}" data-env="${name}" autocomplete="off" spellcheck="false">${description ? html`<p class="hint">${description}</p>` : ''}</div>`,
  )}</details>`
}

const limits = (most: Limits): Html =>
  html`<details class="card"><summary>Limits</summary><p class="hint">What it may spend at most; lower them and see what it does.</p><div class="pairs">${LIMIT_FIELDS.map(
    ([name, label]) =>
      html`<div class="field"><label for="limit:${name}">${label}</label><input type="number" id="limit:${name}" data-limit="${name}" min="1" max="${most[name]}" value="${most[name]}" step="any"></div>`,
  )}</div></details>`

const executorCard = (origin: string): Html =>
  html`<div class="card"><h2>Your executor</h2><p class="hint">Calls go to <code>${origin}</code> and nowhere else. The piece has to be installed there.</p>
<div class="field"><label for="key">Key</label><input type="password" id="key" autocomplete="off" spellcheck="false"><p class="hint">One with the role <code>call</code> alone. It is kept in this frame's memory and is gone when you leave.</p></div></div>`

export interface Shown {
  manifest: Manifest
  examples: readonly Example[]
  limits: Limits
  /** Where calls go; undefined: into this browser's worker. */
  executor: string | undefined
}

export function body({ manifest, examples: all, limits: most, executor }: Shown): Html {
  const { description } = manifest
  const here = executor === undefined
  return html`<header><h1>${description.displayName}, to be tried</h1><p id="state" role="status"></p><button type="button" id="stop" class="quiet" hidden>Stop</button></header>
<main>${memberLinks(description)}
<div>${here ? examples(all) : executorCard(executor)}${connection(description.auth ?? [])}
${memberForms(description)}
${here ? html`${requests(manifest)}${variables(manifest)}${limits(most)}` : ''}</div>
<div id="right"><section class="card"><h2>Result</h2><div id="result" aria-live="polite"><p class="empty">Nothing ran yet.</p></div></section>
${here ? html`<section class="card"><h2>Requests</h2><div id="exchanges" aria-live="polite"><p class="empty">None yet.</p></div></section>` : ''}
<section class="card"><h2>Log</h2><pre id="log" role="log" tabindex="0" aria-label="Log"></pre></section>
${here ? html`<section class="card"><h2>Kept</h2><div id="kept"><p class="empty">Nothing yet.</p></div></section>` : ''}</div></main>`
}
