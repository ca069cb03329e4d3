/** @module effects/run: what a call asks of the run it is part of: collected here, acted on by the flow engine. */
import { decodeAs } from '../codec.ts'
import { type Answers, type CallState, failed, notGranted, reply } from './state.ts'

type Decoded = { value: unknown } | { refused: ReturnType<typeof failed> }

/** A payload in the piece's own encoding. */
function decoded(call: CallState, bytes: Uint8Array): Decoded {
  const { encoding, limits } = call.context
  if (bytes.length > limits.outputBytes)
    return {
      refused: failed('limit_exceeded', `the payload has ${bytes.length} bytes; outputBytes is ${limits.outputBytes}`),
    }
  try {
    return { value: decodeAs(encoding, bytes) }
  } catch (error) {
    return { refused: failed('invalid_payload', (error as Error).message) }
  }
}

const optional = (call: CallState, has: boolean, bytes: Uint8Array): Decoded =>
  has ? decoded(call, bytes) : { value: undefined }

/** At most one of stop and wait, once. */
function ending(call: CallState, what: 'stop' | 'wait') {
  if (!call.context.grants.run.includes(what)) return notGranted('run', what)
  if (call.effects.stop) return failed('already_stopped', 'this call already asked the run to stop')
  if (call.effects.wait) return failed('already_waiting', 'this call already asked the run to wait; one wait a call')
  return undefined
}

/** The last instant that a date can name. */
const MAX_UNIX_MS = 8.64e15

export const run: Answers<'run.respond' | 'run.stop' | 'run.wait-until' | 'run.wait-for-webhook'> = {
  'run.respond': (call, _, bytes) => {
    if (!call.context.grants.run.includes('respond')) return notGranted('run', 'respond')
    if ('respond' in call.effects) return failed('already_responded', 'this call already answered; one answer a run')
    const response = decoded(call, bytes)
    if ('refused' in response) return response.refused
    call.effects.respond = response.value
    return reply({})
  },
  'run.stop': (call, { hasResponse }, bytes) => {
    const refused = ending(call, 'stop')
    if (refused) return refused
    const response = optional(call, hasResponse, bytes)
    if ('refused' in response) return response.refused
    call.effects.stop = hasResponse ? { response: response.value } : {}
    return reply({})
  },
  'run.wait-until': (call, { unixMs }) => {
    const refused = ending(call, 'wait')
    if (refused) return refused
    if (unixMs > MAX_UNIX_MS) return failed('invalid_time', `${unixMs} is no instant that a date can name`)
    call.effects.wait = { until: new Date(unixMs).toISOString() }
    return reply({})
  },
  'run.wait-for-webhook': (call, { hasResponse }, bytes) => {
    const refused = ending(call, 'wait')
    if (refused) return refused
    const { resumeUrl } = call.context.run
    if (resumeUrl === undefined)
      return failed('not_supported', 'the caller gave no run.resumeUrl, so nobody could resume this run')
    const response = optional(call, hasResponse, bytes)
    if ('refused' in response) return response.refused
    call.effects.wait = hasResponse ? { resumeUrl, response: response.value } : { resumeUrl }
    return reply({ resumeUrl })
  },
}
