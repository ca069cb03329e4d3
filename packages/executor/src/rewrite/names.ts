/** @module names: what a rewritten module exports beyond its own. */

/** A module without code of its own has at most `start`. */
export const METER_EXPORTS = { left: '@fuel:left', slot: '@fuel:slot', start: '@fuel:start' } as const

/** State that pictures and resets read and write, by its index in the original: what the module defines, not its imports. */
export const STATE_EXPORTS = { global: '@global:', memory: '@memory:', table: '@table:' } as const

/**
 * A memory with a byte for each block of the module's memory, which is not 0 once something was written there (marks.ts):
 * an export, and the import of a module whose memory is another's.
 */
export const MARKS = '@marks'

const RESERVED = ['@fuel:', MARKS, ...Object.values(STATE_EXPORTS)]

/** No module may use such a name, for an export or an import: it would reach its own meter or another's state. */
export const isReserved = (name: string): boolean => RESERVED.some((prefix) => name.startsWith(prefix))
