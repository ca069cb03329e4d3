/**
 * @module playground/through: calls that the visitor's own executor runs, with his key, which stays in this frame's memory.
 * The frame that does this runs no component.
 */
import type { CallInput, CallResult, Manifest, TriggerHook } from '@ap-wasm/executor/outside'

export interface Sent {
  kind: 'action' | 'trigger' | 'resolve'
  name: string
  hook?: TriggerHook
  input: CallInput
}

export interface Executor {
  origin: string
  key: string
}

const segment = (text: string): string => text.split('/').map(encodeURIComponent).join('/')

/** Rejects in words where there was no result: the executor's own words, or what stands in the way of asking it. */
export async function callThrough(
  { origin, key }: Executor,
  { name: piece, version }: Pick<Manifest, 'name' | 'version'>,
  { kind, name, hook, input }: Sent,
  signal: AbortSignal,
): Promise<CallResult> {
  const base = `${origin}/v1/pieces/${segment(piece)}/${version}`
  const url =
    kind === 'action'
      ? `${base}/actions/${segment(name)}`
      : kind === 'trigger'
        ? `${base}/triggers/${segment(name)}/${hook}`
        : `${base}/resolve`
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(kind === 'resolve' ? { path: name, ...input } : input),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw new Error('stopped')
    throw new Error(
      `${origin} did not answer this page (${(error as Error).message}). It has to run, to have a key, and to name this origin in AP_WASM_ALLOW_ORIGINS: ${location.origin}`,
    )
  }
  const answer = (await response.json()) as CallResult & { code?: string; detail?: string }
  if (response.ok) return answer
  throw new Error(`${answer.code ?? response.status}: ${answer.detail ?? 'no reason was given'}`)
}
