/**
 * @module opcodes: the one table of instructions: how their immediates are read, what they cost, what they mean to the
 * meter, and why some are refused. One row a family; scan.ts knows no opcode by number.
 */

/** Shapes of immediates. */
export const NONE = 0
/** One LEB128 of any width: an index, a constant. */
export const LEB = 1
export const LEB_LEB = 2
export const MEMARG = 3
export const BYTES_4 = 4
export const BYTES_8 = 5
export const BYTES_16 = 6
export const LANE = 7
export const MEMARG_LANE = 8
export const HEAP_TYPE = 9
/** A vector of value types. */
export const TYPES = 10
const BLOCK_TYPE = 11
/** A vector of labels and one more. */
const LABELS = 12
/** A block type and a vector of catch clauses. */
const HANDLERS = 13
/** The second half of the opcode follows. */
export const PREFIX = 14

/** Roles: what an instruction means to the meter. They are the kinds of events, too. */
export const PLAIN = 0
export const UNREACHABLE = 1
export const BLOCK = 2
export const LOOP = 3
export const IF = 4
export const ELSE = 5
export const END = 6
export const BRANCH = 7
export const BRANCH_IF = 8
export const BRANCH_TABLE = 9
/** Leaves the function, or for a handler that is not known here. */
export const LEAVE = 10
export const CALL = 11
export const TAIL_CALL = 12
export const TRY_TABLE = 13
/** Takes time by the number on top of the stack: 1 fuel a byte or a table entry. */
export const BULK = 14
/** Like BULK, but only where it succeeds: 1 a byte of memory. */
export const GROW_MEMORY = 15
export const GROW_TABLE = 16
export const REFUSED = 17
/** Like PLAIN, but it changes a table. */
export const SET_TABLE = 18
/** Like PLAIN where writes are not marked. */
export const STORE = 19

/** Value types, by their byte. */
export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b

export interface Family {
  name: string
  prefix?: 0xfc | 0xfd
  first: number
  last?: number
  shape?: number
  /** As Wasmtime counts: what generates no code is free. */
  fuel?: 0
  role?: number
  refused?: string
  /** It uses up a segment or changes a table: a picture holds neither (docs/pictures.md). */
  lasting?: true
  /** It writes memory: the type of the operand above the address (marks.ts). */
  writes?: number
}

const GC = 'garbage-collected objects escape every memory limit'
const LEGACY = 'the first draft of exception handling is leaving the engines; build for try_table (exnref)'
const SWITCHING = 'stack switching is not supported'
const THREADS = 'threads and atomics are not supported'

