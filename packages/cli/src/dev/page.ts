/** @module dev/page: the page of `ap-wasm dev`, made on the server from what the piece says about itself. */
import type { CallResult, Manifest } from '@ap-wasm/executor'
import { connection, endHtml, type Html, html, memberForms, memberLinks, usageHtml } from '@ap-wasm/executor/forms'
import { STYLE } from './style.ts'

export interface PageState {
  folder: string
  manifest: Manifest | undefined
  /** Of the last build, if it failed; what runs is the one before. */
  problem: { message: string; lines: readonly string[] } | undefined
  building: boolean
  builtAt: Date | undefined
}

export const stateWords = ({ building, problem, builtAt }: PageState): { words: string; mood: string } => {
  if (building) return { words: 'building …', mood: 'busy' }
  if (problem) return { words: 'the build fails; the one before still runs', mood: 'broken' }
  return { words: builtAt ? `built ${builtAt.toLocaleTimeString('en-GB')}` : '', mood: 'fresh' }
}

const problemCard = ({ message, lines }: NonNullable<PageState['problem']>): Html =>
  html`<section id="problem" class="card"><h2>${message}</h2>${lines.length > 0 ? html`<pre>${lines.join('\n')}</pre>` : ''}</section>`

function body(state: PageState): Html {
  const { manifest } = state
  if (!manifest)
    return html`<main>${state.problem ? problemCard(state.problem) : html`<p class="empty">The first build is under way.</p>`}</main>`
  const { description } = manifest
  return html`<main>${memberLinks(description)}
<div>${state.problem ? problemCard(state.problem) : ''}${connection(description.auth ?? [])}
${memberForms(description)}</div>
<div id="right"><section class="card"><h2>Result</h2><div id="result" aria-live="polite"><p class="empty">Nothing ran yet.</p></div></section>
<section class="card"><h2>Log</h2><pre id="log" aria-live="polite"></pre></section></div></main>`
}

export function page(state: PageState): string {
  const title = state.manifest?.description.displayName ?? 'ap-wasm dev'
  const { words, mood } = stateWords(state)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="/icon"><link rel="stylesheet" href="/style.css"><script type="module" src="/script.js"></script></head>
<body><header><h1>${title}</h1><code>${state.manifest ? `${state.manifest.name} ${state.manifest.version}` : state.folder}</code>
<span class="state ${mood}" id="state" role="status">${words}</span></header>
${body(state)}</body></html>`.text
}

export const styleSheet = STYLE

/** What a call answered. */
export const resultHtml = (result: CallResult): string => html`${endHtml(result)}${usageHtml(result)}`.text
