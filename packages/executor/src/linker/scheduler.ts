/**
 * @module scheduler: one slice at a time. Between two suspension points only one instance's wasm runs on the thread, so
 * `current` is always right, and the CPU of a slice belongs to one call.
 *
 * A slice is a call's own: what it has left of it, it uses before those that have used theirs, whether it begins, takes its
 * next step or has got an answer. So a short call waits for the slice that runs when it comes, however many long ones there are.
 */
import type { Instance } from './instance.ts'
import { Lane } from './lane.ts'

export interface SchedulerOptions {
  /** A call that has had so much is asked to park. */
  sliceMs?: number
  /** CPU of this thread; wall time where that is unknown. */
  cpuMs?: () => number
  beforeSlice?: (instance: Instance) => void
  afterSlice?: (instance: Instance) => void
  /** Calls back after timers and I/O were served. */
  yieldTurn?: (f: () => void) => void
}

interface Ready {
  readonly instance: Instance
  /** Lets its wasm go on; does not throw. */
  readonly run: () => void
}

/** Where a call stands. */
export interface Turn {
  /** Of its slice; below zero, it took more. */
  leftMs: number
  /** It has used up a slice, or calls of its program do. */
  isLong: boolean
}

/** What calls of a program are like. */
export interface Habit {
  /** CPU of a call: the mean of the last ones. */
  cpuMs: number
  /** More than a slice; or one that runs has just used up its own. */
  isLong: boolean
}

/** What the last call weighs in it. */
const HABIT = 0.25
/** So many slices' worth of short calls go before a long one that waits: a flood of them leaves long ones a fifth. */
export const SHORT_SLICES = 4
/** Slices that a call can owe to others. */
const MOST_OWED = 20

function defaultYield(): (f: () => void) => void {
  if (typeof setImmediate === 'function') return setImmediate
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return (f) => {
    waiting.push(f)
    port2.postMessage(null)
  }
}

export class Scheduler {
  #current: Instance | undefined
  readonly sliceMs: number
  readonly cpuMs: () => number
  readonly #beforeSlice: ((instance: Instance) => void) | undefined
  readonly #afterSlice: ((instance: Instance) => void) | undefined
  readonly #yieldTurn: (f: () => void) => void
  /** Everything that wants the processor stands in one of two lanes, each first come, first served: who has a slice left, */
  readonly #short = new Lane<Ready>()
  /** and who has to wait for the next. */
  readonly #long = new Lane<Ready>()
  /** CPU of short slices since a long one waits. */
  #passedMs = 0
  /** Why nothing may begin now: `#next` is under way through a microtask or the event loop, or a slice just ends. */
  #armed: 'next' | 'leaving' | undefined
  #sliceStart = 0
  /** CPU of slices since the event loop last turned. */
  #turnMs = 0
  /** Timers and sockets were served before the last slice. */
  #isTurned = false
  /** Whose slice was the last. */
  #last: Instance | undefined

  constructor(options: SchedulerOptions = {}) {
    this.sliceMs = options.sliceMs ?? 5
    this.cpuMs = options.cpuMs ?? (() => performance.now())
    this.#beforeSlice = options.beforeSlice
    this.#afterSlice = options.afterSlice
    this.#yieldTurn = options.yieldTurn ?? defaultYield()
  }

  /** Whose slice it is. */
  get current(): Instance | undefined {
    return this.#current
  }

  get waiting(): number {
    return this.#short.length + this.#long.length
  }

  newTurn(): Turn {
    return { leftMs: this.sliceMs, isLong: false }
  }

