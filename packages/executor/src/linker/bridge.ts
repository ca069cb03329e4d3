/**
 * @module bridge: one inner component's function as another's import: lifted from one memory, lowered into the other. Our
 * frames stand between the two, so the callee can be stopped but not suspended: it has the budget of a `cabi_realloc`.
 * Real toolchains bridge only to leaves (the module loader of componentize-qjs).
 */
import { type Border, borderOf, inSlice, type Turn } from './imports.ts'
import type { CoreCode } from './jspi.ts'
import type { CoreValue } from './layout.ts'
import { HOST_CALL_FUEL } from './meter.ts'
import type { ExportedFunction } from './program.ts'
import type { FunctionType } from './types.ts'

export function bridge(
  turn: Turn,
  type: FunctionType,
  canon: number,
  callee: ExportedFunction,
  meter: number,
): CoreCode {
  let border: Border | undefined
  return (...flat: CoreValue[]) => {
    const instance = inSlice(turn)
    try {
      instance.traffic.begin()
      const caller = instance.canon(canon).fresh()
      border ??= borderOf(type)
      const { params, result } = border
      const args = params.lift(caller, flat)
      const place = result.place(caller, flat, params.width)
      const inner = instance.canon(callee.canon).fresh()
      const flatArgs = callee.lower(inner, args)
      instance.meter.enter()
      const core = instance.core(callee.core)(...flatArgs)
      instance.meter.leave()
      const value = callee.lift(inner.fresh(), core)
      instance.afterReturn(callee, core)
      caller.handles.unlend()
      const answer = result.lower(caller.fresh(), value, place)
      instance.meter.charge(meter, HOST_CALL_FUEL + instance.traffic.bytes)
      return answer
    } catch (error) {
      throw instance.failed(error)
    }
  }
}
