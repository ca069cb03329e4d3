/**
 * @module frozen: what the piece's modules read while the build makes its snapshot: a clock or a random number that every
 * instance would share. Libraries do it without harm, so it is no error; `describe` tells it in the log.
 */
import { callerOf } from './trace.ts'

const reads = new Set<string>()

export function frozen(what: string): void {
  reads.add(`${what} is read at module level${callerOf(new Error().stack)}: the value is fixed when the piece is built`)
}

export const frozenReads = (): readonly string[] => [...reads]
