/** @module cells/queue: calls that wait, in one line for each piece of each tenant, within bounds; the lines take turns. */
import { PieceError } from '../errors.ts'
import type { HostLimits } from '../limits.ts'

export interface Waiting {
  readonly line: Line
  readonly bytes: number
}

export interface Line {
  readonly key: string
  /** Calls that a cell has. */
  running: number
  waiting: Waiting[]
}

export type QueueLimits = Pick<HostLimits, 'concurrentPerPiece' | 'queued' | 'queuedBytes'>

const RETRY_AFTER_MS = 1_000

export class Queue<T extends Waiting> {
  readonly #limits: QueueLimits
  readonly #lines = new Map<string, Line>()
  /** Lines in which somebody waits, the one whose turn is next first. */
  readonly #turns = new Set<Line>()
  #waiting = 0
  #waitingBytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting
  }
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  line(tenant: string, piece: string): Line {
    // The length tells where the tenant ends: no two pairs share a key.
    const key = `${tenant.length}:${tenant}/${piece}`
    let line = this.#lines.get(key)
    if (line === undefined) {
      line = { key, running: 0, waiting: [] }
      this.#lines.set(key, line)
    }
    return line
  }

  enter(item: T): void {
    item.line.waiting.push(item)
    this.#count(item, 1)
    this.#turns.add(item.line)
  }

  /** Throws AP_SATURATED if the call, which could not start at once, is more than may wait. */
  hold(item: T): void {
    const { queued, queuedBytes } = this.#limits
    const { waiting } = item.line
    if (waiting.length <= queued && this.#waitingBytes <= queuedBytes) return
    if (!waiting.includes(item)) return
    this.leave(item)
    throw waiting.length >= queued
      ? saturated({ waiting: waiting.length, max: queued, what: 'calls of this piece' })
      : saturated({ waiting: this.#waitingBytes, max: queuedBytes, what: 'bytes of input' })
  }

  /** A call whose cell was lost keeps its place. */
  enterAgain(item: T): void {
    item.line.running--
    item.line.waiting.unshift(item)
    this.#count(item, 1)
    this.#turns.add(item.line)
  }

  /** A call that ended while it waited. */
  leave(item: T): void {
    const at = item.line.waiting.indexOf(item)
    if (at < 0) return
    item.line.waiting.splice(at, 1)
    this.#count(item, -1)
    this.#tidy(item.line)
  }

  /** Hands out calls, one a line a turn, as long as `start` takes them. */
  serve(start: (item: T) => boolean, most: (line: Line) => number): void {
    let served = true
    while (served && this.#turns.size > 0) {
      served = false
      for (const line of [...this.#turns]) {
        const item = line.waiting[0] as T | undefined
        if (item === undefined || line.running >= Math.min(this.#limits.concurrentPerPiece, most(line))) continue
        line.running++
        if (!start(item)) {
          line.running--
          this.#tidy(line)
          continue
        }
        served = true
        line.waiting.shift()
        this.#count(item, -1)
        this.#turns.delete(line)
        if (line.waiting.length > 0) this.#turns.add(line)
      }
    }
  }

  /** A call that a cell had is over. */
  ended(line: Line): void {
    line.running--
    this.#tidy(line)
  }

  all(): T[] {
    return [...this.#turns].flatMap((line) => line.waiting as T[])
  }

  #count(item: T, sign: 1 | -1): void {
    this.#waiting += sign
    this.#waitingBytes += sign * item.bytes
  }

  #tidy(line: Line): void {
    if (line.waiting.length > 0) return
    this.#turns.delete(line)
    if (line.running === 0) this.#lines.delete(line.key)
  }
}

const saturated = (fields: { waiting: number; max: number; what: string }): PieceError =>
  new PieceError('AP_SATURATED', fields, { retryAfterMs: RETRY_AFTER_MS })
