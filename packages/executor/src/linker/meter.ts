/**
 * @module meter: the fuel of one instance. The rewritten modules count down `@fuel:left` and call `tick` when it is spent;
 * refills are of one size, so a call's figure does not depend on how it was sliced. Who kills, says why here first: wasm
 * can catch what JavaScript throws, so the kill itself is the trap that `tick` asks for by answering 0.
 */
import { PieceError } from '../errors.ts'
import type { Fence } from './canon.ts'
import type { Scheduler } from './scheduler.ts'

/** One refill. */
export const GRANT = 50_000
/** Fuel between two looks at the clock: 25-130 µs of most code. */
const LOOK = 400_000
/** Code that needs longer for it is looked at with each refill: a throw is one fuel, and takes what thousands of additions do. */
const SLOW_MS = 1
/** A counter is a 32-bit integer: what would take it lower is kept apart. */
const FLOOR = -1_000_000_000

export const HOST_CALL_FUEL = 1_000

export interface MeterLimits {
  readonly fuel: number
  readonly cpuMs: number
  readonly startFuel: number
  readonly reallocCpuMs: number
}

/** What a start leaves in the meter: a call that begins with it is refilled in the same places. */
export interface MeterState {
  /** `@fuel:left` of each metered core instance. */
  readonly left: readonly number[]
  readonly granted: number
  readonly extra: number
}

/** What the start cost. */
export const fuelOf = ({ left, granted, extra }: MeterState): number =>
  granted + extra - left.reduce((sum, one) => sum + one, 0)

export class Meter implements Fence {
  readonly #scheduler: Scheduler
  #limits: MeterLimits
  /** `@fuel:left` of each metered core instance. */
  readonly #left: WebAssembly.Global[] = []
  #granted = 0
  /** Charged where no counter could carry it. */
  #extra = 0
  #base = 0
  #limit: number
  #sinceLook = 0
  /** Fuel until the next look: nobody knows yet how slow this code is. */
  #untilLook = GRANT
  /** Of the slice, at its last look. */
  #lookedMs = 0
  #starting = true
  /** CPU of the slices that have ended. */
  #cpuMs = 0
  #cpuBase = 0
  slices = 0
  /** How deep in realloc, post-return or a bridge, where wasm cannot park. */
  #fences = 0
  /**
   * Of the slice, at the first look in there; 0: none yet. All of a slice's share the limit: one list may be put into memory by a
   * thousand allocations, and nobody else runs meanwhile.
   */
  #fencedAt = 0
  /** Why the instance must end; the next check of its wasm traps. */
  death: PieceError | undefined

  constructor(scheduler: Scheduler, limits: MeterLimits) {
    this.#scheduler = scheduler
    this.#limits = limits
    this.#limit = limits.startFuel
  }

  /** Takes a core instance in; answers its number for `tick` and `charge`. */
  add(left: WebAssembly.Global): number {
    return this.#left.push(left) - 1
  }

  /** From here on fuel and CPU are a call's; `sliceMs` of the slice that is under way are not. */
  begin(sliceMs: number): void {
    this.#starting = false
    this.#base = this.#total()
    this.#limit = this.#base + this.#limits.fuel
    this.#cpuBase = this.#cpuMs + sliceMs
  }

  get state(): MeterState {
    const left = this.#left.map(({ value }) => value as number)
    return { left, granted: this.#granted, extra: this.#extra }
  }

  /** As it was when a start had ended: nothing is used yet. */
  set state({ left, granted, extra }: MeterState) {
    this.#left.forEach((global, i) => {
      global.value = left[i]
    })
    this.#granted = granted
    this.#extra = extra
    // When it was looked at last depends on the time, and two starts must leave the same.
    this.#sinceLook = 0
    this.#untilLook = GRANT
    this.#starting = false
    this.#base = this.#total()
    this.#cpuMs = this.#cpuBase = 0
    this.#fences = this.#fencedAt = 0
    this.slices = 0
    this.limits = this.#limits
  }

  /** Those of the call that comes. */
  set limits(limits: MeterLimits) {
    this.#limits = limits
    this.#limit = this.#base + limits.fuel
  }

  #total(): number {
    let left = 0
    for (const global of this.#left) left += global.value
    return this.#granted + this.#extra - left
  }

  get fuel(): number {
    return this.#starting ? 0 : this.#total() - this.#base
  }

  get cpuMs(): number {
    return this.#starting ? 0 : this.#cpuMs - this.#cpuBase
  }

  /** With its start's. */
  get allCpuMs(): number {
    return this.#cpuMs
  }

  /** Called by wasm with what is left of its counter. The answer is the new counter; negated, to park first; 0, to trap. */
  tick(module: number, left: number): number {
    if (this.death) return 0
    const grant = GRANT - left
    this.#granted += grant
    this.#sinceLook += grant
    if (this.#sinceLook < this.#untilLook && this.#granted < this.#limit) return GRANT
    // The global is stale while the counter stands in a local; this is what it will be.
    this.#left[module]!.value = GRANT
    return this.#over() ? 0 : this.#look()
  }

  #over(): boolean {
    const total = this.#total()
    if (total <= this.#limit) return false
    const fuel = total - this.#base
    this.die(
      this.#starting
        ? new PieceError('AP_START_EXCEEDED', { fuel, startFuel: this.#limits.startFuel })
        : new PieceError('AP_FUEL_EXCEEDED', { fuel, limit: this.#limits.fuel }),
    )
    return true
  }

  #look(): number {
    const sliceMs = this.#scheduler.sliceElapsed()
    this.#untilLook = (sliceMs - this.#lookedMs) * LOOK > SLOW_MS * this.#sinceLook ? GRANT : LOOK
    this.#lookedMs = sliceMs
    this.#sinceLook = 0
    const cpuMs = this.#cpuMs - this.#cpuBase + sliceMs
    if (cpuMs > this.#limits.cpuMs) {
      this.die(new PieceError('AP_CPU_EXCEEDED', { cpuMs: Math.round(cpuMs), limit: this.#limits.cpuMs }))
      return 0
    }
    if (this.#fences > 0) {
      this.#fencedAt ||= sliceMs
      const ms = sliceMs - this.#fencedAt
      if (ms <= this.#limits.reallocCpuMs) return GRANT
      this.die(
        new PieceError('AP_REALLOC_EXCEEDED', { cpuMs: Math.round(ms), reallocCpuMs: this.#limits.reallocCpuMs }),
      )
      return 0
    }
    return this.#scheduler.hasLeft(sliceMs) ? GRANT : -GRANT
  }

  /** What was executed since the last check counts too: the end of a call is one. */
  settle(): void {
    this.#over()
  }

  /** Charges a host call to the module that made it, so that its next check sees it; `module` -1 is none of ours. */
  charge(module: number, fuel: number): void {
    if (this.death) return
    const left = this.#left[module]
    if (!left) {
      this.#extra += fuel
      return
    }
    const value = left.value - fuel
    left.value = Math.max(value, FLOOR)
    if (value < FLOOR) this.#extra += FLOOR - value
  }

  sliceEnded(ms: number): void {
    this.#cpuMs += ms
    this.slices++
    this.#fencedAt = this.#lookedMs = 0
  }

  enter(): void {
    this.#fences++
  }

  leave(): void {
    this.#fences--
  }

  /** The first reason counts. Counters are emptied, the sum kept, so that running wasm reaches `tick` at its next check. */
  die(reason: PieceError): void {
    if (this.death) return
    this.death = reason
    for (const left of this.#left) {
      this.#granted -= left.value + 1
      left.value = -1
    }
  }
}
