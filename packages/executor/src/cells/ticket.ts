/** @module cells/ticket: one call on its way through the cells, from acceptance to its one answer. */
import type { Failure, TriggerHook, Usage } from '../call.ts'
import type { Encoding } from '../codec.ts'
import type { CallOutside } from '../effects/index.ts'
import type { ProgramProduct } from '../engine.ts'
import type { PieceError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { CellLimits, CellUsage, FixedRun, Messages } from '../wire.ts'
import type { CellProcess } from './process.ts'
import type { Line } from './queue.ts'

export interface Job {
  callId: string
  tenant: string
  piece: string
  program: ProgramProduct
  /** The piece's encoding: a failure's detail is decoded by it. */
  encoding: Encoding
  /** Payloads already encoded. */
  work:
    | { kind: 'describe' }
    | {
        kind: 'action' | 'trigger' | 'resolve'
        name: string
        hook?: TriggerHook
        config: Uint8Array
        input: Uint8Array
      }
  limits: Limits
  env: Readonly<Record<string, string>>
  /** A new one for each attempt. */
  outside: () => CallOutside
  /** Virtual time and seeded random: two runs are equal. */
  fixed?: FixedRun
  /** Live, but so that it can be replayed: random comes from the seed, reads of the clock are kept. */
  record?: { seed: string }
  signal?: AbortSignal
  /** By `performance.now()`: the wall clock may be set meanwhile. */
  deadlineAt: number
}

export type CallAnswer = {
  usage: Usage
  /** That of the last attempt: its log, its effects. */
  outside: CallOutside
  attempts: number
  /** Where the run was fixed or recorded: when it began, and what the guest read of its clock. */
  clockStart?: number
  clockReads?: number[]
} & (
  | { kind: 'output'; bytes: Uint8Array }
  | { kind: 'failure'; failure: Failure }
  | { kind: 'error'; error: PieceError }
)

export interface Ticket {
  readonly id: number
  readonly job: Job
  readonly line: Line
  /** Of its payloads. */
  readonly bytes: number
  readonly acceptedAt: number
  readonly resolve: (answer: CallAnswer) => void
  readonly reject: (error: PieceError) => void
  deadline: NodeJS.Timeout | undefined
  abort: (() => void) | undefined

  attempts: number
  cell: CellProcess<Ticket> | undefined
  outside: CallOutside | undefined
  /** The frame of the call has gone out. */
  sent: boolean
  /** Questions without an answer yet. */
  open: number
  /** Why it must end, once that is decided; the cell's own answer does not count any more. */
  reason: PieceError | undefined
  /** Runs from a cancel on: a cell that does not answer it is killed. */
  grace: NodeJS.Timeout | undefined
  done: boolean
}

const EMPTY = new Uint8Array(0)

const payloadBytes = (work: Job['work']): number =>
  work.kind === 'describe' ? 0 : work.config.length + work.input.length

/** A call that was just accepted. */
export const openTicket = (call: Pick<Ticket, 'id' | 'job' | 'line' | 'resolve' | 'reject'>): Ticket => ({
  ...call,
  bytes: payloadBytes(call.job.work),
  acceptedAt: performance.now(),
  deadline: undefined,
  abort: undefined,
  attempts: 0,
  cell: undefined,
  outside: undefined,
  sent: false,
  open: 0,
  reason: undefined,
  grace: undefined,
  done: false,
})

const cellLimits = (limits: Limits): CellLimits => ({
  fuel: limits.fuel,
  cpuMs: limits.cpuMs,
  startFuel: limits.startFuel,
  reallocCpuMs: limits.reallocCpuMs,
  memoryBytes: limits.memoryBytes,
  outputBytes: limits.outputBytes,
  logBytes: limits.logBytes,
  logLineBytes: limits.logLineBytes,
  httpBodyBytes: limits.httpBodyBytes,
})

/** `fresh`: in an instance that no other call has. */
export function callMessage(
  job: Pick<Job, 'tenant' | 'work' | 'env' | 'limits' | 'fixed' | 'record'> & { program: Pick<ProgramProduct, 'key'> },
  fresh: boolean,
): { message: Messages['Call']; bytes: Uint8Array } {
  const { work } = job
  const message: Messages['Call'] = {
    program: job.program.key,
    tenant: job.tenant,
    kind: work.kind,
    name: work.kind === 'describe' ? '' : work.name,
    hook: work.kind === 'describe' ? '' : (work.hook ?? ''),
    configBytes: work.kind === 'describe' ? 0 : work.config.length,
    env: Object.entries(job.env),
    limits: cellLimits(job.limits),
  }
  if (fresh) message.fresh = true
  if (job.fixed !== undefined) message.fixed = job.fixed
  if (job.record !== undefined) message.record = job.record
  if (work.kind === 'describe') return { message, bytes: EMPTY }
  if (work.config.length === 0) return { message, bytes: work.input }
  const bytes = new Uint8Array(work.config.length + work.input.length)
  bytes.set(work.config)
  bytes.set(work.input, work.config.length)
  return { message, bytes }
}

/** What is known of a call whose cell did not live to tell. */
export const UNKNOWN_USAGE: CellUsage = { fuel: 0, cpuMs: 0, memoryPeakBytes: 0, hostCalls: {}, coldStart: false }

export function usageOf(ticket: Ticket, cell: CellUsage): Usage {
  return {
    fuel: cell.fuel,
    fuelModel: 1,
    wallMs: Math.round(performance.now() - ticket.acceptedAt),
    cpuMs: cell.cpuMs,
    memoryPeakBytes: cell.memoryPeakBytes,
    hostCalls: cell.hostCalls,
    bytesIn: ticket.outside?.bytesIn ?? 0,
    bytesOut: ticket.outside?.bytesOut ?? 0,
    coldStart: cell.coldStart,
  }
}
