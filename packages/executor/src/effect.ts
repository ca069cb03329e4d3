/**
 * @module effect: what a call asks of the outside. `host/` (in the cell) asks, `effects/` (in the supervisor) answers;
 * `wire.ts` carries both as a small JSON part and raw bytes. Recording, replay and the mocks of `ap-wasm test` stand at
 * this seam, each an `Outside`.
 */
import type { HttpErrorCode as WitErrorCode } from './generated/world.ts'

/** WIT's `error-code` of wasi:http, as the linker represents a variant; on the wire a u64 is a number. */
export interface HttpErrorCode {
  tag: WitErrorCode['tag']
  val?: unknown
}

/** WIT's `failure`. The outside gives no detail: it would have to speak the piece's encoding. */
export interface EffectFailure {
  code: string
  message: string
  retryAfterMs?: number
}

export type StoreScope = 'flow' | 'project'

/**
 * Each kind: `ask` is the JSON part of the question, `answer` that of the reply. Bytes that go along stand in the comment.
 * An exchange is one HTTP request with its response, named by a number that the cell chooses, unique within its call.
 */
export interface EffectKinds {
  /** Bytes: the body, if `body` is `whole`. Answered when the head of the response is there; bytes: its first chunk, if at hand. */
  'http.request': {
    ask: {
      exchange: number
      method: string
      scheme: string
      authority: string
      pathWithQuery: string
      /** Values as Latin-1 text, one byte a character. */
      headers: [name: string, value: string][]
      body: 'none' | 'whole' | 'stream'
      connectTimeoutMs?: number
      firstByteTimeoutMs?: number
      betweenBytesTimeoutMs?: number
    }
    answer: { status: number; headers: [name: string, value: string][]; end: boolean } | { error: HttpErrorCode }
  }
  /** Bytes: a chunk of a streamed request body. Answered when the next chunk may come. */
  'http.body': { ask: { exchange: number; end: boolean }; answer: { error?: HttpErrorCode } }
  /** Answered with a chunk of the response body, decoded if the host decodes, at most `max` bytes. */
  'http.read': { ask: { exchange: number; max: number }; answer: { end: boolean } | { error: HttpErrorCode } }
  /** The guest dropped the exchange. Posted: not answered. */
  'http.close': { ask: { exchange: number }; answer: Record<never, never> }
  /** Bytes of the answer: the value. */
  'store.get': { ask: { scope: StoreScope; key: string }; answer: { found: boolean } | { failure: EffectFailure } }
  /** Bytes: the value. */
  'store.put': { ask: { scope: StoreScope; key: string }; answer: { failure?: EffectFailure } }
  'store.delete': { ask: { scope: StoreScope; key: string }; answer: { failure?: EffectFailure } }
  'store.keys': {
    ask: { scope: StoreScope; prefix: string; after?: string }
    answer: { keys: string[] } | { failure: EffectFailure }
  }
  /** Bytes: the content. */
  'files.write': {
    ask: { name: string; mediaType: string }
    answer: { reference: string } | { failure: EffectFailure }
  }
  /** Bytes of the answer: the part. */
  'files.read': {
    ask: { reference: string; offset: number; maxBytes: number }
    answer: { failure?: EffectFailure }
  }
  /** Bytes: the encoded payload (in the piece's own encoding). */
  'run.respond': { ask: Record<never, never>; answer: { failure?: EffectFailure } }
  'run.stop': { ask: { hasResponse: boolean }; answer: { failure?: EffectFailure } }
  'run.wait-until': { ask: { unixMs: number }; answer: { failure?: EffectFailure } }
  'run.wait-for-webhook': { ask: { hasResponse: boolean }; answer: { resumeUrl: string } | { failure: EffectFailure } }
  /** One line, already cut to size by the cell. Posted: not answered. */
  log: { ask: { level: string; context: string; message: string; atMs: number }; answer: Record<never, never> }
}

export type EffectKind = keyof EffectKinds

/** Kinds that change nothing outside: a call that did only these may run again after its cell was lost. */
const REPEATABLE: ReadonlySet<EffectKind> = new Set<EffectKind>([
  'log',
  'store.get',
  'store.keys',
  'files.read',
  'http.read',
  'http.close',
])

/** An effect is repeatable by its kind, or as an HTTP GET or HEAD without a body. */
export const isRepeatable = (kind: EffectKind, ask: unknown): boolean =>
  REPEATABLE.has(kind) ||
  (kind === 'http.request' &&
    ['GET', 'HEAD'].includes((ask as EffectKinds['http.request']['ask']).method.toUpperCase()) &&
    (ask as EffectKinds['http.request']['ask']).body === 'none')

export interface Effect<K extends EffectKind = EffectKind> {
  kind: K
  ask: EffectKinds[K]['ask']
  bytes: Uint8Array
}
export interface EffectReply<K extends EffectKind = EffectKind> {
  answer: EffectKinds[K]['answer']
  bytes: Uint8Array
}

/** The outside of one call. Refusals are replies; a rejection is a bug of ours and ends the call with AP_INTERNAL. */
export interface Outside {
  ask<K extends EffectKind>(effect: Effect<K>): Promise<EffectReply<K>>
  post<K extends EffectKind>(effect: Effect<K>): void
  /** Called once when the call has ended, however: closes what it left open. */
  close(): void
}
