/** @module calls/run-call: what becomes of a call, step by step; and the same for one that a record repeats. */
import { createHash, randomBytes } from 'node:crypto'
import type { Call, CallResult } from '../call.ts'
import { decodeMsgpack, encodeAs, encodeMsgpack } from '../codec.ts'
import type { PieceVersion } from '../desk/pieces.ts'
import type { Desk } from '../desk.ts'
import { createOutside, type OutsideContext, storeUploads } from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import { newCallId } from '../ids.ts'
import { lowered } from '../limits.ts'
import { askOf, type Manifest } from '../manifest.ts'
import { createRedactor } from '../records/redact.ts'
import { type CallRecord, createRecorder, type Recording } from '../records.ts'
import type { IdempotentCall } from './idempotency.ts'
import { type Prepared, prepare, type Run } from './prepare.ts'
import { createReplay } from './replay.ts'
import { targetOf } from './target.ts'
import { enter, type Rehearsal, run, type Underway } from './underway.ts'

/** What a rehearsed piece sees as its call's id: the same in each run. */
const REHEARSED_ID = 'call_00000000000000000000000000'
const SEED_BYTES = 32
/** One record may hold this part of all of them. */
const RECORD_SHARE = 16

export async function runCall(desk: Desk, call: Call, rehearsal?: Rehearsal): Promise<CallResult> {
  if (rehearsal) checkSeed(rehearsal)
  const acceptedAt = performance.now()
  const startedAt = Date.now()
  const callId = newCallId(startedAt)
  const idempotent = idempotentCall(call)
  const kept = idempotent && desk.idempotency.find(idempotent, startedAt)
  if (kept) return kept

  const { version, grants } = desk.chosen(call, rehearsal?.grants)
  const prepared = await prepare(
    call,
    version.manifest,
    {
      acceptedAt,
      limits: desk.limits,
      seen: rehearsal?.fixed ? { callId: REHEARSED_ID, now: rehearsal.fixed.clockStart } : { callId, now: startedAt },
    },
    (uploads, limits) => storeUploads(desk.outside.files, call.tenant, uploads, limits),
  )
  const underway: Underway = {
    start: {
      ...{
        callId,
        tenant: call.tenant,
        piece: call.piece,
        version: version.version,
        digest: version.digest,
        startedAt,
      },
      ...{ kind: call.kind, name: call.name, hook: call.hook, traceparent: call.traceparent },
    },
    ...{ prepared, grants, idempotent, rehearsal, signal: call.signal },
    redactor: createRedactor(prepared.auth, grants.env, isPublic(version.manifest)),
    recording: rehearsal ? undefined : recordingOf(desk, startedAt),
  }
  await enter(desk, underway)
  return run(desk, underway)
}

/** A recorded call against `version`; nothing leaves the machine. */
export async function runRecord(
  desk: Desk,
  tenant: string,
  record: CallRecord,
  version: PieceVersion,
  more: { replayOf?: string; signal?: AbortSignal | undefined } = {},
): Promise<CallResult> {
  const { kind, name, hook } = record.call
  const startedAt = Date.now()
  const prepared = preparedAgain(desk, record, version.manifest)
  const env = record.env
  const redactor = createRedactor(prepared.auth, env, isPublic(version.manifest))
  const diverged = new AbortController()
  let divergence: PieceError | undefined
  const outside = (context: OutsideContext) =>
    createReplay(record, redactor, createOutside(context, desk.outside), (error) => {
      divergence ??= error
      diverged.abort()
    })
  const { clockStart, seed, clockReads } = record
  const rehearsal: Rehearsal = { fixed: { clockStart, seed, clockReads }, outside }
  checkSeed(rehearsal)
  const underway: Underway = {
    start: {
      ...{ callId: newCallId(startedAt), tenant, startedAt, kind, name, hook, replayOf: more.replayOf },
      ...{ piece: version.name, version: version.version, digest: version.digest },
    },
    prepared,
    grants: { ...askOf(version.manifest), env },
    redactor,
    rehearsal,
    signal: more.signal ? AbortSignal.any([more.signal, diverged.signal]) : diverged.signal,
    override: () => divergence,
  }
  await enter(desk, underway)
  return run(desk, underway)
}

function preparedAgain(desk: Desk, record: CallRecord, manifest: Manifest): Prepared {
  const { description } = manifest
  const limits = lowered(desk.limits, manifest.limits)
  const input = (
    record.inputBase64 === undefined ? record.input : decodeMsgpack(Uint8Array.fromBase64(record.inputBase64))
  ) as { auth?: unknown; run?: Run }
  return {
    target: targetOf(description, record.call),
    limits,
    encoding: description.encoding,
    auth: input.auth,
    run: input.run ?? {
      id: REHEARSED_ID,
      projectId: 'default',
      attempt: 1,
      executionType: 'BEGIN',
      testing: false,
      deadline: '',
    },
    acceptedAt: performance.now(),
    // What it read is in the record.
    files: new Set(),
    values: { config: record.config, input: input as Record<string, unknown> },
    config: encodeAs(description.encoding, record.config),
    input: encodeAs(description.encoding, input),
  }
}

/** A cell takes a seed at its word. */
function checkSeed({ fixed }: Rehearsal): void {
  if (fixed && !/^[0-9a-f]{64}$/.test(fixed.seed))
    throw new PieceError('AP_BAD_REQUEST', { detail: `a seed is ${SEED_BYTES} bytes in hexadecimal` })
}

/** What was asked: the same for either encoding of the same request. */
function idempotentCall(call: Call): IdempotentCall | undefined {
  if (call.idempotencyKey === undefined) return undefined
  const { piece, version, kind, name, hook, input, limits } = call
  const request = encodeMsgpack([piece, version, kind, name, hook, limits, encodeMsgpack(input)])
  return { tenant: call.tenant, key: call.idempotencyKey, request: createHash('sha256').update(request).digest() }
}

/** What a replay needs as it was: the connection's type, and the origins that the manifest points at. */
const isPublic =
  ({ capabilities }: Manifest) =>
  (path: string): boolean =>
    path === 'auth.type' || (capabilities?.http ?? []).includes(`{${path}}`)

function recordingOf({ settings }: Desk, startedAt: number): Recording | undefined {
  if (settings.record === 'off') return undefined
  const recorder = createRecorder(startedAt, settings.recordBytes / RECORD_SHARE)
  return { recorder, seed: randomBytes(SEED_BYTES).toString('hex') }
}
