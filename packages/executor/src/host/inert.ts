/** @module host/inert: functions that refuse whatever they are asked. */
import { err, immediate } from './call.ts'

export const refusal = <const C extends string>(code: C) => immediate(() => err(code))

/** Methods of one resource, each with the same refusal. */
export const refusals = <const R extends string, const N extends string, const C extends string>(
  resource: R,
  names: readonly N[],
  code: C,
) =>
  Object.fromEntries(names.map((name) => [`[method]${resource}.${name}`, refusal(code)])) as {
    readonly [K in `[method]${R}.${N}`]: ReturnType<typeof refusal<C>>
  }
