/**
 * @module @ap-wasm/piece/msgpack: payloads as MessagePack, for pieces that move bytes or exact 64-bit integers. In an engine
 * without a compiler JSON is the faster one for everything else.
 *
 * @example createPiece({ encoding: msgpack, … })
 */
import { Failure } from './failure.ts'
import type { Encoding } from './payload.ts'

const MAX_NESTING = 512
const MAX_EXACT = 2 ** 53
/** Among bigints: the component's engine takes the smallest int64 for greater than a number. */
const isExact = (value: bigint): boolean => value >= BigInt(-MAX_EXACT) && value <= BigInt(MAX_EXACT)
const INITIAL_BYTES = 1024

class Writer {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #at = 0
  readonly #encoder = new TextEncoder()

  /** Makes room and returns where it begins. */
  #reserve(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
  #byte(byte: number): void {
    const at = this.#reserve(1)
    this.#bytes[at] = byte
  }
  #sized(code: number, size: 1 | 2 | 4, value: number): void {
    const at = this.#reserve(1 + size)
    this.#view.setUint8(at, code)
    if (size === 1) this.#view.setUint8(at + 1, value)
    else if (size === 2) this.#view.setUint16(at + 1, value)
    else this.#view.setUint32(at + 1, value)
  }
  /** The shortest head of a text, list or record; `code8` is missing where there is no form of one byte. */
  #head(
    length: number,
    fixed: number,
    fixedMax: number,
    codes: { code8?: number; code16: number; code32: number },
  ): void {
    if (length <= fixedMax) this.#byte(fixed | length)
    else if (codes.code8 !== undefined && length < 0x100) this.#sized(codes.code8, 1, length)
    else if (length < 0x1_0000) this.#sized(codes.code16, 2, length)
    else this.#sized(codes.code32, 4, length)
  }
  #raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }
  #text(text: string): void {
    const bytes = this.#encoder.encode(text)
    this.#head(bytes.length, 0xa0, 31, { code8: 0xd9, code16: 0xda, code32: 0xdb })
    this.#raw(bytes)
  }
  #integer(value: number): void {
    if (value >= 0) {
      if (value < 0x80) this.#byte(value)
      else if (value < 0x100) this.#sized(0xcc, 1, value)
      else if (value < 0x1_0000) this.#sized(0xcd, 2, value)
      else if (value < 0x1_0000_0000) this.#sized(0xce, 4, value)
      else this.#wide(BigInt(value))
    } else if (value >= -0x20) this.#byte(value & 0xff)
    else if (value >= -0x80) this.#sized(0xd0, 1, value & 0xff)
    else if (value >= -0x8000) this.#sized(0xd1, 2, value & 0xffff)
    else if (value >= -0x8000_0000) this.#sized(0xd2, 4, value >>> 0)
    else this.#wide(BigInt(value))
  }
  #wide(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value && BigInt.asIntN(64, value) !== value)
      throw refused(`${value} does not fit in 64 bits`)
    const at = this.#reserve(9)
    this.#view.setUint8(at, value < 0n ? 0xd3 : 0xcf)
    this.#view.setBigUint64(at + 1, BigInt.asUintN(64, value))
  }
  #number(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) <= MAX_EXACT) {
      this.#integer(value)
      return
    }
    if (!Number.isFinite(value)) throw refused(`${value} is no number that a payload can hold`)
    const at = this.#reserve(9)
    this.#view.setUint8(at, 0xcb)
    this.#view.setFloat64(at + 1, value)
  }

  value(value: unknown, depth = 0): void {
    switch (typeof value) {
      case 'string':
        this.#text(value)
        break
      case 'number':
        this.#number(value)
        break
      case 'boolean':
        this.#byte(value ? 0xc3 : 0xc2)
        break
      case 'bigint':
        if (isExact(value)) this.#integer(Number(value))
        else this.#wide(value)
        break
      case 'object':
        if (value === null) this.#byte(0xc0)
        else this.#object(value, depth)
        break
      case 'undefined':
        this.#byte(0xc0)
        break
      default:
        throw refused(`a ${typeof value} is no value`)
    }
  }

  #object(value: object, depth: number): void {
    if (value instanceof Uint8Array) {
      this.#head(value.length, 0, -1, { code8: 0xc4, code16: 0xc5, code32: 0xc6 })
      this.#raw(value)
      return
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      this.value(value.toJSON(), depth)
      return
    }
    if (depth >= MAX_NESTING) throw refused(`nested deeper than ${MAX_NESTING}`)
    if (Array.isArray(value)) {
      this.#head(value.length, 0x90, 15, { code16: 0xdc, code32: 0xdd })
      for (const item of value) this.value(item, depth + 1)
      return
    }
    const fields = Object.entries(value).filter(([, field]) => field !== undefined && typeof field !== 'function')
    this.#head(fields.length, 0x80, 15, { code16: 0xde, code32: 0xdf })
    for (const [name, field] of fields) {
      this.#text(name)
      this.value(field, depth + 1)
    }
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }
}

