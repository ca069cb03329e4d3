/**
 * @module records: what a call asked of the outside and what it was answered, with its secrets replaced, so that it can be
 * run again later without the outside.
 */
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompressSync } from 'node:zlib'
import type { TriggerHook } from './call.ts'
import type { Prepared } from './calls/prepare.ts'
import type { CallAnswer } from './cells.ts'
import { decodeJson, encodeJson, encodeMsgpack } from './codec.ts'
import { dropOldest } from './desk/shares.ts'
import type { Effect, EffectKind, EffectKinds, EffectReply, HttpErrorCode } from './effect.ts'
import type { CallOutside } from './effects/index.ts'
import type { CallStart } from './ledger.ts'
import type { Redactor } from './records/redact.ts'
import type { State } from './state.ts'

const compress = promisify(zstdCompress)

/** Bytes in a record: text where they are text, so that a person can read and edit them. */
export type RecordedBody = { body?: string } | { bodyBase64: string }

export type RecordedEffect = { seq: number; atMs: number } & (
  | {
      kind: 'http'
      request: { method: string; url: string; headers: [string, string][] } & RecordedBody
      response:
        | ({
            status: number
            headers: [string, string][]
            /** Sizes of the parts that the piece read, in order: reading alike costs the same fuel. */
            chunks: number[]
            /** The first of them came with the head. */
            early: boolean
            /** How the body broke off. */
            error?: HttpErrorCode
          } & RecordedBody)
        | { error: HttpErrorCode }
    }
  | {
      kind: Exclude<EffectKind, `http.${string}` | 'log'>
      request: Record<string, unknown> & RecordedBody
      response: Record<string, unknown> & RecordedBody
    }
)

export interface CallRecord {
  format: 1
  digest: string
  call: { piece: string; version: string; kind: 'action' | 'trigger' | 'resolve'; name: string; hook?: TriggerHook }
  config: unknown
  input: unknown
  /** The input in MessagePack, of a piece that speaks it: JSON would lose what is bytes and what is text. */
  inputBase64?: string
  env: Record<string, string>
  seed: string
  clockStart: number
  clockReads: number[]
  effects: RecordedEffect[]
}

interface Exchange {
  seq: number
  atMs: number
  ask: EffectKinds['http.request']['ask']
  sent: Uint8Array[]
  answer?: EffectKinds['http.request']['answer']
  received: Uint8Array[]
  early: boolean
  error?: HttpErrorCode
}

export interface Recorder {
  /** Stands before the real outside of an attempt and writes down what passes. */
  around(outside: CallOutside): CallOutside
  /** Undefined: it grew beyond its bound and was given up. */
  effects(redactor: Redactor): RecordedEffect[] | undefined
}

/** Keeps at most `maxBytes` of bodies; of several attempts the last one counts. */
export function createRecorder(startedAt: number, maxBytes: number): Recorder {
  let exchanges = new Map<number, Exchange>()
  let others: { seq: number; atMs: number; effect: Effect; reply: EffectReply }[] = []
  let seq = 0
  let held = 0

  const hold = (bytes: Uint8Array): boolean => (held += bytes.length + 256) <= maxBytes
  const atMs = (): number => Date.now() - startedAt

  function noteReply(kind: EffectKind, effect: Effect, reply: EffectReply, at: { seq: number; atMs: number }): void {
    if (!hold(reply.bytes)) return
    if (!kind.startsWith('http.')) {
      others.push({ ...at, effect, reply })
      return
    }
    const exchange = exchanges.get((effect.ask as { exchange: number }).exchange)
    if (!exchange) return
    if (kind === 'http.request') {
      exchange.answer = reply.answer as EffectKinds['http.request']['answer']
      exchange.early = reply.bytes.length > 0
    }
    const { error } = reply.answer as { error?: HttpErrorCode }
    if (kind !== 'http.request' && error) exchange.error = error
    if (kind !== 'http.body' && !error && reply.bytes.length > 0) exchange.received.push(reply.bytes)
  }

  function noteAsk(kind: EffectKind, effect: Effect, at: { seq: number; atMs: number }): void {
    if (!hold(effect.bytes)) return
    if (kind === 'http.request') {
      const ask = effect.ask as EffectKinds['http.request']['ask']
      exchanges.set(ask.exchange, { ...at, ask, sent: [effect.bytes], received: [], early: false })
    } else if (kind === 'http.body')
      exchanges.get((effect.ask as EffectKinds['http.body']['ask']).exchange)?.sent.push(effect.bytes)
  }

  return {
    around(outside) {
      exchanges = new Map()
      others = []
      seq = 0
      held = 0
      return {
        get logs() {
          return outside.logs
        },
        get effects() {
          return outside.effects
        },
        get bytesIn() {
          return outside.bytesIn
        },
        get bytesOut() {
          return outside.bytesOut
        },
        get hadEffects() {
          return outside.hadEffects
        },
        async ask(effect) {
          const at = { seq: seq++, atMs: atMs() }
          noteAsk(effect.kind, effect as Effect, at)
          const reply = await outside.ask(effect)
          noteReply(effect.kind, effect as Effect, reply as EffectReply, at)
          return reply
        },
        post: (effect) => outside.post(effect),
        close: () => outside.close(),
      }
    },

    effects(redactor) {
      if (held > maxBytes) return undefined
      const http = [...exchanges.values()].map((exchange) => recordedExchange(exchange, redactor))
      const rest = others.map(({ effect, reply, ...at }) => recordedOther(effect, reply, at, redactor))
      return [...http, ...rest].sort((a, b) => a.seq - b.seq).map((effect, index) => ({ ...effect, seq: index }))
    },
  }
}

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function recordedBody(bytes: Uint8Array): RecordedBody {
  if (bytes.length === 0) return {}
  try {
    return { body: TEXT.decode(bytes) }
  } catch {
    return { bodyBase64: bytes.toBase64() }
  }
}

