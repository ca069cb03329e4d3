/** @module cell/call: one call inside the cell: its program, its instance, its host state, its end. */
import type { EffectKind, EffectKinds, EffectReply } from '../effect.ts'
import { type ErrorCode, PieceError } from '../errors.ts'
import {
  type CallClock,
  createClock,
  createHostCall,
  createRandom,
  createStartClock,
  flushLines,
  type HostCallState,
  stderrTail,
} from '../host/index.ts'
import type { Scheduler } from '../linker/scheduler.ts'
import {
  CELL_ERRORS,
  type CellErrorCode,
  type CellUsage,
  type DoneMessage,
  ERROR_REASONS,
  ERROR_TEXT_LENGTH,
  FAILURE_CODE_LENGTH,
  FAILURE_MESSAGE_LENGTH,
  type FrameWriter,
  type Messages,
} from '../wire.ts'
import type { Instances, InstanceUse, Lease } from './instances.ts'
import type { Account, MemoryBudget } from './memory.ts'
import type { Programs } from './programs.ts'

/** What the calls of a cell share. */
export interface Cell {
  readonly programs: Pick<Programs, 'linked'>
  readonly instances: Pick<Instances, 'take' | 'make'>
  readonly scheduler: Scheduler
  readonly memory: MemoryBudget
  readonly send: FrameWriter['send']
}

type End = { done: Omit<DoneMessage, 'usage' | 'clock'>; bytes?: Uint8Array }

/** WIT's `failure`, as the linker lifts it. */
interface GuestFailure {
  code: string
  message: string
  retryAfterMs?: bigint
  detail?: Uint8Array
}

const encoder = new TextEncoder()
const CANCELLED_ANSWER = 'the call has ended'
/** Given, so that no DOMException with its stack is made for each call. */
const ENDED = new Error(CANCELLED_ANSWER)

export class CellCall implements Account {
  bytes = 0
  ending = false
  readonly #cell: Cell
  readonly #id: number
  readonly #message: Messages['Call']
  readonly #payload: Uint8Array
  readonly #abort = new AbortController()
  readonly #clock: CallClock
  readonly #host: HostCallState
  readonly #startedAt = performance.now()
  readonly #replies = new Map<number, { resolve: (reply: EffectReply) => void; reject: (error: Error) => void }>()
  #seq = 0
  #cold = false
  #lease: Lease | undefined
  #cancelled: PieceError | undefined
  #stopWaiting: ((error: PieceError) => void) | undefined