const refused = (detail: string) =>
  new Failure('internal_error', `the result cannot be written as MessagePack: ${detail}`)
const damaged = (detail: string) => new Failure('invalid_input', `the input is not valid MessagePack: ${detail}`)

class Reader {
  #at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  get done(): boolean {
    return this.#at === this.#bytes.length
  }
  #take(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length) throw damaged('it ends too early')
    this.#at += length
    return at
  }
  #u(size: 1 | 2 | 4): number {
    const at = this.#take(size)
    return size === 1 ? this.#view.getUint8(at) : size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }
  #raw(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.slice(at, at + length)
  }
  #text(length: number): string {
    const bytes = this.#raw(length)
    try {
      return this.#decoder.decode(bytes)
    } catch {
      throw damaged('a text is not valid UTF-8')
    }
  }
  #float(value: number): number {
    if (!Number.isFinite(value)) throw damaged(`${value} is no number`)
    return value
  }
  #wide(value: bigint): number | bigint {
    return isExact(value) ? Number(value) : value
  }
  #list(length: number, depth: number): unknown[] {
    this.#room(length, depth)
    return Array.from({ length }, () => this.value(depth + 1))
  }
  #record(length: number, depth: number): Record<string, unknown> {
    this.#room(length * 2, depth)
    const record: Record<string, unknown> = {}
    for (let left = length; left > 0; left--) {
      const key = this.value(MAX_NESTING)
      if (typeof key !== 'string') throw damaged('a key is no text')
      if (Object.hasOwn(record, key)) throw damaged(`the key "${key}" stands twice`)
      // Assignment would take `__proto__` for the prototype.
      Object.defineProperty(record, key, {
        value: this.value(depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    return record
  }
  /** Each item takes a byte at least: a length that lies is refused before anything is made for it. */
  #room(items: number, depth: number): void {
    if (depth >= MAX_NESTING) throw damaged(`nested deeper than ${MAX_NESTING}`)
    if (items > this.#bytes.length - this.#at) throw damaged('it ends too early')
  }

  value(depth = 0): unknown {
    const code = this.#u(1)
    if (code < 0x80) return code
    if (code < 0x90) return this.#record(code & 0x0f, depth)
    if (code < 0xa0) return this.#list(code & 0x0f, depth)
    if (code < 0xc0) return this.#text(code & 0x1f)
    if (code >= 0xe0) return code - 0x100
    switch (code) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.#raw(this.#u(1))
      case 0xc5:
        return this.#raw(this.#u(2))
      case 0xc6:
        return this.#raw(this.#u(4))
      case 0xca:
        return this.#float(this.#view.getFloat32(this.#take(4)))
      case 0xcb:
        return this.#float(this.#view.getFloat64(this.#take(8)))
      case 0xcc:
        return this.#u(1)
      case 0xcd:
        return this.#u(2)
      case 0xce:
        return this.#u(4)
      case 0xcf:
        return this.#wide(this.#view.getBigUint64(this.#take(8)))
      case 0xd0:
        return this.#view.getInt8(this.#take(1))
      case 0xd1:
        return this.#view.getInt16(this.#take(2))
      case 0xd2:
        return this.#view.getInt32(this.#take(4))
      case 0xd3:
        return this.#wide(this.#view.getBigInt64(this.#take(8)))
      case 0xd9:
        return this.#text(this.#u(1))
      case 0xda:
        return this.#text(this.#u(2))
      case 0xdb:
        return this.#text(this.#u(4))
      case 0xdc:
        return this.#list(this.#u(2), depth)
      case 0xdd:
        return this.#list(this.#u(4), depth)
      case 0xde:
        return this.#record(this.#u(2), depth)
      case 0xdf:
        return this.#record(this.#u(4), depth)
      default:
        throw damaged(`0x${code.toString(16)} begins an extension, which payloads do not have`)
    }
  }
}

function encode(value: unknown): Uint8Array {
  const writer = new Writer()
  writer.value(value)
  return writer.finish()
}

function decode(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes)
  const value = reader.value()
  if (!reader.done) throw damaged('something follows the value')
  return value
}

/** The encoding to give to `createPiece`. */
export const msgpack: Encoding = { name: 'msgpack', encode, decode }
