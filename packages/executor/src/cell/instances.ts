/**
 * @module cell/instances: where a call gets its instance and gives it back. One that ended well is put back to its picture and
 * kept for the next call of the same program and tenant; whatever stands against that (linker/rules.ts), it is dropped.
 */
import { createRandom, type HostCallState } from '../host/index.ts'
import { Instance, type InstanceLimits } from '../linker/instance.ts'
import { fuelOf } from '../linker/meter.ts'
import { bytesOf, Likeness, memoryOf, type Picture, takePicture } from '../linker/picture.ts'
import {
  RESTORE_FUEL,
  readsEnvironment,
  renewsRandom,
  whyNeverPictured,
  whyNotPictured,
  whyNotReset,
} from '../linker/rules.ts'
import type { Scheduler } from '../linker/scheduler.ts'
import type { MemoryBudget } from './memory.ts'
import type { LinkedProgram } from './programs.ts'

/** Instances kept in all, and of one place. */
const KEPT = 256
const KEPT_EACH = 64
/** Of all that a process can have, most are for instances at work. */
const KEPT_MEMORIES = 1_024
/** Of the cell's memory. */
const KEPT_SHARE = 0.5
/** Unused for so long, an instance goes, and a picture after it. */
const IDLE_MS = 15_000
const SWEEP_MS = 5_000

export interface InstanceUse {
  readonly id: number
  readonly limits: InstanceLimits
  readonly call: HostCallState
  /** Instances never pass from one tenant to another, even where they share the cell. */
  readonly tenant: string
  /** Made for this call and dropped after it. */
  readonly fresh: boolean
}

/** An instance in the hands of a call. */
export interface Lease {
  readonly instance: Instance
  /** Resolves when the instance is as its language's start leaves it, to the monotonic clock at that moment. */
  start(): Promise<number>
  /** `answered`: the call ended with a result or a failure. */
  release(answered: boolean): void
}

interface Kept {
  readonly instance: Instance
  readonly likeness: Likeness
}

/** Calls that may have each other's instances: of one program and tenant, and where the start read it, one environment. */
interface Place {
  readonly linked: LinkedProgram
  readonly picture: Picture
  readonly bytes: number
  readonly kept: Kept[]
  usedAt: number
  dropped: boolean
}

export interface InstancesOptions {
  scheduler: Scheduler
  memory: MemoryBudget
  /** Every so manieth reset is compared whole with the picture. */
  compareEvery: number
  /** Hears of a picture that is worth keeping beyond this cell. */
  pictured: (linked: LinkedProgram, picture: Picture) => void
  /** Hears where an instance was not what it had to be; the program gets a new instance for every call from then on. */
  differs: (linked: LinkedProgram, detail: string) => void
}

export class Instances {
  readonly #options: InstancesOptions
  readonly #maxBytes: number
  /** Least recently used first. */
  readonly #places = new Map<string, Place>()
  #bytes = 0
  #count = 0
  #memories = 0
  #resets = 0

  constructor(options: InstancesOptions) {
    this.#options = options
    this.#maxBytes = options.memory.budgetBytes * KEPT_SHARE
    options.memory.share(this)
    const sweeper: NodeJS.Timeout | number = setInterval(() => this.#sweep(), SWEEP_MS)
    // A number in a browser.
    if (typeof sweeper === 'object') sweeper.unref()
  }

  /** Of kept instances and of pictures. */
  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#count
  }

  /** The instance that an earlier call gave back. It brings its own memory. */
  take(linked: LinkedProgram, use: InstanceUse): Lease | undefined {
    const place = this.#place(linked, use)
    if (place === undefined || !mayStart(place.picture, use)) return undefined
    const kept = place.kept.pop()
    if (kept === undefined) return undefined
    this.#took(place)
    kept.instance.renew(use)
    return {
      instance: kept.instance,
      start: async () => place.picture.clockMs,
      release: (answered) => this.#release(kept.instance, place, answered, kept.likeness),
    }
  }

  make(linked: LinkedProgram, use: InstanceUse): Lease {
    let place: Place | undefined
    const lease = {
      instance: this.#instance(linked, use),
      start: async (): Promise<number> => {
        place = this.#place(linked, use) ?? this.#placeElsewhere(linked, use)
        if (place !== undefined && isDear(place.picture) && mayStart(place.picture, use)) {
          if (await lease.instance.fill(place.picture)) return place.picture.clockMs
          // It was damaged before it was written: the language starts, and a new one is taken.
          linked.picture = undefined
          linked.wantsPicture = true
          this.forget(linked)
          lease.instance = this.#instance(linked, use)
        }
        await this.#start(linked, use, lease)
        const clockMs = use.call.clock.peek()
        place = this.#pictured(linked, use, lease.instance, clockMs)
        return clockMs
      },
      release: (answered: boolean) => this.#release(lease.instance, place, answered),
    }
    return lease
  }

  /** The program is not called any more. */
  forget(linked: LinkedProgram): void {
    for (const [key, place] of this.#places) if (place.linked === linked) this.#drop(key, place)
  }

  shrink(): boolean {
    for (const [key, place] of this.#places) {
      if (place.kept.length > 0) this.#dropOne(place)
      else this.#drop(key, place)
      return true
    }
    return false
  }

  #instance(linked: LinkedProgram, use: InstanceUse): Instance {
    return new Instance(linked.program, this.#options.scheduler, use)
  }

  /** Random numbers of a start are the call's, or where the piece renews them, the same for each start of the program. */
  async #start(linked: LinkedProgram, use: InstanceUse, lease: { instance: Instance }): Promise<void> {
    const { random } = use.call
    if (!linked.renews) return lease.instance.start()
    use.call.random = createRandom(linked.seed)
    await lease.instance.start()
    use.call.random = random
    if (renewsRandom(lease.instance.renews)) return
    // It cannot renew them after all: what it drew must not be known to anybody, and the next start is told at once.
    linked.renews = false
    lease.instance.close()
    lease.instance = this.#instance(linked, use)
    await lease.instance.start()
  }

