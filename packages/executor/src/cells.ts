/**
 * @module cells: the pool of processes that run pieces. It picks a cell, queues within bounds, brokers effects, watches,
 * kills, and runs again what a lost cell had begun without effect.
 */
import { fileURLToPath } from 'node:url'
import { answerOf, type Outcome } from './calls/answer.ts'
import { completed, lossOf } from './cells/answer.ts'
import { brokerEffect } from './cells/broker.ts'
import { limit, release } from './cells/deadline.ts'
import { Groups } from './cells/groups.ts'
import type { CellEvents, CellProcess, Loss } from './cells/process.ts'
import { Quarantine } from './cells/quarantine.ts'
import { type Line, Queue, type QueueLimits } from './cells/queue.ts'
import { readDone, readEffect, readPictured, readUnequal } from './cells/shapes.ts'
import { type CellsStatus, cellStatus, noLosses } from './cells/status.ts'
import { Supply } from './cells/supply.ts'
import { type CallAnswer, callMessage, type Job, openTicket, type Ticket } from './cells/ticket.ts'
import { WATCHDOG, Watchdog, type WatchdogOptions } from './cells/watchdog.ts'
import type { Pictures } from './engine/pictures.ts'
import { PieceError } from './errors.ts'
import { demandLayers, type Layers, probeLayers } from './layers.ts'
import { knownError } from './state/storage-error.ts'
import { type DoneMessage, type Frame, Malformed } from './wire.ts'

export type { CellStatus, CellsStatus } from './cells/status.ts'
export type { CallAnswer, Job } from './cells/ticket.ts'

const MiB = 1024 * 1024

/** As pino's: what happened, then in words. */
export interface CellsLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface CellsOptions {
  /** Processes at most; a spare, one for quarantine and a worn one that ends with its calls come on top. */
  cells: number
  /** Linear memories of all calls of one cell. */
  memoryBytes: number
  isolation: 'shared' | 'tenant'
  /** `fresh`: a new instance for every call; by default those of calls that ended well are put back and used again. */
  instances?: 'kept' | 'fresh'
  /** Every so manieth instance that was put back is compared whole with its picture. */
  compareEvery?: number
  requireLayers?: readonly string[]
  limits: QueueLimits
  log?: CellsLog
  /** A cell without calls is stopped after that. */
  idleMs?: number
  /** A program without calls leaves its cell after that. */
  programIdleMs?: number
  /** Keeps one cell started ahead. */
  spare?: boolean
  sliceMs?: number
  callsPerCell?: number
  watchdog?: WatchdogOptions
  /** From a cancel to its answer; then the cell is killed. */
  cancelMs?: number
  /** Where pictures of programs are kept; without it each cell takes its own. */
  pictures?: Pick<Pictures, 'get' | 'put'>
  cellEntry?: string
  /** Probed before, and closed by whoever did; by default `start` probes. */
  layers?: Layers
}

const CALLS_PER_CELL = 1_000
const IDLE_MS = 60_000
const PROGRAM_IDLE_MS = 30_000
const CANCEL_MS = 1_000
/** Input that a cell has not taken yet; above it, calls go elsewhere or wait. */
const HIGH_WATER_BYTES = 64 * MiB
const SLICE_MS = 5
const QUARANTINE_CONCURRENT = 4
/** A part of the cell's memory: modules stay there twice, as bytes and as V8's own. */
const PROGRAM_SHARE = 0.2
const COMPARE_EVERY = 1_000

const SILENT: CellsLog = { info() {}, warn() {}, error() {} }

const defaultEntry = (): string => fileURLToPath(new URL('../dist/cell.js', import.meta.url))

export class Cells {
  readonly #options: CellsOptions
  readonly #log: CellsLog
  readonly #layers: Layers
  readonly #queue: Queue<Ticket>
  readonly #groups: Groups<Ticket>
  readonly #supply: Supply<Ticket>
  readonly #quarantine = new Quarantine()
  /** Groups with keys of programs whose instances are not used again, because one was not what it had to be. */
  readonly #unequal = new Set<string>()
  readonly #watchdog: Watchdog<Ticket>
  readonly #lost = noLosses()
  readonly #idle: NodeJS.Timeout
  #retry: NodeJS.Timeout | undefined
  #nextCall = 0
  #running = 0
  #reruns = 0
  #draining = false
  #closed = false
  #pumping = false
  #pumpAgain = false
  #drained: (() => void)[] = []