// biome-ignore format: one row a line.
export const FAMILIES: readonly Family[] = [
  { name: 'unreachable', first: 0x00, role: UNREACHABLE, fuel: 0 },
  { name: 'nop', first: 0x01, fuel: 0 },
  { name: 'block', first: 0x02, shape: BLOCK_TYPE, role: BLOCK, fuel: 0 },
  { name: 'loop', first: 0x03, shape: BLOCK_TYPE, role: LOOP, fuel: 0 },
  { name: 'if', first: 0x04, shape: BLOCK_TYPE, role: IF },
  { name: 'else', first: 0x05, role: ELSE, fuel: 0 },
  { name: 'try, catch', first: 0x06, last: 0x07, refused: LEGACY },
  { name: 'throw', first: 0x08, shape: LEB, role: LEAVE },
  { name: 'rethrow', first: 0x09, refused: LEGACY },
  { name: 'throw_ref', first: 0x0a, role: LEAVE },
  { name: 'end', first: 0x0b, role: END, fuel: 0 },
  { name: 'br', first: 0x0c, shape: LEB, role: BRANCH },
  { name: 'br_if', first: 0x0d, shape: LEB, role: BRANCH_IF },
  { name: 'br_table', first: 0x0e, shape: LABELS, role: BRANCH_TABLE },
  { name: 'return', first: 0x0f, role: LEAVE, fuel: 0 },
  { name: 'call', first: 0x10, shape: LEB, role: CALL },
  { name: 'call_indirect', first: 0x11, shape: LEB_LEB, role: CALL },
  { name: 'return_call', first: 0x12, shape: LEB, role: TAIL_CALL },
  { name: 'return_call_indirect', first: 0x13, shape: LEB_LEB, role: TAIL_CALL },
  { name: 'call_ref', first: 0x14, shape: LEB, role: CALL },
  { name: 'return_call_ref', first: 0x15, shape: LEB, role: TAIL_CALL },
  { name: 'delegate, catch_all', first: 0x18, last: 0x19, refused: LEGACY },
  { name: 'drop', first: 0x1a, fuel: 0 },
  { name: 'select', first: 0x1b },
  { name: 'select t', first: 0x1c, shape: TYPES },
  { name: 'try_table', first: 0x1f, shape: HANDLERS, role: TRY_TABLE },
  { name: 'local, global: get, set, tee; table.get', first: 0x20, last: 0x25, shape: LEB },
  { name: 'table.set', first: 0x26, shape: LEB, role: SET_TABLE, lasting: true },
  { name: 'load', first: 0x28, last: 0x35, shape: MEMARG },
  { name: 'i32.store', first: 0x36, shape: MEMARG, writes: I32 },
  { name: 'i64.store', first: 0x37, shape: MEMARG, writes: I64 },
  { name: 'f32.store', first: 0x38, shape: MEMARG, writes: F32 },
  { name: 'f64.store', first: 0x39, shape: MEMARG, writes: F64 },
  { name: 'i32.store8, store16', first: 0x3a, last: 0x3b, shape: MEMARG, writes: I32 },
  { name: 'i64.store8, store16, store32', first: 0x3c, last: 0x3e, shape: MEMARG, writes: I64 },
  { name: 'memory.size', first: 0x3f, shape: LEB },
  { name: 'memory.grow', first: 0x40, shape: LEB, role: GROW_MEMORY },
  { name: 'i32.const, i64.const', first: 0x41, last: 0x42, shape: LEB },
  { name: 'f32.const', first: 0x43, shape: BYTES_4 },
  { name: 'f64.const', first: 0x44, shape: BYTES_8 },
  { name: 'arithmetic, conversion', first: 0x45, last: 0xc4 },
  { name: 'ref.null', first: 0xd0, shape: HEAP_TYPE },
  { name: 'ref.is_null', first: 0xd1 },
  { name: 'ref.func', first: 0xd2, shape: LEB },
  { name: 'ref.eq', first: 0xd3, refused: GC },
  { name: 'ref.as_non_null', first: 0xd4 },
  { name: 'br_on_null, br_on_non_null', first: 0xd5, last: 0xd6, shape: LEB, role: BRANCH_IF },
  { name: 'stack switching', first: 0xe0, last: 0xe6, refused: SWITCHING },
  { name: 'gc', first: 0xfb, refused: GC },
  { name: 'prefix', first: 0xfc, last: 0xfd, shape: PREFIX },
  { name: 'atomic', first: 0xfe, refused: THREADS },

  { name: 'trunc_sat', prefix: 0xfc, first: 0, last: 7 },
  { name: 'memory.init', prefix: 0xfc, first: 8, shape: LEB_LEB, role: BULK, lasting: true },
  { name: 'data.drop', prefix: 0xfc, first: 9, shape: LEB, lasting: true },
  { name: 'memory.copy', prefix: 0xfc, first: 10, shape: LEB_LEB, role: BULK, writes: I32 },
  { name: 'memory.fill', prefix: 0xfc, first: 11, shape: LEB, role: BULK, writes: I32 },
  { name: 'table.init', prefix: 0xfc, first: 12, shape: LEB_LEB, role: BULK, lasting: true },
  { name: 'elem.drop', prefix: 0xfc, first: 13, shape: LEB, lasting: true },
  { name: 'table.copy', prefix: 0xfc, first: 14, shape: LEB_LEB, role: BULK, lasting: true },
  { name: 'table.grow', prefix: 0xfc, first: 15, shape: LEB, role: GROW_TABLE, lasting: true },
  { name: 'table.size', prefix: 0xfc, first: 16, shape: LEB },
  { name: 'table.fill', prefix: 0xfc, first: 17, shape: LEB, role: BULK, lasting: true },

  { name: 'v128.load', prefix: 0xfd, first: 0x00, last: 0x0a, shape: MEMARG },
  { name: 'v128.store', prefix: 0xfd, first: 0x0b, shape: MEMARG, writes: V128 },
  { name: 'v128.const, shuffle', prefix: 0xfd, first: 0x0c, last: 0x0d, shape: BYTES_16 },
  { name: 'swizzle, splat', prefix: 0xfd, first: 0x0e, last: 0x14 },
  { name: 'lane', prefix: 0xfd, first: 0x15, last: 0x22, shape: LANE },
  { name: 'v128 comparison, logic', prefix: 0xfd, first: 0x23, last: 0x53 },
  { name: 'load lane', prefix: 0xfd, first: 0x54, last: 0x57, shape: MEMARG_LANE },
  { name: 'store lane', prefix: 0xfd, first: 0x58, last: 0x5b, shape: MEMARG_LANE, writes: V128 },
  { name: 'load zero', prefix: 0xfd, first: 0x5c, last: 0x5d, shape: MEMARG },
  { name: 'v128 arithmetic, relaxed', prefix: 0xfd, first: 0x5e, last: 0x113 },
]

