/** @module host/call: the one slot of call state that every host function is handed; a reset instance gets a new one. */
import type { EffectKind, EffectKinds, EffectReply } from '../effect.ts'

/** Time as the guest sees it: steps of 1 ms live, virtual in tests and replay. */
export interface Clock {
  /** Milliseconds since 1970, whole: a read of the guest, which is recorded and fed back. */
  now(): number
  /** Milliseconds on the guest's monotonic clock, whole, never going back: a read of the guest, too. */
  elapsed(): number
  /** The monotonic clock for the host's own use (timers, log lines): neither recorded nor fed back. */
  peek(): number
  /** What `peek` said when the call began; above 0 where an instance saw time before it, so that time never goes back. */
  readonly startMs: number
  /** Resolves after `ms` or when `signal` is aborted; virtual time moves instead of waiting. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface RandomSource {
  fill(bytes: Uint8Array): void
}

export interface HostCall {
  /** Granted variables, in order. */
  readonly env: readonly (readonly [name: string, value: string])[]
  readonly clock: Clock
  readonly random: RandomSource
  /** Aborted when the call ends, however: pending waits let go. */
  readonly signal: AbortSignal
  /** Limits that the host functions themselves spend. */
  readonly limits: { readonly logBytes: number; readonly logLineBytes: number; readonly httpBodyBytes: number }
  ask<K extends EffectKind>(kind: K, ask: EffectKinds[K]['ask'], bytes?: Uint8Array): Promise<EffectReply<K>>
  post<K extends EffectKind>(kind: K, ask: EffectKinds[K]['ask'], bytes?: Uint8Array): void
  /** What host functions remember about this call (log budget, next exchange, unfinished line of stdout …), by their own key. */
  readonly memory: Map<symbol, unknown>
}

/**
 * One function of the world. Values are as the linker lifts them: bool boolean · up to 32 bits number · 64 bits bigint ·
 * char and string string · list<u8> Uint8Array (a copy) · other lists arrays · record object with camelCase keys · tuple
 * array · flags object of booleans · variant `{tag, val}` · enum string · option undefined or the value · result
 * `{tag: 'ok' | 'err', val}` · resource the host's own object. Tags, enum cases and flag names keep WIT's spelling for
 * tags and enums, camelCase for record fields and flags. What is thrown ends the call.
 */
export interface HostFunction {
  /** `call` first, then the lifted parameters. */
  // biome-ignore lint/suspicious/noExplicitAny: the linker checks the types of each import structurally before it binds one.
  readonly run: (call: HostCall, ...args: any[]) => unknown
  /** May return a promise: bound as a suspending import. A value that is no promise does not suspend. */
  readonly waits: boolean
}

/** Functions of one interface by WIT name: `get`, `[method]fields.get`, `[static]fields.from-list`, `[constructor]fields`. */
export type HostInterface = Readonly<Record<string, HostFunction>>
/** The world by interface name without version: `wasi:http/types`. Dropping a handle calls the object's `[Symbol.dispose]`. */
export type HostWorld = Readonly<Record<string, HostInterface>>

export const immediate = <R extends HostFunction['run']>(run: R) => ({ run, waits: false })
export const waiting = <R extends HostFunction['run']>(run: R) => ({ run, waits: true })

export interface Ok<T> {
  readonly tag: 'ok'
  readonly val: T
}
export interface Err<T> {
  readonly tag: 'err'
  readonly val: T
}
export function ok(): Ok<undefined>
export function ok<const T>(val: T): Ok<T>
export function ok(val?: unknown): Ok<unknown> {
  return { tag: 'ok', val }
}
export function err(): Err<undefined>
export function err<const T>(val: T): Err<T>
export function err(val?: unknown): Err<unknown> {
  return { tag: 'err', val }
}

/** Ends the call with AP_EXITED; no guest can catch it, because the instance is marked dead before it is thrown. */
export class Exit extends Error {
  readonly status: number
  constructor(status: number) {
    super(`exit(${status})`)
    this.status = status
  }
}
