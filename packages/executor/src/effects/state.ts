/** @module effects/state: what the effects of one call share; each capability's file answers its kinds with it. */
import type { Effects } from '../call.ts'
import type { EffectFailure, EffectKind, EffectKinds, EffectReply, StoreScope } from '../effect.ts'
import type { Limits } from '../limits.ts'
import { storageFailure } from '../state/storage-error.ts'
import type { Files } from './files.ts'
import type { HttpClient } from './http/client.ts'
import type { HttpCall } from './http/index.ts'
import type { CallLog } from './log.ts'
import type { Store } from './store/index.ts'

/** What a call may do: what its piece asks, as far as somebody consented. Nothing is granted unsaid. */
export interface Grants {
  http: readonly string[]
  env: Readonly<Record<string, string>>
  store: readonly StoreScope[]
  files: readonly ('read' | 'write')[]
  run: readonly ('respond' | 'stop' | 'wait')[]
}

export interface OutsideContext {
  tenant: string
  /** Name without version: state outlives a release. */
  piece: string
  callId: string
  encoding: 'json' | 'msgpack'
  grants: Grants
  limits: Limits
  /** The call's connection value, for `{auth.…}` grants. */
  auth: unknown
  run: { projectId: string; flowId?: string; resumeUrl?: string }
  testing: boolean
  /** Milliseconds since 1970. */
  startedAt: number
  /** References in the FILE properties of this call's input; only these and those it wrote can be read. */
  givenFiles?: ReadonlySet<string>
}

export interface OutsideEngines {
  readonly http: HttpClient
  readonly store: Store
  readonly files: Files
}

export interface CallState {
  readonly context: OutsideContext
  readonly engines: OutsideEngines
  readonly log: CallLog
  readonly effects: Effects
  readonly http: HttpCall
  storeOps: number
  filesWritten: number
}

export type Awaitable<T> = T | Promise<T>

/** One capability's kinds: a file exports one of these, and `index.ts` lists it. */
export type Answers<K extends EffectKind> = {
  readonly [Kind in K]: (
    call: CallState,
    ask: EffectKinds[Kind]['ask'],
    bytes: Uint8Array,
  ) => Awaitable<EffectReply<Kind>>
}

export const NO_BYTES = new Uint8Array(0)

/** A reply without bytes. */
export const reply = <A>(answer: A): { answer: A; bytes: Uint8Array } => ({ answer, bytes: NO_BYTES })

export const failed = (code: string, message: string): { answer: { failure: EffectFailure }; bytes: Uint8Array } =>
  reply({ failure: { code, message } })

/** The failure of every capability that is not granted; it names the line of piece.json. */
export const notGranted = (capability: 'store' | 'files' | 'run', item: string) =>
  failed(
    'not_granted',
    `${capability} "${item}" is not granted: add "${item}" to capabilities.${capability} in piece.json, deploy, and consent to it`,
  )

/** What a piece is told of a disk that refuses; anything else is a bug of ours, and thrown. */
export function storageRefusal(error: unknown): ReturnType<typeof failed> {
  const code = storageFailure(error)
  if (code === undefined) throw error
  return failed(code, (error as Error).message)
}
