/** @module host/clocks: wasi:clocks, in steps of 1 ms. A finer clock is a tool for timing attacks. */
import { type HostCall, immediate } from './call.ts'
import { Pollable, Waitable } from './io.ts'
import type { Bindings } from './world.ts'

const NS_PER_MS = 1_000_000n
const RESOLUTION = { seconds: 0n, nanoseconds: 1_000_000 }

class Timer extends Waitable {
  readonly #deadline: number
  constructor(deadline: number) {
    super()
    this.#deadline = deadline
  }
  override get deadline(): number {
    return this.#deadline
  }
  ready(call: HostCall): boolean {
    return call.clock.peek() >= this.#deadline
  }
}

/** Rounded up: a timer may be late, never early. */
const toMs = (ns: bigint): number => Number((ns + NS_PER_MS - 1n) / NS_PER_MS)

export const monotonicClock = {
  now: immediate((call) => BigInt(call.clock.elapsed()) * NS_PER_MS),
  resolution: immediate(() => NS_PER_MS),
  'subscribe-instant': immediate((_call, when) => new Pollable(new Timer(toMs(when)))),
  'subscribe-duration': immediate((call, duration) => new Pollable(new Timer(call.clock.peek() + toMs(duration)))),
} satisfies Bindings<'wasi:clocks/monotonic-clock'>

export const wallClock = {
  now: immediate((call) => {
    const ms = call.clock.now()
    const seconds = Math.floor(ms / 1000)
    return { seconds: BigInt(seconds), nanoseconds: (ms - seconds * 1000) * 1_000_000 }
  }),
  resolution: immediate(() => RESOLUTION),
} satisfies Bindings<'wasi:clocks/wall-clock'>
