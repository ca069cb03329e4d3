/**
 * @module marks: writes what a function notes of its writes to memory, so that a reset (linker/picture.ts) has to look at what a
 * call touched only: one byte a block in a second memory, set after each store and each bulk write. A store may end in
 * the block behind the one that is marked: `MARK_REACH` bytes of that belong to the mark, too.
 */
import { CODE } from './counter.ts'
import { F32, F64, I32, I64, V128 } from './opcodes.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export const LOG2_BLOCK_BYTES = 12
/** One store writes at most 16 bytes. */
export const MARK_REACH = 15
/** Of the second memory: a byte for each block of 4 GiB. */
export const MARKS_PAGES = 16

/** The module's memory is 0: it has one at most. */
const MARKS_MEMORY = 1
/** In a memory argument: an index of the memory follows. */
const HAS_MEMORY = 0x40
const ONE_BYTE_ALIGNED = 0

const TYPES = [I32, I64, F32, F64, V128] as const
const bitOf = (type: number): number => 1 << (I32 - type)

export class Marks {
  readonly #code: Writer
  readonly #reader: Reader
  /** Locals: of the address, and of a value by its type. */
  #address = 0
  readonly #values = new Map<number, number>()

  constructor(code: Writer, reader: Reader) {
    this.#code = code
    this.#reader = reader
  }

  /** Locals of a function that writes values of these types (scan.ts): groups of a number and a type, from `first` on. */
  begin(written: number, first: number): [count: number, type: number][] {
    if (written === 0) return []
    this.#address = first++
    const groups: [number, number][] = [[1, I32]]
    for (const type of TYPES) {
      if ((written & bitOf(type)) === 0) continue
      this.#values.set(type, first++)
      groups.push([1, type])
    }
    return groups
  }

  /** Around the store that stands from `from` to `to`: address and value are on the stack. */
  store(type: number, from: number, to: number): void {
    const value = this.#values.get(type)!
    const offset = this.#offset(from)
    this.#op(CODE.localSet, value)
    this.#op(CODE.localTee, this.#address)
    this.#op(CODE.localGet, value)
    this.#code.copy(this.#reader.bytes, from, to)
    this.#op(CODE.localGet, this.#address)
    if (offset !== 0) {
      this.#const(offset)
      this.#code.byte(CODE.i32Add)
    }
    this.#block()
    this.#const(1)
    this.#code.byte(CODE.i32Store8)
    this.#code.byte(HAS_MEMORY | ONE_BYTE_ALIGNED)
    this.#code.byte(MARKS_MEMORY)
    this.#code.byte(0)
  }

  /** Around a `memory.copy` or `memory.fill`: on the stack are where to, what or where from, and how many bytes, as is `asked`. */
  bulk(asked: number, from: number, to: number): void {
    const value = this.#values.get(I32)!
    const address = this.#address
    this.#op(CODE.localSet, asked)
    this.#op(CODE.localSet, value)
    this.#op(CODE.localTee, address)
    this.#op(CODE.localGet, value)
    this.#op(CODE.localGet, asked)
    this.#code.copy(this.#reader.bytes, from, to)
    // Blocks that `asked` bytes from here on touch; none of them for no bytes at a block's beginning.
    this.#op(CODE.localGet, address)
    this.#block()
    this.#const(1)
    this.#op(CODE.localGet, asked)
    this.#op(CODE.localGet, address)
    this.#const((1 << LOG2_BLOCK_BYTES) - 1)
    this.#code.byte(CODE.i32And)
    this.#code.byte(CODE.i32Add)
    this.#const((1 << LOG2_BLOCK_BYTES) - 1)
    this.#code.byte(CODE.i32Add)
    this.#block()
    this.#code.byte(CODE.bulk)
    this.#code.byte(CODE.memoryFill)
    this.#code.byte(MARKS_MEMORY)
  }

  #block(): void {
    this.#const(LOG2_BLOCK_BYTES)
    this.#code.byte(CODE.i32ShiftRight)
  }

  /** Of a store's memory argument. */
  #offset(from: number): number {
    const reader = this.#reader
    reader.at = from
    // A vector instruction has the second half of its opcode.
    if (reader.byte() === CODE.vector) reader.leb()
    if (reader.u32() & HAS_MEMORY) reader.u32()
    return reader.u32()
  }

  #const(value: number): void {
    this.#code.byte(CODE.i32Const)
    this.#code.s32(value | 0)
  }

  #op(code: number, index: number): void {
    this.#code.byte(code)
    this.#code.u32(index)
  }
}