  #key(linked: LinkedProgram, { tenant, call }: InstanceUse): string {
    return JSON.stringify([linked.id, tenant, linked.readsEnvironment ? call.env : []])
  }

  #place(linked: LinkedProgram, use: InstanceUse): Place | undefined {
    if (use.fresh || linked.fresh !== undefined) return undefined
    const key = this.#key(linked, use)
    const place = this.#places.get(key)
    if (place === undefined) return undefined
    this.#places.delete(key)
    this.#places.set(key, place)
    place.usedAt = performance.now()
    return place
  }

  #open(linked: LinkedProgram, use: InstanceUse, picture: Picture): Place {
    const bytes = bytesOf(picture)
    const place: Place = { linked, picture, bytes, kept: [], usedAt: performance.now(), dropped: false }
    this.#places.set(this.#key(linked, use), place)
    this.#bytes += bytes
    return place
  }

  /** From what a start left elsewhere. */
  #placeElsewhere(linked: LinkedProgram, use: InstanceUse): Place | undefined {
    const { picture } = linked
    if (picture === undefined || use.fresh || linked.fresh !== undefined) return undefined
    linked.readsEnvironment = picture.environment
    return picture.environment && use.call.env.length > 0 ? undefined : this.#open(linked, use, picture)
  }

  /** The place of an instance that has just started: its picture is taken, or it must be like the one that is there. */
  #pictured(linked: LinkedProgram, use: InstanceUse, instance: Instance, clockMs: number): Place | undefined {
    if (use.fresh || linked.fresh !== undefined) return undefined
    const known = this.#place(linked, use)
    if (known !== undefined) {
      const difference = new Likeness(instance, known.picture).difference()
      if (difference === undefined) return known
      this.#differs(linked, `two starts differ: ${difference}`)
      return undefined
    }
    linked.fresh =
      whyNeverPictured(linked.lasting) ??
      whyNotPictured({
        lasting: linked.lasting,
        hostCalls: instance.startHostCalls,
        renews: instance.renews,
        openHandles: instance.openHandles,
        memoryBytes: instance.memoryBytes,
        globals: instance.globalValues,
      })
    if (linked.fresh !== undefined) return undefined
    linked.readsEnvironment = readsEnvironment(instance.startHostCalls)
    const picture = takePicture(instance, clockMs, linked.readsEnvironment)
    if (linked.wantsPicture && isDear(picture) && (!linked.readsEnvironment || use.call.env.length === 0)) {
      linked.wantsPicture = false
      this.#options.pictured(linked, picture)
    }
    return this.#open(linked, use, picture)
  }

  #release(instance: Instance, place: Place | undefined, answered: boolean, likeness?: Likeness): void {
    if (place === undefined || !this.#mayKeep(instance, place, answered)) {
      instance.close()
      return
    }
    instance.ended()
    const kept = { instance, likeness: likeness ?? new Likeness(instance, place.picture) }
    kept.likeness.restore()
    if (++this.#resets % this.#options.compareEvery === 0) {
      const difference = kept.likeness.difference()
      if (difference !== undefined) {
        this.#differs(place.linked, `a reset left a difference: ${difference}`)
        instance.close()
        return
      }
    }
    place.kept.push(kept)
    this.#count++
    this.#memories += place.picture.memories.length
    this.#bytes += memoryOf(place.picture)
    const { memory } = this.#options
    const isTooMuch = (): boolean =>
      this.#count > KEPT ||
      this.#memories > KEPT_MEMORIES ||
      this.#bytes > this.#maxBytes ||
      memory.bytes > memory.budgetBytes
    while (isTooMuch() && this.shrink());
  }

  #mayKeep(instance: Instance, place: Place, answered: boolean): boolean {
    const { death } = instance.meter
    const ended = { answered, idle: instance.idle, death, memoryBytes: instance.memoryBytes }
    if (whyNotReset(ended, memoryOf(place.picture)) !== undefined) return false
    return !place.dropped && place.kept.length < KEPT_EACH && !this.#options.memory.isShort
  }

  #differs(linked: LinkedProgram, detail: string): void {
    linked.fresh = detail
    this.forget(linked)
    this.#options.differs(linked, detail)
  }

  #sweep(): void {
    const before = performance.now() - IDLE_MS
    for (const [key, place] of this.#places) if (place.usedAt < before) this.#drop(key, place)
  }

  #drop(key: string, place: Place): void {
    while (place.kept.length > 0) this.#dropOne(place)
    place.dropped = true
    this.#places.delete(key)
    this.#bytes -= place.bytes
  }

  #dropOne(place: Place): void {
    place.kept.shift()?.instance.close()
    this.#took(place)
  }

  #took({ picture }: Place): void {
    this.#count--
    this.#memories -= picture.memories.length
    this.#bytes -= memoryOf(picture)
  }
}

/** A start that the call's limit forbids is made, so that the call hears of it. */
const mayStart = ({ meter }: Picture, { limits }: InstanceUse): boolean => fuelOf(meter) <= limits.startFuel

const isDear = ({ meter }: Picture): boolean => fuelOf(meter) >= RESTORE_FUEL
