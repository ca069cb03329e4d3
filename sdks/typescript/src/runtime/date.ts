/**
 * @module date: the global `Date`. The engine's own looks at a clock that the build has stopped, so that the same source
 * gives the same bytes; this one asks the host, and at module level gives one fixed moment and tells of it.
 */
import clock from 'wasi:clocks/wall-clock'
import { frozen } from './frozen.ts'
import { isRunning } from './loop.ts'

const BUILD_TIME_MS = Date.UTC(2026, 0, 1)

function now(): number {
  if (!isRunning()) {
    frozen('The clock')
    return BUILD_TIME_MS
  }
  const { seconds, nanoseconds } = clock.now()
  return seconds * 1000 + Math.floor(nanoseconds / 1e6)
}

const EngineDate = Date

/** A function, not a class: `Date()` without `new` is a text. */
function date(...args: number[]): Date | string {
  if (new.target === undefined) return new EngineDate(now()).toString()
  const target = new.target === date ? EngineDate : new.target
  return Reflect.construct(EngineDate, args.length === 0 ? [now()] : args, target)
}

date.prototype = EngineDate.prototype
Object.defineProperty(EngineDate.prototype, 'constructor', { value: date, writable: true, configurable: true })
for (const [name, value] of Object.entries({ name: 'Date', length: 7 })) Object.defineProperty(date, name, { value })
for (const [name, value] of Object.entries({ now, parse: EngineDate.parse, UTC: EngineDate.UTC })) {
  Object.defineProperty(date, name, { value, writable: true, configurable: true })
}

export const PieceDate = date as unknown as DateConstructor
