/** @module host/run: ap:piece/run. */
import type { EffectFailure, EffectKinds } from '../effect.ts'
import { LIMITS } from '../limits.ts'
import { type HostCall, ok, waiting } from './call.ts'
import { overCeiling, refused } from './failure.ts'
import type { Bindings } from './world.ts'

/** A response travels with the output and is bounded like it. */
const RESPONSE_CEILING = LIMITS.outputBytes.ceiling
/** The last moment that a `Date` can name. */
const LAST_MOMENT_MS = 8_640_000_000_000_000n

const sizeRefusal = (response: Uint8Array | undefined) =>
  response !== undefined && response.length > RESPONSE_CEILING
    ? overCeiling('response', response.length, 'outputBytes', RESPONSE_CEILING)
    : undefined

async function tell<K extends 'run.respond' | 'run.stop' | 'run.wait-until'>(
  call: HostCall,
  kind: K,
  ask: EffectKinds[K]['ask'],
  bytes?: Uint8Array,
) {
  const { failure } = (await call.ask(kind, ask, bytes)).answer as { failure?: EffectFailure }
  return failure === undefined ? ok() : refused(failure)
}

async function waitForWebhook(call: HostCall, response: Uint8Array | undefined) {
  const { answer } = await call.ask('run.wait-for-webhook', { hasResponse: response !== undefined }, response)
  return 'failure' in answer ? refused(answer.failure) : ok(answer.resumeUrl)
}

export const run = {
  respond: waiting((call, response) => sizeRefusal(response) ?? tell(call, 'run.respond', {}, response)),
  stop: waiting(
    (call, response) =>
      sizeRefusal(response) ?? tell(call, 'run.stop', { hasResponse: response !== undefined }, response),
  ),
  'wait-until': waiting((call, unixMs) =>
    unixMs > LAST_MOMENT_MS
      ? refused({ code: 'invalid_argument', message: `${unixMs} is no moment: milliseconds since 1970 are expected` })
      : tell(call, 'run.wait-until', { unixMs: Number(unixMs) }),
  ),
  'wait-for-webhook': waiting((call, response) => sizeRefusal(response) ?? waitForWebhook(call, response)),
} satisfies Bindings<'ap:piece/run'>