/** The rows of one prefix, by opcode. */
export class Opcodes {
  readonly shape: Uint8Array
  readonly role: Uint8Array
  readonly fuel: Uint8Array
  /** The type of the operand above the address, of those that write memory; 0 for all others. */
  readonly writes: Uint8Array
  /** Names of the instructions that leave what a picture does not hold. */
  readonly lasting = new Map<number, string>()
  readonly #refused = new Map<number, string>()

  constructor(prefix: number | undefined, size: number, marks: boolean) {
    this.shape = new Uint8Array(size)
    this.role = new Uint8Array(size).fill(REFUSED)
    this.fuel = new Uint8Array(size).fill(1)
    this.writes = new Uint8Array(size)
    for (const row of FAMILIES) {
      if (row.prefix !== prefix) continue
      const end = (row.last ?? row.first) + 1
      this.shape.fill(row.shape ?? NONE, row.first, end)
      this.role.fill(row.refused ? REFUSED : (row.role ?? (marks && row.writes ? STORE : PLAIN)), row.first, end)
      this.writes.fill(row.writes ?? 0, row.first, end)
      this.fuel.fill(row.fuel ?? 1, row.first, end)
      if (row.lasting) this.lasting.set(row.first, row.name)
      if (row.refused) for (let op = row.first; op < end; op++) this.#refused.set(op, row.refused)
    }
  }

  whyRefused(op: number): string {
    return this.#refused.get(op) ?? 'this instruction is not known'
  }
}

/** All opcodes: of one byte, and by prefix. */
export interface OpcodeTables {
  readonly oneByte: Opcodes
  readonly prefixed: Readonly<Record<number, Opcodes>>
}

const tables = (marks: boolean): OpcodeTables => ({
  oneByte: new Opcodes(undefined, 0x100, marks),
  prefixed: { 252: new Opcodes(0xfc, 18, marks), 253: new Opcodes(0xfd, 0x114, marks) },
})
export const UNMARKED = tables(false)
/** Those that write memory are events. */
export const MARKED = tables(true)

/** Calls that name a function; all others name a type. */
export const DIRECT_CALLS: ReadonlySet<number> = new Set([0x10, 0x12])

/** Heap types by their byte; what is absent is refused. */
export const HEAP_TYPES: ReadonlySet<number> = new Set([
  0x69, // exn
  0x6f, // extern
  0x70, // func
  0x72, // noextern
  0x73, // nofunc
  0x74, // noexn
])
/** Number and vector types. */
export const isPlainType = (byte: number): boolean => byte >= 0x7b && byte <= 0x7f

export const whyTypeRefused = (byte: number): string =>
  byte >= 0x6a && byte <= 0x71
    ? GC
    : byte === 0x65
      ? THREADS
      : byte === 0x68 || byte === 0x75
        ? SWITCHING
        : 'this type is not known'

/** Forms of the type section other than 0x60, a function. */
export const whyFormRefused = (form: number): string =>
  form === 0x5d
    ? SWITCHING
    : form === 0x4e || form === 0x4f || form === 0x50 || form === 0x5e || form === 0x5f
      ? GC
      : whyTypeRefused(form)