  /** Probes the layers and starts the first cell ahead. Throws AP_LAYER_MISSING, or AP_NO_CELL if node itself does not run. */
  static async start(options: CellsOptions): Promise<Cells> {
    const { memoryBytes, cellEntry: entry = defaultEntry(), callsPerCell: calls = CALLS_PER_CELL } = options
    const layers = options.layers ?? (await probeLayers({ entry, memoryBytes, calls }))
    try {
      demandLayers(layers, options.requireLayers ?? [])
    } catch (error) {
      if (layers !== options.layers) layers.close()
      throw error
    }
    return new Cells(options, layers)
  }

  private constructor(options: CellsOptions, layers: Layers) {
    this.#options = options
    this.#layers = layers
    this.#log = options.log ?? SILENT
    this.#queue = new Queue(options.limits)
    this.#groups = new Groups({
      slots: options.cells,
      callsPerCell: options.callsPerCell ?? CALLS_PER_CELL,
      highWaterBytes: HIGH_WATER_BYTES,
    })
    this.#watchdog = new Watchdog(options.watchdog ?? WATCHDOG, () => this.#busyCells())
    const idleMs = options.idleMs ?? IDLE_MS
    const programIdleMs = options.programIdleMs ?? PROGRAM_IDLE_MS
    this.#idle = setInterval(
      () => this.#stopIdle(idleMs, programIdleMs),
      Math.max(10, Math.min(idleMs, programIdleMs) / 4),
    )
    this.#idle.unref()
    this.#log.info({ layers: layers.list }, 'layers of isolation around each cell')
    for (const layer of layers.list)
      if (
        layer.name === 'uid' &&
        !layer.present &&
        !layers.list.some((one) => one.name === 'bubblewrap' && one.present)
      )
        this.#log.warn({ reason: layer.reason }, 'a broken-out cell could signal other processes of this user')
    const { memoryBytes, callsPerCell = CALLS_PER_CELL, sliceMs = SLICE_MS, compareEvery = COMPARE_EVERY } = options
    this.#supply = new Supply({
      layers,
      settings: { memoryBytes, calls: callsPerCell, sliceMs, compareEvery, marker: true },
      programBytes: memoryBytes * PROGRAM_SHARE,
      ahead: options.spare ?? true,
      events: this.#events,
      pictureOf: async (group, { stays, digest }) => (stays ? options.pictures?.get(group, digest) : undefined),
      unborn: (error) => {
        this.#lost.birth++
        this.#log.error({ err: error }, 'a cell could not be started')
      },
    })
    this.#supply.refill()
  }

  /**
   * Answers with what became of the call. Throws what is decided before a cell has it: AP_DRAINING, AP_SATURATED,
   * AP_NO_CELL, AP_CANCELLED, AP_WALL_EXCEEDED.
   */
  run(job: Job): Promise<CallAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#draining) throw new PieceError('AP_DRAINING', {})
      if (job.signal?.aborted) throw new PieceError('AP_CANCELLED', { ranMs: 0 })
      const line = this.#queue.line(job.tenant, job.piece)
      const ticket = openTicket({ id: this.#newCallId(), job, line, resolve, reject })
      this.#queue.enter(ticket)
      this.#pump()
      this.#queue.hold(ticket)
      if (!ticket.done) limit(ticket, (reason) => this.#end(ticket, reason))
    })
  }

  get status(): CellsStatus {
    return {
      ready: !this.#draining && !this.#supply.births.hopeless,
      draining: this.#draining,
      layers: this.#layers.list,
      cells: [...this.#groups.cells()].map(([cell, group]) => cellStatus(cell, group)),
      spare: this.#supply.hasSpare,
      groups: this.#groups.size,
      running: this.#running,
      queued: this.#queue.waiting,
      queuedBytes: this.#queue.waitingBytes,
      lost: { ...this.#lost },
      reruns: this.#reruns,
      quarantined: this.#quarantine.size,
      unequal: this.#unequal.size,
    }
  }

  /** Takes no new call; resolves when those it took have ended. */
  drain(): Promise<void> {
    this.#draining = true
    if (this.#running === 0 && this.#queue.waiting === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  /** Ends every cell; calls that still run are interrupted. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#draining = true
    this.#closed = true
    clearInterval(this.#idle)
    clearTimeout(this.#retry)
    this.#watchdog.close()
    const interrupted = (ticket: Ticket) => new PieceError('AP_INTERRUPTED', { callId: ticket.job.callId })
    for (const ticket of this.#queue.all()) this.#refuse(ticket, interrupted(ticket))
    for (const [cell] of [...this.#groups.cells()]) {
      for (const ticket of [...cell.calls.values()]) this.#finish(ticket, interrupted(ticket))
      cell.stop()
    }
    this.#supply.close()
    if (this.#layers !== this.#options.layers) this.#layers.close()
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #newCallId(): number {
    this.#nextCall = (this.#nextCall % 0xffffffff) + 1
    return this.#nextCall
  }

  *#busyCells(): Generator<CellProcess<Ticket>> {
    for (const [cell] of this.#groups.cells()) yield cell
  }

  #pump(): void {
    if (this.#closed) return
    this.#pumpAgain = true
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#pumpAgain) {
        this.#pumpAgain = false
        this.#queue.serve(this.#start, this.#most)
      }
    } finally {
      this.#pumping = false
    }
    if (this.#queue.waiting > 0) this.#lookAhead()
    else if (this.#running === 0) for (const resolve of this.#drained.splice(0)) resolve()
  }

  readonly #most = (line: Line): number => (this.#quarantine.holds(line.key) ? QUARANTINE_CONCURRENT : Infinity)

  /** False if no cell takes the call now, or it ended instead. */
  readonly #start = (ticket: Ticket): boolean => {
    const { job, line } = ticket
    const quarantined = this.#quarantine.holds(line.key)
    const trusted = this.#options.isolation === 'tenant' ? `tenant ${job.tenant}` : 'everybody'
    const group = this.#groups.group(quarantined ? `quarantine of ${job.tenant}` : trusted, quarantined)
    const cell = this.#groups.pick(group, () => this.#supply.take())
    if (cell === undefined) return false
    try {
      ticket.outside = job.outside()
    } catch (error) {
      this.#log.error({ err: error, callId: job.callId }, 'the outside of a call could not be made')
      this.#refuse(ticket, knownError(error))
      return false
    }
    this.#running++
    ticket.attempts++
    ticket.cell = cell
    cell.group = group.key
    ticket.sent = false
    ticket.open = 0
    cell.calls.set(ticket.id, ticket)
    cell.usedAt = performance.now()
    if (cell.state === 'ready') this.#send(ticket, cell)
    return true
  }

  #send(ticket: Ticket, cell: CellProcess<Ticket>): void {
    const coming = cell.loaded.use(ticket.job.program)
    if (coming === undefined) this.#sendNow(ticket, cell)
    else
      coming.then(
        () => this.#sendNow(ticket, cell),
        (error: unknown) => {
          if (ticket.cell !== cell || ticket.done) return
          this.#log.error({ err: error, callId: ticket.job.callId }, 'a program could not be read')
          this.#finish(ticket, knownError(error))
        },
      )
  }

  #sendNow(ticket: Ticket, cell: CellProcess<Ticket>): void {
    if (ticket.cell !== cell || ticket.done || cell.state === 'lost') {
      cell.loaded.release(ticket.job.program.key)
      return
    }
    ticket.sent = true
    const fresh = this.#options.instances === 'fresh' || this.#unequal.has(`${cell.group} ${ticket.job.program.key}`)
    const { message, bytes } = callMessage(ticket.job, fresh)
    cell.send('Call', ticket.id, 0, message, bytes)
    this.#watchdog.wake()
  }

  readonly #events: CellEvents<Ticket> = {
    ready: (cell) => {
      this.#supply.births.lived()
      for (const ticket of cell.calls.values()) this.#send(ticket, cell)
    },
    effect: (cell, frame) => {
      const ticket = this.#given(cell, frame)
      brokerEffect(cell, ticket, readEffect(frame), frame.seq, (error) => {
        this.#log.error({ err: error, callId: ticket.job.callId }, 'an effect failed')
        this.#end(ticket, new PieceError('AP_INTERNAL', {}))
      })
    },
    done: (cell, frame) => {
      const ticket = this.#given(cell, frame)
      const done = readDone(frame, ticket.job.limits.outputBytes)
      this.#finish(ticket, ticket.reason ?? answerOf(ticket.job.encoding, done, frame.bytes), done)
    },
    unequal: (cell, frame) => {
      const { key, detail } = readUnequal(frame)
      // It may have been told to forget the program meanwhile.
      if (!cell.loaded.has(key)) return
      this.#unequal.add(`${cell.group} ${key}`)
      this.#log.error(
        { cell: cell.id, program: key, detail },
        'an instance was not what it had to be: no more are kept',
      )
    },
    pictured: (cell, frame) => {
      const digest = cell.loaded.pictured(readPictured(frame).key)
      if (digest !== undefined) this.#options.pictures?.put(cell.group, digest, frame.bytes.slice())
    },
    lost: (cell, loss) => this.#lose(cell, loss),
    said: (cell, text) => this.#log.warn({ cell: cell.id, text }, 'a cell wrote to stderr'),
  }

  /** A cell's word counts only for the calls that it was given. */
  #given(cell: CellProcess<Ticket>, frame: Frame): Ticket {
    const ticket = cell.calls.get(frame.call)
    if (ticket === undefined || !ticket.sent) throw new Malformed(`${frame.name} of a call that it was not given`)
    return ticket
  }

  #lose(cell: CellProcess<Ticket>, loss: Loss): void {
    this.#lost[loss.kind]++
    this.#groups.forget(cell)
    this.#supply.lost(cell, loss)
    const orphans = [...cell.calls.values()]
    cell.calls.clear()
    if (loss.kind !== 'stopped')
      this.#log.error({ cell: cell.id, pid: cell.pid, calls: orphans.length, ...loss }, 'a cell was lost')
    // The last first: each goes to the head of its line.
    for (const ticket of orphans.reverse()) {
      const guilty = ticket.id === loss.marked && ['hung', 'crashed', 'stuck'].includes(loss.kind)
      if (guilty) this.#quarantine.bad(ticket.line.key)
      const end = ticket.reason ?? lossOf(ticket, loss, guilty)
      if (end === undefined) this.#again(ticket)
      else this.#finish(ticket, end)
    }
    if (this.#closed) return
    if (loss.kind !== 'stopped') this.#supply.refill()
    this.#pump()
  }

  #again(ticket: Ticket): void {
    this.#running--
    if (ticket.sent) this.#reruns++
    else ticket.attempts--
    ticket.outside?.close()
    ticket.cell = undefined
    this.#queue.enterAgain(ticket)
  }

  #stopIdle(idleMs: number, programIdleMs: number): void {
    const now = performance.now()
    for (const [cell] of [...this.#groups.cells()])
      if (cell.calls.size === 0 && now - cell.usedAt > idleMs) cell.stop()
      else cell.loaded.unloadIdle(now - programIdleMs)
    // Of several worn ones the next goes once another spare is there.
    if (this.#supply.isReady) this.#groups.replaceWorn()
  }

  /** Somebody waits: for a cell that may be born later, or in vain. */
  #lookAhead(): void {
    const { lookAgainMs, hopeless, detail } = this.#supply.births
    if (lookAgainMs === undefined) return
    if (hopeless && this.#groups.size === 0)
      for (const ticket of this.#queue.all())
        this.#refuse(ticket, new PieceError('AP_NO_CELL', { detail }, { retryAfterMs: Math.ceil(lookAgainMs) }))
    else
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined
        this.#supply.refill()
        this.#pump()
      }, lookAgainMs)
  }

  /** Ends a call from our side; what it used is told by the cell. */
  #end(ticket: Ticket, reason: PieceError): void {
    const { cell } = ticket
    if (ticket.done || ticket.reason !== undefined) return
    if (cell === undefined) this.#refuse(ticket, reason)
    else if (!ticket.sent) this.#finish(ticket, reason)
    else {
      ticket.reason = reason
      cell.send('Cancel', ticket.id, 0)
      const cancelMs = this.#options.cancelMs ?? CANCEL_MS
      ticket.grace = setTimeout(() => cell.kill('stuck', `a cancel was not answered in ${cancelMs} ms`), cancelMs)
    }
  }

  /** A call that no cell has. */
  #refuse(ticket: Ticket, error: PieceError): void {
    this.#queue.leave(ticket)
    release(ticket)
    ticket.reject(error)
    this.#pump()
  }

  #finish(ticket: Ticket, end: Outcome | PieceError, done?: DoneMessage): void {
    const { cell, outside } = ticket
    if (ticket.done || outside === undefined) return
    release(ticket)
    if (cell !== undefined) {
      cell.calls.delete(ticket.id)
      cell.usedAt = performance.now()
      if (ticket.sent) cell.loaded.release(ticket.job.program.key)
      if (cell.retiring && cell.calls.size === 0) cell.stop()
    }
    this.#running--
    this.#queue.ended(ticket.line)
    if (done !== undefined) this.#quarantine.good(ticket.line.key)
    outside.close()
    ticket.resolve(completed(ticket, outside, end, done))
    this.#pump()
  }
}
