/**
 * @module imports: the functions that core modules are given: lowered functions of the world, drops of handles, and
 * bridges between inner components. Made once per program; whom they serve is who has the slice.
 */
import type { HostFunction } from '../host/call.ts'
import { type Canon, Trap } from './canon.ts'
import type { Instance } from './instance.ts'
import { type CoreCode, Suspending } from './jspi.ts'
import { type CoreValue, layoutOf, MAX_FLAT_PARAMS, sequence } from './layout.ts'
import { lifterOf } from './lift.ts'
import { lowererOf } from './lower.ts'
import { HOST_CALL_FUEL } from './meter.ts'
import type { Scheduler } from './scheduler.ts'
import type { FunctionType, Resource, ValueType } from './types.ts'

/** Whose slice it is: known to the scheduler, once the program runs on one. */
export interface Turn {
  scheduler: Scheduler | undefined
}

/** Parameters that wasm hands out, flat or through memory. */
export function paramLifter(type: FunctionType): {
  readonly width: number
  readonly lift: (canon: Canon, flat: readonly CoreValue[]) => unknown[]
} {
  const types = type.params.map((p) => p.type)
  const whole = sequence(types)
  if (whole.flat.length <= MAX_FLAT_PARAMS) {
    const lifts = types.map((t) => lifterOf(t).lift)
    let width = 0
    const starts = types.map((t) => {
      const start = width
      width += layoutOf(t).flat.length
      return start
    })
    return {
      width,
      lift: (canon, flat) => {
        const args = new Array<unknown>(lifts.length)
        for (let i = 0; i < lifts.length; i++) args[i] = lifts[i]!(canon, flat, starts[i]!)
        return args
      },
    }
  }
  const tuple = lifterOf({ kind: 'tuple', elements: types })
  return {
    width: 1,
    lift: (canon, flat) => {
      const at = (flat[0] as number) >>> 0
      canon.check(at, whole.size, whole.align, 'parameters')
      return tuple.load(canon, at) as unknown[]
    },
  }
}

/** Parameters that go into wasm, flat or through memory. */
export function paramLowerer(type: FunctionType): (canon: Canon, args: readonly unknown[]) => CoreValue[] {
  const types = type.params.map((p) => p.type)
  const whole = sequence(types)
  if (whole.flat.length <= MAX_FLAT_PARAMS) {
    const lowers = types.map((t) => lowererOf(t).lower)
    return (canon, args) => {
      const flat: CoreValue[] = []
      for (let i = 0; i < lowers.length; i++) lowers[i]!(canon, args[i], flat)
      return flat
    }
  }
  const tuple = lowererOf({ kind: 'tuple', elements: types })
  return (canon, args) => {
    const at = canon.alloc(whole.align, whole.size)
    tuple.store(canon, args, at)
    return [at | 0]
  }
}

/** More than one core value of a result goes through memory. */
const throughMemory = (result: ValueType | undefined): boolean =>
  result !== undefined && layoutOf(result).flat.length > 1

/** The result that wasm answered with: a core value, or where the result stands. */
export function resultLifter(result: ValueType | undefined): (canon: Canon, core: CoreValue) => unknown {
  if (!result) return () => undefined
  const { load, lift } = lifterOf(result)
  if (!throughMemory(result)) return (canon, core) => lift(canon, [core], 0)
  const { size, align } = layoutOf(result)
  return (canon, core) => {
    const at = (core as number) >>> 0
    canon.check(at, size, align, 'a result')
    return load(canon, at)
  }
}

/** Puts a result where wasm wants it: `place` is the last parameter, if the result goes through memory. */
export function resultLowerer(result: ValueType | undefined) {
  const spilled = throughMemory(result)
  const layout = result && layoutOf(result)
  const lowerer = result && lowererOf(result)
  return {
    /** Where it must go; checked before anything is done for it. */
    place: (canon: Canon, flat: readonly CoreValue[], width: number): number => {
      if (!spilled) return 0
      const at = (flat[width] as number) >>> 0
      canon.claim(at, layout!.size, layout!.align, 'the place of a result')
      return at
    },
    lower: (canon: Canon, value: unknown, place: number): CoreValue | undefined => {
      if (!lowerer) return undefined
      if (spilled) {
        lowerer.store(canon, value, place)
        return undefined
      }
      const flat: CoreValue[] = []
      lowerer.lower(canon, value, flat)
      return flat[0]
    },
  }
}

/** How the values of a function pass. Made at its first call: of a hundred imports a call uses a few. */
export interface Border {
  readonly params: ReturnType<typeof paramLifter>
  readonly result: ReturnType<typeof resultLowerer>
}

export const borderOf = (type: FunctionType): Border => ({
  params: paramLifter(type),
  result: resultLowerer(type.result),
})

export interface HostImport {
  readonly type: FunctionType
  readonly run: HostFunction
  /** Number for the count of host calls. */
  readonly count: number
  readonly canon: number
  /** Whose counter pays; -1 for a module that is not metered. */
  readonly meter: number
}

/** A function of the world as core code. */
export function hostImport(turn: Turn, { type, run: host, count, canon: canonNumber, meter }: HostImport): CoreCode {
  let border: Border | undefined
  const { run, waits } = host

  const finish = (instance: Instance, canon: Canon, value: unknown, place: number): CoreValue | undefined => {
    canon.handles.unlend()
    const core = border!.result.lower(canon.fresh(), value, place)
    instance.meter.charge(meter, HOST_CALL_FUEL + instance.traffic.bytes)
    return core
  }
  const code: CoreCode = (...flat: CoreValue[]) => {
    const instance = inSlice(turn)
    instance.countCall(count)
    try {
      instance.traffic.begin()
      const canon = instance.canon(canonNumber).fresh()
      border ??= borderOf(type)
      const { params, result } = border
      const args = params.lift(canon, flat)
      const place = result.place(canon, flat, params.width)
      const value = run(instance.call, ...args)
      if (!(value instanceof Promise)) return finish(instance, canon, value, place)
      if (!waits) throw new TypeError('a host function that does not wait answered with a promise')
      return instance.wait(value, (settled) => finish(instance, canon, settled, place))
    } catch (error) {
      throw instance.failed(error)
    }
  }
  return waits ? new Suspending(code) : code
}

export function dropImport(turn: Turn, resource: Resource, scope: number, meter: number): CoreCode {
  return (handle: number) => {
    const instance = inSlice(turn)
    try {
      instance.handles(scope).drop(handle >>> 0, resource)
      instance.meter.charge(meter, HOST_CALL_FUEL)
    } catch (error) {
      throw instance.failed(error)
    }
  }
}

/** The instance whose wasm calls; a dead one gets no further. */
export function inSlice(turn: Turn): Instance {
  const instance = turn.scheduler?.current
  if (!instance) throw new Trap('wasm runs outside of a slice')
  if (instance.meter.death) throw instance.meter.death
  return instance
}
