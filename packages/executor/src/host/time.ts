/** @module host/time: the clock of a call. Live it steps by 1 ms; virtual it moves only while the guest sleeps. */
import type { Clock } from './call.ts'

/** Reads that are recorded for a replay; a call that reads its clock more often replays on virtual time from there on. */
export const RECORDED_READS = 10_000
/** Longer timers overflow and fire at once; the one who waits looks at the clock and waits again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface ClockOptions {
  /** Milliseconds that the instance has already seen on its monotonic clock. */
  startMs?: number
  /** Keep what the guest reads, for `fixed.reads` of a replay. */
  record?: boolean
  /** Virtual time: the wall clock at the start, and the recorded reads to feed back. */
  fixed?: { clockStart: number; reads?: readonly number[] }
}

export interface CallClock extends Clock {
  /** The wall clock when the call began: with `reads`, what a replay needs. */
  readonly clockStart: number
  /** What the guest read: milliseconds since the call began. */
  readonly reads: readonly number[]
  /** Before the first read: its monotonic clock goes on from where the start of the language left it. */
  goOnFrom(startMs: number): void
}

class LiveClock implements CallClock {
  startMs: number
  readonly reads: number[] = []
  readonly #record: boolean
  readonly clockStart = Date.now()
  readonly #base = performance.now()

  constructor(startMs: number, record: boolean) {
    this.startMs = startMs
    this.#record = record
  }
  goOnFrom(startMs: number): void {
    this.startMs = startMs
  }
  peek(): number {
    return this.startMs + Math.floor(performance.now() - this.#base)
  }
  #read(): number {
    const passed = this.peek() - this.startMs
    if (this.#record && this.reads.length < RECORDED_READS) this.reads.push(passed)
    return passed
  }
  // The wall clock follows the monotonic one within a call: it cannot be set back under the guest.
  now(): number {
    return this.clockStart + this.#read()
  }
  elapsed(): number {
    return this.startMs + this.#read()
  }
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
      signal.addEventListener('abort', end, { once: true })
    })
  }
}

/** After everything that is already resolved was heard of; setTimeout where there is nothing faster. */
const nextTurn: (f: () => void) => unknown =
  typeof globalThis.setImmediate === 'function' ? globalThis.setImmediate : (f) => setTimeout(f, 0)

interface Sleeper {
  until: number
  wake: () => void
}

/**
 * Time that is a function of what the guest does. It stands still while an effect is under way (`hold`), so a timeout of
 * the guest never wins against an answer that will come.
 */
export class VirtualClock implements CallClock {
  startMs: number
  readonly reads: number[] = []
  readonly clockStart: number
  readonly #feed: readonly number[]
  readonly #sleepers = new Set<Sleeper>()
  #at: number
  #held = 0
  #turning = false

  constructor(startMs: number, clockStart: number, feed: readonly number[]) {
    this.startMs = startMs
    this.#at = startMs
    this.clockStart = clockStart
    this.#feed = feed
  }
  goOnFrom(startMs: number): void {
    this.#at += startMs - this.startMs
    this.startMs = startMs
  }
  peek(): number {
    return this.#at
  }
  #read(): number {
    const fed = this.#feed[this.reads.length]
    if (fed !== undefined) this.#at = Math.max(this.#at, this.startMs + fed)
    const passed = this.#at - this.startMs
    if (this.reads.length < RECORDED_READS) this.reads.push(passed)
    return passed
  }
  now(): number {
    return this.clockStart + this.#read()
  }
  elapsed(): number {
    return this.startMs + this.#read()
  }
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        until: this.#at + ms,
        wake: () => {
          signal.removeEventListener('abort', sleeper.wake)
          this.#sleepers.delete(sleeper)
          resolve()
        },
      }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', sleeper.wake, { once: true })
      this.#move()
    })
  }
  hold(): void {
    this.#held++
  }
  release(): void {
    this.#held--
    this.#move()
  }
  #move(): void {
    if (this.#held > 0 || this.#turning || this.#sleepers.size === 0) return
    this.#turning = true
    nextTurn(() => {
      this.#turning = false
      if (this.#held > 0) return
      let first: Sleeper | undefined
      for (const one of this.#sleepers) if (first === undefined || one.until < first.until) first = one
      if (first === undefined) return
      this.#at = Math.max(this.#at, first.until)
      first.wake()
      this.#move()
    })
  }
}

export const createClock = (options: ClockOptions = {}): CallClock =>
  options.fixed === undefined
    ? new LiveClock(options.startMs ?? 0, options.record ?? false)
    : new VirtualClock(options.startMs ?? 0, options.fixed.clockStart, options.fixed.reads ?? [])
