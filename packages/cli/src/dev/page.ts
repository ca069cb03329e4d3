/** @module dev/page: the page of `ap-wasm dev`, made on the server from what the piece says about itself. */
import { type CallResult, type Description, encodeJson, type Manifest, TRIGGER_HOOKS } from '@ap-wasm/executor'
import { connection, fields, type Html, html } from '@ap-wasm/executor/forms'
import { bytes } from '../output.ts'
import { costWords, count, ms } from '../usage.ts'
import { STYLE } from './style.ts'

export interface PageState {
  folder: string
  manifest: Manifest | undefined
  /** Of the last build, if it failed; what runs is the one before. */
  problem: { message: string; lines: readonly string[] } | undefined
  building: boolean
  builtAt: Date | undefined
}

type Member = Description['actions'][string]

const memberId = (kind: string, name: string): string => `${kind}-${name}`

const HOOKS_WITH_PAYLOAD: ReadonlySet<string> = new Set(['WEBHOOK', 'APP_WEBHOOK'])

function form(kind: 'action' | 'trigger', name: string, member: Member, more: Html): Html {
  return html`<section id="${memberId(kind, name)}" hidden><form class="card call" data-kind="${kind}" data-name="${name}">
<h2>${member.displayName}</h2>${member.description ? html`<p class="hint">${member.description}</p>` : ''}
${fields(member.props, memberId(kind, name), 'props', `${kind}s/${name}/props`)}${more}
<button type="submit">Run</button></form></section>`
}

function triggerFields(name: string, type: string): Html {
  const id = memberId('trigger', name)
  const payload = HOOKS_WITH_PAYLOAD.has(type)
    ? html`<div class="field"><label for="${id}:payload">Payload <code>run, handshake</code></label><textarea id="${id}:payload" name="payload" data-type="JSON" rows="4" placeholder='{ "body": {}, "headers": {}, "queryParams": {} }'></textarea></div>`
    : ''
  return html`<div class="field"><label for="${id}:hook">Hook</label><select id="${id}:hook" name="hook" data-type="TEXT">${['test', ...TRIGGER_HOOKS.filter((hook) => hook !== 'test')].map((hook) => html`<option>${hook}</option>`)}</select></div>${payload}`
}

const links = (kind: string, members: Record<string, Member>): Html[] =>
  Object.entries(members).map(([name, { displayName }]) => html`<a href="#${memberId(kind, name)}">${displayName}</a>`)

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
  const { actions, triggers, auth = [] } = manifest.description
  return html`<main><nav aria-label="Actions and triggers">
${Object.keys(actions).length > 0 ? html`<h2>Actions</h2>${links('action', actions)}` : ''}
${Object.keys(triggers).length > 0 ? html`<h2>Triggers</h2>${links('trigger', triggers as Record<string, Member>)}` : ''}</nav>
<div>${state.problem ? problemCard(state.problem) : ''}${connection(auth)}
${Object.entries(actions).map(([name, action]) => form('action', name, action, html``))}
${Object.entries(triggers).map(([name, trigger]) => form('trigger', name, trigger as unknown as Member, triggerFields(name, trigger.type)))}</div>
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

const pretty = (value: unknown): string =>
  JSON.stringify(JSON.parse(new TextDecoder().decode(encodeJson(value ?? null))), null, 2)

/** What a call answered, for the page. */
export function resultHtml(result: CallResult): string {
  const { usage } = result
  const calls = Object.entries(usage.hostCalls).map(([name, times]) => `${name.replace(/^.*#/, '')} ${times}×`)
  const outcome = result.ok
    ? html`<p class="outcome good">Output</p><pre>${pretty(result.output)}</pre>${effects(result.effects)}`
    : 'failure' in result
      ? html`<p class="outcome bad">Failure <code>${result.failure.code}</code></p><p>${result.failure.message}</p>${result.failure.detail === undefined ? '' : html`<pre>${pretty(result.failure.detail)}</pre>`}`
      : html`<p class="outcome bad">Error <code>${result.error.code}</code></p><p>${result.error.detail}</p>`
  return html`${outcome}<dl><dt>fuel</dt><dd>${count(usage.fuel)} · ${costWords(usage.fuel)}</dd><dt>memory</dt><dd>${bytes(usage.memoryPeakBytes)}</dd>
<dt>time</dt><dd>${ms(usage.wallMs)}, ${ms(usage.cpuMs)} of it on the processor</dd><dt>HTTP</dt><dd>${bytes(usage.bytesIn)} in, ${bytes(usage.bytesOut)} out</dd>
<dt>host calls</dt><dd>${calls.join(', ') || 'none'}</dd></dl>`.text
}

function effects({ files, ...asked }: Extract<CallResult, { ok: true }>['effects']): Html {
  return html`${Object.keys(asked).length > 0 ? html`<p class="hint">Asked of its run</p><pre>${pretty(asked)}</pre>` : ''}${files.map(
    ({ filename, size, url }) => html`<p><a href="${url ?? '#'}">${filename}</a> ${bytes(size)}</p>`,
  )}`
}

export const refusalHtml = (message: string, lines: readonly string[]): string =>
  html`<p class="outcome bad">Not run</p><p>${message}</p>${lines.length > 0 ? html`<pre>${lines.join('\n')}</pre>` : ''}`
    .text
