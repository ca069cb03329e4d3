/**
 * @module caps: how large a module may be, where V8's time or memory grows faster than the module. A module of 100 KB was
 * seen to compile for seconds and to take over a gigabyte; real ones (CPython, Go, QuickJS) stay far below each row.
 */
export const CAPS = {
  /** Bytes of one function's body. */
  bodyBytes: 1 << 20,
  /** V8's own limit; a body that outgrows it by its meter would be refused in the cell only. */
  meteredBodyBytes: 7_654_321,
  functions: 100_000,
  types: 10_000,
  /** Blocks within blocks. */
  nesting: 1_000,
  /** V8's own limit, less the three that the meter adds, and six for marks. */
  locals: 49_991,
  /** Locals × blocks of a function: the compiler notes every local at each block. */
  localsTimesBlocks: 3_000_000,
  /** Values that a function's branches and calls carry, all together. */
  carriedValues: 300_000,
  /** Of a function type; each call moves all of them. */
  typeValues: 200,
  /** Labels of the `br_table`s of a function. */
  targets: 50_000,
  calls: 20_000,
  /** Loops and bulk operations of a function: the compiler's time grows with the square of the checks. */
  checks: 4_000,
  tables: 16,
  tableEntries: 100_000,
  /** Each is exported for pictures. */
  mutableGlobals: 10_000,
} as const

export const PAGE_BYTES = 65_536
