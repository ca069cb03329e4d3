/** @module forms/answers: what a call answered, as markup: its end, what it asked of its run, what it spent. */
import type { CallResult } from '../call.ts'
import { byteWords, costWords, countWords, ms } from '../calls/usage-words.ts'
import { encodeJson } from '../codec/json.ts'
import { fields, optionList } from './fields.ts'
import { type Html, html } from './html.ts'

const pretty = (value: unknown): string =>
  JSON.stringify(JSON.parse(new TextDecoder().decode(encodeJson(value ?? null))), null, 2)

/** How it ended, and what it asked of its run. */
export function endHtml(result: CallResult): Html {
  if (result.ok)
    return html`<p class="outcome good">Output</p><pre tabindex="0">${pretty(result.output)}</pre>${effects(result.effects)}`
  if ('failure' in result) {
    const { code, message, retryAfterMs, detail } = result.failure
    return html`<p class="outcome bad">Failure <code>${code}</code></p><p>${message}</p>${retryAfterMs === undefined ? '' : html`<p class="hint">It asks to wait ${ms(retryAfterMs)}.</p>`}${detail === undefined ? '' : html`<pre tabindex="0">${pretty(detail)}</pre>`}${effects(result.effects)}`
  }
  return html`<p class="outcome bad">Error <code>${result.error.code}</code></p><p>${result.error.detail}</p>`
}

export function usageHtml({ usage }: CallResult): Html {
  const calls = Object.entries(usage.hostCalls).map(([name, times]) => `${name.replace(/^.*#/, '')} ${times}×`)
  return html`<dl><dt>fuel</dt><dd>${countWords(usage.fuel)} · ${costWords(usage.fuel)}</dd><dt>memory</dt><dd>${byteWords(usage.memoryPeakBytes)}</dd>
<dt>time</dt><dd>${ms(usage.wallMs)}, ${ms(usage.cpuMs)} of it on the processor</dd><dt>HTTP</dt><dd>${byteWords(usage.bytesIn)} in, ${byteWords(usage.bytesOut)} out</dd>
<dt>host calls</dt><dd>${calls.join(', ') || 'none'}</dd></dl>`
}

function effects({ files, ...asked }: Extract<CallResult, { ok: true }>['effects']): Html {
  return html`${Object.keys(asked).length > 0 ? html`<p class="hint">Asked of its run</p><pre tabindex="0">${pretty(asked)}</pre>` : ''}${files.map(
    ({ filename, size, url }) =>
      html`<p>${url === undefined ? filename : html`<a href="${url}" download="${filename}">${filename}</a>`} ${byteWords(size)}</p>`,
  )}`
}

export const refusalHtml = (message: string, lines: readonly string[] = []): Html =>
  html`<p class="outcome bad">Not run</p><p>${message}</p>${lines.length > 0 ? html`<pre tabindex="0">${lines.join('\n')}</pre>` : ''}`

/** Options or fields that a property was waiting for, as controls; `target` is its id, `path` what was resolved. */
export function resolvedHtml(output: unknown, target: string | undefined, path: string): Html | undefined {
  if (target === undefined || typeof output !== 'object' || output === null) return undefined
  if ('options' in output && Array.isArray(output.options)) return html`${optionList(output.options, undefined)}`
  const [form = '', name = ''] = target.split(':')
  if ('props' in output) return html`${fields(output.props as never, form, name, path)}`
  return undefined
}
