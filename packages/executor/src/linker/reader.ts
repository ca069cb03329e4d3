/** @module reader: a cursor over a binary; every length is checked against what is there before it is believed. */
import { Refused } from '../errors.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const MAX_NAME_BYTES = 512
export const MAX_ITEMS = 100_000

export class Reader {
  readonly bytes: Uint8Array
  readonly end: number
  at: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  refuse(what: string): never {
    throw new Refused(`component, byte ${this.at}: ${what}`)
  }

  byte(): number {
    if (this.at >= this.end) this.refuse('it ends in the middle of an item')
    return this.bytes[this.at++]!
  }

  peek(): number {
    if (this.at >= this.end) this.refuse('it ends in the middle of an item')
    return this.bytes[this.at]!
  }

  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 15) this.refuse('a number is larger than 32 bits')
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    this.refuse('a number is longer than 5 bytes')
  }

  name(): string {
    const length = this.u32()
    if (length > MAX_NAME_BYTES) this.refuse(`a name has ${length} bytes; at most ${MAX_NAME_BYTES} are allowed`)
    if (this.at + length > this.end) this.refuse('a name runs past its section')
    const from = this.at
    this.at += length
    try {
      return decoder.decode(this.bytes.subarray(from, this.at))
    } catch {
      this.refuse('a name is not valid UTF-8')
    }
  }

  vector<T>(item: (index: number) => T): T[] {
    const count = this.u32()
    if (count > MAX_ITEMS) this.refuse(`a list has ${count} items; at most ${MAX_ITEMS} are allowed`)
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(item(i))
    return items
  }

  /** A reader of the next `length` bytes, which this one skips. */
  slice(length: number): Reader {
    if (this.at + length > this.end) this.refuse(`a part of ${length} bytes runs past the end`)
    const part = new Reader(this.bytes, this.at, this.at + length)
    this.at += length
    return part
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end)
  }
}

/** The unsigned LEB128 of `value`. */
export function leb(value: number): number[] {
  const out: number[] = []
  while (value > 127) {
    out.push((value % 128) | 128)
    value = Math.floor(value / 128)
  }
  out.push(value)
  return out
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
