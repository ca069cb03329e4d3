/** @module call: what goes into the executor and what comes out; http-api and library speak these shapes. */
import type { ErrorCode, Fault } from './errors.ts'
import type { Limits } from './limits.ts'

export const TRIGGER_HOOKS = ['on-enable', 'on-disable', 'on-start', 'on-renew', 'handshake', 'run', 'test'] as const
export type TriggerHook = (typeof TRIGGER_HOOKS)[number]

/** What surrounds a call in its flow; each field has a default (docs/contract.md). */
export interface RunInfo {
  id?: string
  flowId?: string
  projectId?: string
  stepName?: string
  attempt?: number
  executionType?: 'BEGIN' | 'RESUME'
  resumePayload?: unknown
  resumeUrl?: string
  testing?: boolean
}

export interface CallInput {
  props?: Record<string, unknown>
  auth?: unknown
  run?: RunInfo
  webhookUrl?: string
  payload?: unknown
  searchValue?: string
  /** The app's signing secret, for `events/verify`. */
  secret?: string
}

export interface Call {
  tenant: string
  piece: string
  /** Exact, a range, or `latest`. */
  version: string
  kind: 'action' | 'trigger' | 'resolve'
  /** The action's or trigger's name; the path for `resolve`. */
  name: string
  hook?: TriggerHook
  input: CallInput
  /** May only lower. */
  limits?: Partial<Limits>
  idempotencyKey?: string
  traceparent?: string
  signal?: AbortSignal
}

/** The piece's own refusal: a normal result that a flow can branch on. */
export interface Failure {
  code: string
  message: string
  retryAfterMs?: number
  detail?: unknown
}

export interface FileRef {
  reference: string
  filename: string
  mediaType: string
  size: number
  /** Of a file that this call wrote: where it can be fetched, signed. */
  url?: string
}

/** What a call asked of the run that it is part of; the flow engine acts on it. */
export interface Effects {
  respond?: unknown
  stop?: { response?: unknown }
  wait?: { until: string } | { resumeUrl: string; response?: unknown }
  files: FileRef[]
}

export interface Usage {
  /** Instructions from `init` on, host calls included. */
  fuel: number
  fuelModel: 1
  wallMs: number
  cpuMs: number
  memoryPeakBytes: number
  /** Calls of each host function, by its WIT name. */
  hostCalls: Record<string, number>
  /** Bodies received and sent by HTTP, in bytes. */
  bytesIn: number
  bytesOut: number
  /** The program had to be compiled for this call. */
  coldStart: boolean
}

export interface CallError {
  code: ErrorCode
  fault: Fault
  status: number
  retry: boolean
  detail: string
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'critical'
export interface LogLine {
  level: LogLevel
  context: string
  message: string
  /** Milliseconds since the call began. */
  atMs: number
}

export type CallResult = { callId: string; version: string; usage: Usage } & (
  | { ok: true; output: unknown; effects: Effects }
  | { ok: false; failure: Failure; effects: Effects }
  | { ok: false; error: CallError }
)