  /** Queues a step of `instance`; it begins at once when nothing runs or waits, and the event loop was served. */
  enter(instance: Instance, run: () => void): void {
    const ready = { instance, run }
    const isLong = this.#isLong(instance)
    const lane = isLong ? this.#long : this.#short
    // What is left of a slice goes on before others begin theirs; and many short calls end one after the other, not all at the end.
    if (isLong ? instance.turn.leftMs > 0 : instance === this.#last) lane.pushFront(ready)
    else lane.push(ready)
    if (this.#current || this.#armed) return
    this.#isTurned = false
    this.#next()
  }

  /** Ends the current slice; called where wasm suspends and where it has returned. */
  leave(): void {
    const instance = this.#current
    if (!instance) return
    const ms = this.sliceElapsed()
    this.#current = undefined
    this.#turnMs += ms
    this.#last = instance
    const { turn, program } = instance
    turn.leftMs = Math.max(turn.leftMs - ms, -MOST_OWED * this.sliceMs)
    if (turn.leftMs <= 0) turn.isLong = program.habit.isLong = true
    if (turn.isLong || this.#long.length === 0) this.#passedMs = 0
    else this.#passedMs += ms
    // The hook may cancel, which queues: nothing may begin below the frames of the wasm that just stops.
    this.#armed ||= 'leaving'
    instance.sliceEnded(ms)
    this.#afterSlice?.(instance)
    if (this.#armed === 'leaving') this.#armed = undefined
    this.#arm()
  }

  /** Ends the current slice with a place at the end of the queue, behind timers and I/O. */
  park(run: () => void): void {
    this.#long.push({ instance: this.#current!, run })
    this.#turnMs = Infinity
    this.leave()
  }

  /** The call of this instance is over, its next step is another's. What calls of a program took of late, the next will take. */
  ended(instance: Instance, cpuMs: number): void {
    if (this.#last === instance) this.#last = undefined
    instance.turn = this.newTurn()
    const { habit } = instance.program
    habit.cpuMs += (cpuMs - habit.cpuMs) * HABIT
    habit.isLong = habit.cpuMs >= this.sliceMs
  }

  sliceElapsed(): number {
    return this.cpuMs() - this.#sliceStart
  }

  /** Whether the call that runs has more of its slice left than these `ms`. */
  hasLeft(ms: number): boolean {
    return ms < this.#current!.turn.leftMs
  }

  /** One that had not to wait yet begins to, once calls of its program are long. */
  #isLong({ turn, program }: Instance): boolean {
    if (turn.isLong || !program.habit.isLong) return turn.isLong
    turn.leftMs = 0
    return (turn.isLong = true)
  }

  get #isLongDue(): boolean {
    return this.#long.length > 0 && this.#passedMs >= SHORT_SLICES * this.sliceMs
  }

  #arm(): void {
    if (this.#armed || this.waiting === 0) return
    this.#armed = 'next'
    queueMicrotask(this.#soon)
  }

  /** Whoever waits for the slice that just ended goes on in the microtask before, and may have a next step for it. */
  readonly #soon = (): void => queueMicrotask(this.#next)

  readonly #turned = (): void => {
    this.#turnMs = 0
    this.#isTurned = true
    this.#begin(this.#isLongDue ? this.#takeLong() : (this.#takeShort() ?? this.#takeLong()))
  }

  /** The next turn that sees what came while the last slice ran. A slice that a socket began ends before sockets are read again. */
  #yield(): void {
    this.#armed = 'next'
    if (this.#isTurned || this.#turnMs < this.sliceMs) this.#yieldTurn(this.#turned)
    else this.#yieldTurn(() => this.#yieldTurn(this.#turned))
  }

  /**
   * Short ones follow each other until they have held the event loop for a whole slice's time. It turns before each long one,
   * so that answers go out and calls come in.
   */
  readonly #next = (): void => {
    this.#begin(this.#turnMs < this.sliceMs && !this.#isLongDue ? this.#takeShort() : undefined)
  }

  #begin(ready: Ready | undefined): void {
    this.#armed = undefined
    if (ready) {
      this.#current = ready.instance
      this.#sliceStart = this.cpuMs()
      this.#beforeSlice?.(ready.instance)
      ready.run()
    } else if (this.waiting > 0) this.#yield()
  }

  #takeShort(): Ready | undefined {
    for (;;) {
      const ready = this.#short.shift()
      if (ready === undefined || !this.#isLong(ready.instance)) return ready
      // Another call of its program has used up a slice meanwhile: of a crowd of hogs one alone is taken for short.
      this.#long.push(ready)
    }
  }

  /** Who took more than a slice, because it could not be parked, lets others pass until it is even. */
  #takeLong(): Ready | undefined {
    for (;;) {
      const ready = this.#long.shift()
      if (ready === undefined) return undefined
      const { turn } = ready.instance
      if (turn.leftMs <= 0) turn.leftMs += this.sliceMs
      if (turn.leftMs >= 0) return ready
      this.#long.push(ready)
    }
  }
}
