/** @module calls/underway: a call between its row in the ledger and its answer: run in a cell, then settled in one commit. */
import type { Logger } from 'pino'
import type { CallResult, Effects, LogLine } from '../call.ts'
import type { CallAnswer, Job } from '../cells.ts'
import type { Desk } from '../desk.ts'
import { fileId } from '../effects/files.ts'
import {
  type CallOutside,
  createOutside,
  type Grants,
  type OutsideContext,
  type OutsideEngines,
  signFile,
} from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import type { CallStart } from '../ledger.ts'
import type { Redactor } from '../records/redact.ts'
import { packRecord, type Recording, recordOf } from '../records.ts'
import { knownError } from '../state/storage-error.ts'
import { callError, NO_USAGE, resultOf } from './answer.ts'
import type { IdempotentCall } from './idempotency.ts'
import type { Prepared } from './prepare.ts'

/** A run that is not of this moment: a test's, a replay's, an author's trial. It keeps no record. */
export interface Rehearsal {
  /** The clock stands still between waits, the random repeats. Absent: they are real. */
  fixed?: NonNullable<Job['fixed']>
  /** Instead of the real outside, which `engines` make. */
  outside?: (context: OutsideContext, engines: OutsideEngines) => CallOutside
  /** Instead of what was granted. */
  grants?: Grants
}

export interface Underway {
  start: CallStart
  prepared: Prepared
  /** What it asks, as far as it was granted. */
  grants: Grants
  redactor: Redactor
  idempotent?: IdempotentCall | undefined
  recording?: Recording | undefined
  rehearsal?: Rehearsal | undefined
  signal?: AbortSignal | undefined
  /** Says why it was cancelled, where that was not its caller's doing. */
  override?: () => PieceError | undefined
}

/** The row that says the call runs stands before it runs. */
export function enter({ state, ledger, idempotency }: Desk, { start, idempotent }: Underway): Promise<void> {
  return state.commit(
    () => {
      ledger.begin(start)
      if (idempotent) idempotency.begin(idempotent, start.callId, start.startedAt)
    },
    // A key must be remembered by a machine that lost its power, too; a row alone says only that a call ran.
    { durable: idempotent !== undefined, ofCalls: true },
  )
}

export async function run(desk: Desk, call: Underway): Promise<CallResult> {
  let answer: CallAnswer
  try {
    answer = await desk.cells.run(await jobOf(desk, call))
  } catch (error) {
    await refused(desk, call, error)
    throw error
  }
  const { start, prepared, redactor } = call
  const { effects, logs, hadEffects } = answer.outside
  const override = call.override?.()
  if (override) answer = { ...answer, kind: 'error', error: override }
  const result = resultOf(start, answer, prepared.target, prepared.encoding, withUrls(desk, effects))
  const record = await packed(desk, call, answer, result)
  await settle(desk, call, result, {
    attempts: answer.attempts,
    logs: redactor.value(logs),
    mayRepeat: !hadEffects,
    record,
  })
  desk.metrics.ended(start.kind, result)
  return result
}

async function jobOf(desk: Desk, call: Underway): Promise<Job> {
  const { start, prepared, grants, recording, rehearsal, signal } = call
  const context = outsideContext(call)
  const real = (about: OutsideContext): CallOutside => (rehearsal?.outside ?? createOutside)(about, desk.outside)
  const { kind, name, hook } = start
  return {
    ...{ callId: start.callId, tenant: start.tenant, piece: start.piece },
    program: await desk.engine.product(start.digest, () => desk.artifacts.get(start.digest)),
    encoding: prepared.encoding,
    work: { kind, name, ...(hook ? { hook } : {}), config: prepared.config, input: prepared.input },
    limits: prepared.limits,
    env: grants.env,
    outside: () => (recording ? recording.recorder.around(real(context)) : real(context)),
    deadlineAt: prepared.acceptedAt + prepared.limits.wallMs,
    ...(rehearsal?.fixed ? { fixed: rehearsal.fixed } : {}),
    ...(recording ? { record: { seed: recording.seed } } : {}),
    ...(signal ? { signal } : {}),
  }
}

function outsideContext({ start, prepared, grants }: Underway): OutsideContext {
  const { run, auth, encoding, limits, files } = prepared
  const { projectId, flowId, resumeUrl, testing } = run
  return {
    ...{ tenant: start.tenant, piece: start.piece, callId: start.callId, startedAt: start.startedAt },
    ...{ encoding, grants, limits, auth, testing },
    run: { projectId, ...(flowId === undefined ? {} : { flowId }), ...(resumeUrl === undefined ? {} : { resumeUrl }) },
    givenFiles: files,
  }
}

