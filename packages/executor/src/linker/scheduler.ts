/**
 * @module scheduler: one slice at a time. Between two suspension points only one instance's wasm runs on the thread, so
 * `current` is always right, and the CPU of a slice belongs to one call.
 */
import type { Instance } from './instance.ts'

export interface SchedulerOptions {
  /** A slice that lasts longer is asked to park. */
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
  /** It had a whole slice and wants more: likely a long one. */
  readonly parked?: true
}

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
  /**
   * First come, first served: everything that wants the processor stands here, new calls and replies too. Only the steps of
   * one call (start, `init`, the function) stay together, as long as they take no more than a slice.
   */
  #ready: Ready[] = []
  #head = 0
  /** Queued once the event loop has turned: behind what came in meanwhile. */
  #parked: Ready[] = []
  /** Why nothing may begin now: `#next` is under way through a microtask or the event loop, or a slice just ends. */
  #armed: 'next' | 'leaving' | undefined
  #sliceStart = 0
  /** CPU of slices since the event loop last turned. */
  #turnMs = 0
  /** Whose slice was the last, and the CPU of its slices with no other's between. */
  #last: Instance | undefined
  #lastMs = 0

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
    return this.#ready.length - this.#head + this.#parked.length
  }

  /** Queues a slice of `instance`; it begins at once when nothing runs or waits, and the event loop was served. */
  enter(instance: Instance, run: () => void): void {
    if (instance === this.#last && this.#lastMs < this.sliceMs) this.#pushFront({ instance, run })
    else this.#ready.push({ instance, run })
    if (this.#current || this.#armed) return
    if (this.#turnMs < this.sliceMs) this.#next()
    else this.#arm()
  }

  /** Ends the current slice; called where wasm suspends and where it has returned. */
  leave(): void {
    const instance = this.#current
    if (!instance) return
    const ms = this.sliceElapsed()
    this.#current = undefined
    this.#turnMs += ms
    this.#lastMs = instance === this.#last ? this.#lastMs + ms : ms
    this.#last = instance
    // The hook may cancel, which queues: nothing may begin below the frames of the wasm that just stops.
    this.#armed ||= 'leaving'
    instance.sliceEnded(ms)
    this.#afterSlice?.(instance)
    if (this.#armed === 'leaving') this.#armed = undefined
    this.#arm()
  }

  /** Ends the current slice with a place at the end of the queue, behind timers and I/O. */
  park(run: () => void): void {
    this.#parked.push({ instance: this.#current!, run, parked: true })
    this.#turnMs = Infinity
    this.leave()
    this.#last = undefined
  }

  /** The next step of this instance is another call's: it has no place before others. */
  forget(instance: Instance): void {
    if (this.#last === instance) this.#last = undefined
  }

  #pushFront(ready: Ready): void {
    if (this.#head > 0) this.#ready[--this.#head] = ready
    else this.#ready.unshift(ready)
  }

  sliceElapsed(): number {
    return this.cpuMs() - this.#sliceStart
  }

  /**
   * One slice after the other in microtasks, until they have held the event loop for a whole slice's time. Before a long one
   * it turns too, so that answers go out first.
   */
  #arm(): void {
    if (this.#armed || this.waiting === 0) return
    this.#armed = 'next'
    const ready = this.#ready[this.#head]
    const now = ready !== undefined && this.#turnMs < this.sliceMs && (!ready.parked || this.#turnMs === 0)
    if (now) queueMicrotask(this.#soon)
    else this.#yieldTurn(this.#turned)
  }

  /** Whoever waits for the slice that just ended goes on in the microtask before, and may have a next step for it. */
  readonly #soon = (): void => queueMicrotask(this.#next)

  readonly #turned = (): void => {
    this.#turnMs = 0
    for (const parked of this.#parked) this.#ready.push(parked)
    this.#parked = []
    this.#next()
  }

  readonly #next = (): void => {
    this.#armed = undefined
    if (this.#current) return
    const ready = this.#ready[this.#head]
    if (!ready) return
    this.#head++
    if (this.#head === this.#ready.length || this.#head > 1024) {
      this.#ready = this.#ready.slice(this.#head)
      this.#head = 0
    }
    this.#current = ready.instance
    this.#sliceStart = this.cpuMs()
    this.#beforeSlice?.(ready.instance)
    ready.run()
  }
}