  constructor(cell: Cell, id: number, message: Messages['Call'], payload: Uint8Array) {
    const { fixed, record, limits, env } = message
    this.#cell = cell
    this.#id = id
    this.#message = message
    this.#payload = payload
    this.#clock = createClock(
      fixed === undefined
        ? { record: record !== undefined }
        : { fixed: { clockStart: fixed.clockStart, ...(fixed.clockReads ? { reads: fixed.clockReads } : {}) } },
    )
    this.#host = createHostCall({
      env,
      clock: createStartClock(),
      random: createRandom(fixed?.seed ?? record?.seed),
      signal: this.#abort.signal,
      limits,
      ask: (kind, ask, bytes) => this.#ask(kind, ask, bytes),
      post: (kind, ask, bytes) => this.#cell.send('Effect', this.#id, 0, { kind, ask }, bytes),
    })
  }

  /** Resolves when the end has been sent; does not reject. */
  async run(): Promise<void> {
    let end: End
    try {
      end = await this.#work()
    } catch (error) {
      end = { done: this.#errorOf(error) }
    }
    const usage = this.#usage()
    this.#abort.abort(ENDED)
    for (const { reject } of this.#replies.values()) reject(new Error(CANCELLED_ANSWER))
    this.#replies.clear()
    flushLines(this.#host)
    const { fixed, record } = this.#message
    const clock =
      fixed === undefined && record === undefined
        ? {}
        : { clock: { start: this.#clock.clockStart, reads: [...this.#clock.reads] } }
    this.#cell.send('Done', this.#id, 0, { ...end.done, usage, ...clock } as DoneMessage, end.bytes)
    this.#cell.memory.release(this)
    this.#lease?.release(end.done.kind !== 'error')
  }

  reply(seq: number, answer: object, bytes: Uint8Array): void {
    const waiting = this.#replies.get(seq)
    if (waiting === undefined) return
    this.#replies.delete(seq)
    waiting.resolve({ answer, bytes } as EffectReply)
  }

  cancel(
    error: PieceError = new PieceError('AP_CANCELLED', { ranMs: Math.round(performance.now() - this.#startedAt) }),
  ): void {
    this.ending = true
    this.#cancelled ??= error
    this.#stopWaiting?.(this.#cancelled)
    this.#lease?.instance.cancel(this.#cancelled)
  }

  /** The memory that its instance holds now; called after each of its slices. */
  measure(): void {
    if (this.#lease === undefined) return
    const bytes = this.#lease.instance.memoryBytes
    const { memoryBytes } = this.#message.limits
    if (bytes > memoryBytes && !this.ending) this.cancel(new PieceError('AP_MEMORY_EXCEEDED', { bytes, memoryBytes }))
    this.#cell.memory.measure(this, bytes)
  }

  over(cellBytes: number): void {
    const { memoryBytes } = this.#message.limits
    this.cancel(new PieceError('AP_MEMORY_EXCEEDED', { bytes: this.bytes, memoryBytes, cellBytes }))
  }

  async #work(): Promise<End> {
    const { kind, configBytes, name, hook } = this.#message
    const lease = await this.#leased()
    this.#lease = lease
    const startMs = await lease.start()
    this.#clock.goOnFrom(startMs)
    this.#host.clock = this.#clock
    const { instance } = lease
    if (kind === 'describe') return this.#result(await instance.invoke('describe', []))
    const config = this.#payload.subarray(0, configBytes)
    const input = this.#payload.subarray(configBytes)
    const ready = (await instance.invoke('init', [config])) as { tag: string }
    if (ready.tag === 'err') return this.#result(ready)
    return this.#result(await instance.invoke(kind, kind === 'trigger' ? [name, hook, input] : [name, input]))
  }

  /** An instance that is there, or room for a new one. */
  async #leased(): Promise<Lease> {
    const { program: key, limits, tenant, fresh } = this.#message
    const { linked, cold } = this.#cell.programs.linked(key, limits.memoryBytes)
    this.#cold = cold
    const program = await this.#unlessCancelled(linked)
    const { memory, instances } = this.#cell
    const use: InstanceUse = { id: this.#id, limits, call: this.#host, tenant, fresh: fresh === true }
    const kept = instances.take(program, use)
    if (kept !== undefined) {
      memory.open(this, kept.instance.memoryBytes)
      return kept
    }
    const { minimumBytes } = program
    if (!memory.holds(minimumBytes))
      throw new PieceError('AP_MEMORY_EXCEEDED', { bytes: minimumBytes, memoryBytes: limits.memoryBytes })
    const room = memory.admit(this, minimumBytes)
    if (room !== undefined) await this.#unlessCancelled(room)
    return instances.make(program, use)
  }

  /** Waits for something that is not this call's own, and that goes on without it. */
  async #unlessCancelled<T>(promise: Promise<T>): Promise<T> {
    if (this.#cancelled !== undefined) throw this.#cancelled
    const cancelled = new Promise<never>((_, reject) => {
      this.#stopWaiting = reject
    })
    try {
      return await Promise.race([promise, cancelled])
    } finally {
      this.#stopWaiting = undefined
    }
  }

  #ask<K extends EffectKind>(kind: K, ask: EffectKinds[K]['ask'], bytes?: Uint8Array): Promise<EffectReply<K>> {
    if (this.#abort.signal.aborted) return Promise.reject(new Error(CANCELLED_ANSWER))
    const seq = ++this.#seq
    this.#cell.send('Effect', this.#id, seq, { kind, ask }, bytes)
    return new Promise((resolve, reject) => {
      this.#replies.set(seq, { resolve: resolve as (reply: EffectReply) => void, reject })
    })
  }

  #result(result: unknown): End {
    const { tag, val } = result as { tag: 'ok' | 'err'; val: unknown }
    const { outputBytes } = this.#message.limits
    if (tag === 'err') return failureEnd(val as GuestFailure, outputBytes)
    const bytes = typeof val === 'string' ? encoder.encode(val) : (val as Uint8Array)
    if (bytes.length > outputBytes) throw new PieceError('AP_OUTPUT_TOO_LARGE', { bytes: bytes.length, outputBytes })
    return { done: { kind: 'output' }, bytes }
  }

  #errorOf(error: unknown): Omit<Extract<DoneMessage, { kind: 'error' }>, 'usage' | 'clock'> {
    if (error instanceof PieceError && isCellError(error.code)) {
      const { code } = error
      if (code === 'AP_INTERNAL') console.error(error.cause)
      const fields = cutFields(error.fields as Record<string, unknown>)
      const tail = code === 'AP_TRAPPED' ? stderrTail(this.#host) : ''
      if (tail !== '') fields.detail = cut(`${fields.detail}\n${tail}`, ERROR_TEXT_LENGTH)
      return { kind: 'error', code, fields }
    }
    console.error(error)
    return { kind: 'error', code: 'AP_INTERNAL', fields: {} }
  }

  #usage(): CellUsage {
    const used = this.#lease?.instance.usage
    return {
      fuel: used?.fuel ?? 0,
      cpuMs: used?.cpuMs ?? 0,
      memoryPeakBytes: used?.memoryPeakBytes ?? 0,
      hostCalls: used?.hostCalls ?? {},
      coldStart: this.#cold,
    }
  }
}

const isCellError = (code: ErrorCode): code is CellErrorCode => (CELL_ERRORS as readonly string[]).includes(code)

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`)

function cutFields(fields: Record<string, unknown>): Record<string, unknown> {
  const short = (value: unknown): unknown => {
    if (typeof value === 'string') return cut(value, ERROR_TEXT_LENGTH)
    return Array.isArray(value) ? value.slice(0, ERROR_REASONS).map(short) : value
  }
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, short(value)]))
}

function failureEnd({ code, message, retryAfterMs, detail }: GuestFailure, outputBytes: number): End {
  if (detail !== undefined && detail.length > outputBytes)
    throw new PieceError('AP_OUTPUT_TOO_LARGE', { bytes: detail.length, outputBytes })
  const failure = {
    code: cut(code, FAILURE_CODE_LENGTH),
    message: cut(message, FAILURE_MESSAGE_LENGTH),
    hasDetail: detail !== undefined,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: toSafeNumber(retryAfterMs) }),
  }
  return { done: { kind: 'failure', failure } as End['done'], ...(detail === undefined ? {} : { bytes: detail }) }
}

const toSafeNumber = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