/** Whoever reads the answer can fetch what the piece wrote. */
function withUrls({ settings, secret }: Desk, effects: Effects): Effects {
  const key = secret.keyFor('files')
  const url = (reference: string): { url?: string } => {
    const id = fileId(reference)
    return id === undefined ? {} : { url: `${settings.publicUrl}/v1/files/${id}?sig=${signFile(key, id)}` }
  }
  return { ...effects, files: effects.files.map((file) => ({ ...file, ...url(file.reference) })) }
}

async function packed(
  desk: Desk,
  call: Underway,
  answer: CallAnswer,
  result: CallResult,
): Promise<Uint8Array | undefined> {
  if (!call.recording || (desk.settings.record === 'errors' && result.ok)) return undefined
  // A cell that was lost told nothing of the clock and the random that the piece saw.
  if (answer.clockStart === undefined) return undefined
  const record = recordOf(call.recording, call.start, call.prepared, call.grants.env, answer, call.redactor)
  if (record) return packRecord(record)
  desk.log.warn({ callId: call.start.callId }, 'the record of a call grew too large and was not kept')
  return undefined
}

/** A call that no cell ever had: its row says why, and its key is free again. */
async function refused(desk: Desk, call: Underway, error: unknown): Promise<void> {
  const { start, prepared } = call
  const known = knownError(error)
  const usage = { ...NO_USAGE, wallMs: Math.round(performance.now() - prepared.acceptedAt) }
  const result: CallResult = { callId: start.callId, version: start.version, usage, ok: false, error: callError(known) }
  desk.metrics.refused(start.kind, known.code)
  try {
    await settle(desk, call, result, { attempts: 0, logs: [], mayRepeat: true })
  } catch (settling) {
    desk.log.error({ err: settling, callId: start.callId }, 'the end of a call could not be written')
  }
}

interface Ending {
  attempts: number
  logs: readonly LogLine[]
  /** Nothing happened outside that must not happen twice. */
  mayRepeat: boolean
  record?: Uint8Array | undefined
}

/** Usage, log, record and the kept answer in one commit; the result is handed out after it. A key's answer outlives a power cut. */
async function settle(desk: Desk, call: Underway, result: CallResult, ending: Ending): Promise<void> {
  try {
    const { idempotent } = call
    const write = settlement(desk, call, result, ending)
    const kept = await desk.state.commit(write, { durable: idempotent !== undefined, ofCalls: true })
    if (idempotent) desk.idempotency.count(idempotent, kept)
  } catch (error) {
    // Its caller hears of the disk instead of the result, and so does the ledger as soon as it can be written.
    const { callId, version, usage } = result
    const told = unwritten(callId, ending.mayRepeat, error)
    const failed: CallResult = { callId, version, usage, ok: false, error: callError(told) }
    desk.state.commitLater(settlement(desk, call, failed, { ...ending, logs: [], record: undefined }))
    desk.log.error({ err: error, callId }, 'the end of a call could not be written')
    throw told
  }
  logCall(desk.log, call.start, result)
}

/** Whoever had an effect must not be told that the same call may simply be made again. */
function unwritten(callId: string, mayRepeat: boolean, error: unknown): PieceError {
  if (!mayRepeat) return new PieceError('AP_UNRECORDED', { callId }, { cause: error })
  return knownError(error)
}

/** Says how many bytes are kept for the key. */
function settlement(desk: Desk, call: Underway, result: CallResult, ending: Ending): () => number {
  const { ledger, idempotency, records } = desk
  const { start, idempotent, redactor } = call
  // A clock may be set back meanwhile.
  const endedAt = Math.max(start.startedAt, Date.now())
  return () => {
    ledger.end(start, redactedResult(result, redactor), { endedAt, attempts: ending.attempts, logs: ending.logs })
    if (ending.record) records.put(start, ending.record, endedAt)
    if (!idempotent) return 0
    if (!isFree(result, ending.mayRepeat)) return idempotency.keep(idempotent, result)
    idempotency.forget(idempotent)
    return 0
  }
}

/** Whether the same key may run again: a fault of ours or a caller who went away, and nothing had happened outside. */
const isFree = (result: CallResult, mayRepeat: boolean): boolean =>
  mayRepeat && 'error' in result && (result.error.fault === 'host' || result.error.code === 'AP_CANCELLED')

/** What the ledger keeps of it: codes and messages without secrets. */
function redactedResult(result: CallResult, redactor: Redactor): CallResult {
  if (result.ok) return result
  if ('failure' in result)
    return { ...result, failure: redactor.value({ code: result.failure.code, message: result.failure.message }) }
  return { ...result, error: { ...result.error, detail: redactor.text(result.error.detail) } }
}

function logCall(log: Logger, start: CallStart, result: CallResult): void {
  const outcome = result.ok ? 'ok' : 'failure' in result ? 'failure' : result.error.code
  const { callId, tenant, piece, version, kind, name, hook, traceparent } = start
  const { fuel, wallMs, cpuMs } = result.usage
  log.info({ callId, tenant, piece, version, kind, name, hook, traceparent, outcome, fuel, wallMs, cpuMs }, 'call')
}
