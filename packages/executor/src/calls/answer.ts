/**
 * @module calls/answer: from what a cell says to the result of a call: decoded, and checked against what the contract
 * allows. Runs in a browser.
 */
import { Check } from 'typebox/value'
import type { CallError, CallResult, Effects, Failure, Usage } from '../call.ts'
import type { CallAnswer } from '../cells.ts'
import { decodeAs, type Encoding } from '../codec.ts'
import { PieceError } from '../errors.ts'
import { collect, sentences, Violations } from '../piece/violations.ts'
import type { DoneMessage } from '../wire.ts'
import type { Target } from './target.ts'

export const NO_USAGE: Usage = {
  fuel: 0,
  fuelModel: 1,
  wallMs: 0,
  cpuMs: 0,
  memoryPeakBytes: 0,
  hostCalls: {},
  bytesIn: 0,
  bytesOut: 0,
  coldStart: false,
}

export const callError = (error: PieceError): CallError => ({
  code: error.code,
  fault: error.fault,
  status: error.status,
  retry: error.retry,
  detail: error.message,
})

export type Outcome = { kind: 'output'; bytes: Uint8Array } | { kind: 'failure'; failure: Failure }

/** What a cell's last word says. */
export function answerOf(encoding: Encoding, done: DoneMessage, bytes: Uint8Array): Outcome | PieceError {
  if (done.kind === 'error') return new PieceError(done.code, done.fields as never)
  if (done.kind === 'output') return { kind: 'output', bytes }
  const { code, message, retryAfterMs, hasDetail } = done.failure
  const failure: Failure = { code, message }
  if (retryAfterMs !== undefined) failure.retryAfterMs = retryAfterMs
  if (!hasDetail) return { kind: 'failure', failure }
  try {
    failure.detail = decodeAs(encoding, bytes)
  } catch (error) {
    if (!(error instanceof PieceError)) throw error
    return new PieceError('AP_OUTPUT_INVALID', { detail: `the detail of a failure: ${error.message}` })
  }
  return { kind: 'failure', failure }
}

export function resultOf(
  { callId, version }: { callId: string; version: string },
  answer: CallAnswer,
  target: Target,
  encoding: Encoding,
  effects: Effects,
): CallResult {
  const about = { callId, version, usage: answer.usage }
  if (answer.kind === 'error') return { ...about, ok: false, error: callError(answer.error) }
  if (answer.kind === 'failure') return { ...about, ok: false, failure: answer.failure, effects }
  const output = outputOf(answer.bytes, target, encoding)
  if (output instanceof PieceError) return { ...about, ok: false, error: callError(output) }
  return { ...about, ok: true, output: output.value, effects }
}

function outputOf(bytes: Uint8Array, target: Target, encoding: Encoding): { value: unknown } | PieceError {
  let value: unknown
  try {
    value = decodeAs(encoding, bytes)
  } catch (error) {
    if (!(error instanceof PieceError)) throw error
    return new PieceError('AP_OUTPUT_INVALID', { detail: error.message })
  }
  if (!target.output || Check(target.output, value)) return { value }
  const violations = new Violations()
  collect(violations, target.output, value, ['output'])
  return new PieceError('AP_OUTPUT_INVALID', { detail: sentences(violations.all()).join('; ') })
}
