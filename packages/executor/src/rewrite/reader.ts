/** @module reader: reads a module's bytes and never past them, whatever they hold. */
import * as op from './opcodes.ts'
import type { Refusals } from './refusals.ts'

/** The bytes end too early or hold no such thing; place and cause are in the message. */
export class Malformed extends Error {}

/** Block types that are no index. */
const NO_VALUES = -1
export const ONE_VALUE = -2

const text = new TextDecoder()

export class Reader {
  readonly bytes: Uint8Array
  readonly #refusals: Refusals
  at = 0

  constructor(bytes: Uint8Array, refusals: Refusals) {
    this.bytes = bytes
    this.#refusals = refusals
  }

  malformed(what: string): never {
    throw new Malformed(`${what} at byte ${this.at}`)
  }

  byte(): number {
    return this.bytes[this.at++] ?? this.malformed('the bytes end')
  }

  /** An unsigned LEB128 up to 2^53: limits may be that wide in a 64-bit memory, which is refused by its flag. */
  unsigned(): number {
    let value = 0
    let scale = 1
    for (let n = 0; n < 10; n++) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    return this.malformed('an endless integer')
  }

  u32(): number {
    const value = this.unsigned()
    return value <= 0xffff_ffff ? value : this.malformed('an integer over 32 bits')
  }

  leb(): void {
    while (this.byte() > 127);
  }

  skip(bytes: number): void {
    if (bytes > this.bytes.length - this.at) this.malformed('the bytes end')
    this.at += bytes
  }

  name(): string {
    const length = this.u32()
    const from = this.at
    this.skip(length)
    return text.decode(this.bytes.subarray(from, this.at))
  }

  heapType(): void {
    const byte = this.bytes[this.at]!
    const isIndex = (byte & 0x40) === 0 || byte > 127
    if (!isIndex && !op.HEAP_TYPES.has(byte)) this.#refuseType(byte)
    this.leb()
  }

  valueType(): void {
    const byte = this.byte()
    if (op.isPlainType(byte) || op.HEAP_TYPES.has(byte)) return
    if (byte === 0x63 || byte === 0x64) this.heapType()
    else this.#refuseType(byte)
  }

  /** Answers the type's index, or NO_VALUES or ONE_VALUE. */
  blockType(): number {
    const byte = this.bytes[this.at]!
    if ((byte & 0xc0) !== 0x40) return this.u32()
    if (byte === 0x40) {
      this.at++
      return NO_VALUES
    }
    this.valueType()
    return ONE_VALUE
  }

  memarg(): void {
    // Bit 6 says that the index of a memory follows.
    if (this.u32() & 0x40) this.leb()
    this.leb()
  }

  /** Skips the immediates of an instruction that is not control flow. */
  immediates(shape: number): void {
    switch (shape) {
      case op.NONE:
        return
      case op.LEB_LEB:
        this.leb()
        this.leb()
        return
      case op.LEB:
        this.leb()
        return
      case op.MEMARG:
        this.memarg()
        return
      case op.MEMARG_LANE:
        this.memarg()
        this.skip(1)
        return
      case op.LANE:
        this.skip(1)
        return
      case op.BYTES_4:
        this.skip(4)
        return
      case op.BYTES_8:
        this.skip(8)
        return
      case op.BYTES_16:
        this.skip(16)
        return
      case op.HEAP_TYPE:
        this.heapType()
        return
      case op.TYPES:
        for (let n = this.u32(); n > 0; n--) this.valueType()
        return
      default:
        this.malformed('an instruction out of place')
    }
  }

  /** Skips a constant expression; false if it holds an instruction that is refused. */
  constant(place: string): boolean {
    const { oneByte, prefixed } = op.UNMARKED
    for (;;) {
      const at = this.at
      const first = this.byte()
      if (oneByte.role[first] === op.END) return true
      const table = oneByte.shape[first] === op.PREFIX ? prefixed[first]! : oneByte
      const second = table === oneByte ? first : this.u32()
      if ((table.role[second] ?? op.REFUSED) === op.REFUSED) {
        this.#refusals.instruction(place, at, first, second, table.whyRefused(second))
        return false
      }
      this.immediates(table.shape[second]!)
    }
  }

  #refuseType(byte: number): void {
    const why = op.whyTypeRefused(byte)
    this.#refusals.add(why, `type ${hex(byte)} at byte ${this.at}: ${why}`)
  }
}

export const hex = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`