export function bodyBytes(body: RecordedBody): Uint8Array {
  if ('bodyBase64' in body) return Uint8Array.fromBase64(body.bodyBase64)
  return new TextEncoder().encode('body' in body ? (body.body ?? '') : '')
}

/** Chunks are joined before they are redacted: a secret may lie across two of them. */
function recordedExchange(exchange: Exchange, redactor: Redactor): RecordedEffect {
  const { ask, answer, seq, atMs } = exchange
  const request = {
    method: ask.method,
    url: redactor.text(urlOf(ask)),
    headers: redactor.headers(ask.headers),
    ...recordedBody(redactor.bytes(Buffer.concat(exchange.sent))),
  }
  if (!answer) return { seq, atMs, kind: 'http', request, response: { error: { tag: 'connection-terminated' } } }
  if ('error' in answer) return { seq, atMs, kind: 'http', request, response: { error: answer.error } }
  const response = {
    status: answer.status,
    headers: redactor.headers(answer.headers),
    chunks: exchange.received.map((chunk) => chunk.length),
    early: exchange.early,
    ...(exchange.error ? { error: exchange.error } : {}),
    ...recordedBody(redactor.bytes(Buffer.concat(exchange.received))),
  }
  return { seq, atMs, kind: 'http', request, response }
}

export const urlOf = (ask: EffectKinds['http.request']['ask']): string =>
  `${ask.scheme.toLowerCase()}://${ask.authority}${ask.pathWithQuery}`

const recordedOther = (
  effect: Effect,
  reply: EffectReply,
  at: { seq: number; atMs: number },
  redactor: Redactor,
): RecordedEffect =>
  ({
    ...at,
    kind: effect.kind,
    request: { ...redactor.value(effect.ask), ...recordedBody(redactor.bytes(effect.bytes)) },
    response: { ...redactor.value(reply.answer), ...recordedBody(redactor.bytes(reply.bytes)) },
  }) as RecordedEffect

/** What it takes to record a call that runs. */
export interface Recording {
  recorder: Recorder
  /** Of its random. */
  seed: string
}

/** Undefined: there is too much of it, or no cell came so far as to tell its clock. */
export function recordOf(
  { recorder, seed }: Recording,
  start: CallStart,
  prepared: Prepared,
  env: Readonly<Record<string, string>>,
  answer: CallAnswer,
  redactor: Redactor,
): CallRecord | undefined {
  const effects = recorder.effects(redactor)
  const { clockStart, clockReads } = answer
  if (!effects || clockStart === undefined || clockReads === undefined) return undefined
  const input = redactor.value(prepared.values.input)
  const { piece, version, kind, name, hook, digest } = start
  return {
    format: 1,
    digest,
    call: { piece, version, kind, name, ...(hook ? { hook } : {}) },
    config: prepared.values.config,
    input: decodeJson(encodeJson(input)),
    ...(prepared.encoding === 'msgpack' ? { inputBase64: encodeMsgpack(input).toBase64() } : {}),
    env: redactor.value({ ...env }),
    ...{ seed, clockStart, clockReads, effects },
  }
}

export type Records = ReturnType<typeof createRecords>

export function createRecords(state: State, keep: { retentionMs: number; bytes: number }) {
  return {
    /** Within a commit, once `pack` has made it small. */
    put({ callId, tenant }: Pick<CallStart, 'callId' | 'tenant'>, packed: Uint8Array, now: number): void {
      state.run(
        'INSERT INTO records (call_id, tenant, created_at, bytes, record) VALUES (?, ?, ?, ?, ?)',
        callId,
        tenant,
        now,
        packed.length,
        packed,
      )
    },

    get(callId: string): CallRecord | undefined {
      const row = state.get('SELECT record FROM records WHERE call_id = ?', callId)
      return row && JSON.parse(zstdDecompressSync(row.record as Uint8Array).toString('utf8'))
    },

    /** Within a commit: true while there is more to forget. */
    sweep(now: number): boolean {
      const batch = 100
      const old = state.run(
        'DELETE FROM records WHERE call_id IN (SELECT call_id FROM records WHERE created_at < ? LIMIT ?)',
        now - keep.retentionMs,
        batch,
      )
      return old === batch || dropOldest(state, 'records', keep.bytes)
    },
  }
}

export const packRecord = (record: CallRecord): Promise<Uint8Array> => compress(Buffer.from(JSON.stringify(record)))
