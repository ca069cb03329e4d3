/**
 * @module codec/msgpack: strict MessagePack. Own code, because the contract's refusals (extensions, non-text keys, NaN, broken
 * UTF-8, nesting) each need the path, and because integers up to ±2^53 must be written as integers: the usual packers write
 * those over 32 bits as floats, which typed languages refuse to read as integers.
 */
import { PieceError } from '../errors.ts'
import { BadValue, MAX_EXACT, MAX_NESTING, MAX_VALUES, plainValue, setKey } from './value.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

function asProblem(error: unknown): unknown {
  return error instanceof BadValue ? new PieceError('AP_BAD_MSGPACK', { at: error.at, detail: error.message }) : error
}

export function decodeMsgpack(bytes: Uint8Array): unknown {
  try {
    return read(bytes)
  } catch (error) {
    throw asProblem(error)
  }
}

/** Bytes as `bin`, integers in the shortest form, other numbers as float64. */
export function encodeMsgpack(value: unknown): Uint8Array {
  try {
    return write(plainValue(value, {}))
  } catch (error) {
    throw asProblem(error)
  }
}

function read(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const path: (string | number)[] = []
  let at = 0
  let values = 0

  const refuse = (detail: string): never => {
    throw new BadValue(path, detail)
  }
  /** Where the next `count` bytes begin. */
  const take = (count: number): number => {
    if (count > bytes.length - at) {
      refuse(`${count} bytes are announced at offset ${at} and ${bytes.length - at} are left`)
    }
    const from = at
    at += count
    return from
  }
  const integer = (value: bigint): number | bigint =>
    value >= -BigInt(MAX_EXACT) && value <= BigInt(MAX_EXACT) ? Number(value) : value
  const float = (value: number): number => (Number.isFinite(value) ? value : refuse(`${value} is no value`))
  const text = (length: number): string => {
    const from = take(length)
    if (length < 24) {
      let ascii = ''
      for (let i = from; i < at; i++) {
        const byte = bytes[i]!
        if (byte > 0x7f) break
        ascii += String.fromCharCode(byte)
      }
      if (ascii.length === length) return ascii
    }
    try {
      return utf8.decode(bytes.subarray(from, at))
    } catch {
      return refuse('the text is not UTF-8')
    }
  }
  const blob = (length: number): Uint8Array => {
    const from = take(length)
    return bytes.slice(from, at)
  }
  const enter = (count: number, bytesEach: number): void => {
    if (path.length >= MAX_NESTING) refuse(`nested deeper than ${MAX_NESTING}`)
    // Before anything is allocated: each item takes a byte at least.
    if (count * bytesEach > bytes.length - at) {
      refuse(`${count} items are announced at offset ${at} and ${bytes.length - at} bytes are left`)
    }
  }
  const array = (length: number): unknown[] => {
    enter(length, 1)
    const items: unknown[] = []
    const place = path.push(0) - 1
    for (let i = 0; i < length; i++) {
      path[place] = i
      items.push(value())
    }
    path.pop()
    return items
  }
  const map = (length: number): Record<string, unknown> => {
    enter(length, 2)
    const record: Record<string, unknown> = {}
    for (let i = 0; i < length; i++) {
      const key = keyText(i)
      const place = path.push(key) - 1
      if (Object.hasOwn(record, key)) refuse('the key stands twice')
      setKey(record, key, value())
      path.length = place
    }
    return record
  }
  const keyText = (index: number): string => {
    const tag = bytes[take(1)]!
    if (tag >= 0xa0 && tag <= 0xbf) return text(tag & 0x1f)
    if (tag === 0xd9) return text(bytes[take(1)]!)
    if (tag === 0xda) return text(view.getUint16(take(2)))
    if (tag === 0xdb) return text(view.getUint32(take(4)))
    return refuse(`key ${index} of the map is no text`)
  }

  const value = (): unknown => {
    if (++values > MAX_VALUES) refuse(`more than ${MAX_VALUES} values`)
    const tag = bytes[take(1)]!
    if (tag < 0x80) return tag
    if (tag < 0x90) return map(tag & 0x0f)
    if (tag < 0xa0) return array(tag & 0x0f)
    if (tag < 0xc0) return text(tag & 0x1f)
    if (tag >= 0xe0) return tag - 0x100
    switch (tag) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return blob(bytes[take(1)]!)
      case 0xc5:
        return blob(view.getUint16(take(2)))
      case 0xc6:
        return blob(view.getUint32(take(4)))
      case 0xca:
        return float(view.getFloat32(take(4)))
      case 0xcb:
        return float(view.getFloat64(take(8)))
      case 0xcc:
        return bytes[take(1)]
      case 0xcd:
        return view.getUint16(take(2))
      case 0xce:
        return view.getUint32(take(4))
      case 0xcf:
        return integer(view.getBigUint64(take(8)))
      case 0xd0:
        return view.getInt8(take(1))
      case 0xd1:
        return view.getInt16(take(2))
      case 0xd2:
        return view.getInt32(take(4))
      case 0xd3:
        return integer(view.getBigInt64(take(8)))
      case 0xd9:
        return text(bytes[take(1)]!)
      case 0xda:
        return text(view.getUint16(take(2)))
      case 0xdb:
        return text(view.getUint32(take(4)))
      case 0xdc:
        return array(view.getUint16(take(2)))
      case 0xdd:
        return array(view.getUint32(take(4)))
      case 0xde:
        return map(view.getUint16(take(2)))
      case 0xdf:
        return map(view.getUint32(take(4)))
      case 0xc1:
        return refuse('0xc1 is never used in MessagePack')
      default:
        return refuse('extensions (timestamps among them) are not values here; send an instant as ISO 8601 text')
    }
  }

  const whole = value()
  if (at < bytes.length) refuse(`${bytes.length - at} bytes stand after the value`)
  return whole
}

function write(value: unknown): Uint8Array {
  let bytes = new Uint8Array(1024)
  let view = new DataView(bytes.buffer)
  let at = 0

  /** Makes room and answers where to write. */
  const room = (count: number): number => {
    if (at + count > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, at + count))
      larger.set(bytes)
      bytes = larger
      view = new DataView(bytes.buffer)
    }
    const from = at
    at += count
    return from
  }
  const byte = (value: number): void => {
    const from = room(1)
    bytes[from] = value
  }
  /** A tag and an integer of `width` bytes; negative ones come out in two's complement. */
  const tagged = (tag: number, width: number, value: number): void => {
    const from = room(1 + width)
    bytes[from] = tag
    for (let i = from + width; i > from; i--) {
      bytes[i] = value & 0xff
      value = Math.floor(value / 256)
    }
  }
  /** A tag and eight bytes that a DataView writes. */
  const tagged64 = (tag: number, put: (view: DataView, from: number) => void): void => {
    byte(tag)
    const from = room(8)
    put(view, from)
  }
  const blob = (value: Uint8Array): void => {
    const from = room(value.length)
    bytes.set(value, from)
  }
  /** The head of a text, bin, array or map: `fix` is the tag with the length inside, `tag8` exists for text and bin alone. */
  const head = (length: number, fix: number, fixMax: number, tag8: number | undefined, tag16: number): void => {
    if (length <= fixMax) byte(fix | length)
    else if (tag8 !== undefined && length <= 0xff) tagged(tag8, 1, length)
    else if (length <= 0xffff) tagged(tag16, 2, length)
    else tagged(tag16 + 1, 4, length)
  }
  const text = (value: string): void => {
    if (value.length < 32) {
      const from = room(value.length + 1)
      let i = 0
      for (; i < value.length; i++) {
        const code = value.charCodeAt(i)
        if (code > 0x7f) break
        bytes[from + 1 + i] = code
      }
      if (i === value.length) {
        bytes[from] = 0xa0 | i
        return
      }
      at = from
    }
    const encoded = encoder.encode(value)
    head(encoded.length, 0xa0, 31, 0xd9, 0xda)
    blob(encoded)
  }
  const number = (value: number): void => {
    if (!Number.isInteger(value) || Math.abs(value) > MAX_EXACT) {
      tagged64(0xcb, (view, from) => view.setFloat64(from, value))
    } else if (value >= 0) {
      if (value < 0x80) byte(value)
      else if (value <= 0xff) tagged(0xcc, 1, value)
      else if (value <= 0xffff) tagged(0xcd, 2, value)
      else if (value <= 0xffffffff) tagged(0xce, 4, value)
      else tagged(0xcf, 8, value)
    } else if (value >= -0x20) byte(value & 0xff)
    else if (value >= -0x80) tagged(0xd0, 1, value)
    else if (value >= -0x8000) tagged(0xd1, 2, value)
    else if (value >= -0x80000000) tagged(0xd2, 4, value)
    else tagged(0xd3, 8, value)
  }
  const list = (items: readonly unknown[]): void => {
    head(items.length, 0x90, 15, undefined, 0xdc)
    for (const item of items) any(item)
  }
  const record = (fields: Readonly<Record<string, unknown>>): void => {
    const keys = Object.keys(fields)
    head(keys.length, 0x80, 15, undefined, 0xde)
    for (const key of keys) {
      text(key)
      any(fields[key])
    }
  }
  const any = (value: unknown): void => {
    if (typeof value === 'string') text(value)
    else if (typeof value === 'number') number(value)
    else if (typeof value === 'boolean') byte(value ? 0xc3 : 0xc2)
    else if (typeof value === 'bigint') {
      tagged64(value < 0n ? 0xd3 : 0xcf, (view, from) => view.setBigUint64(from, BigInt.asUintN(64, value)))
    } else if (value === null || value === undefined) byte(0xc0)
    else if (value instanceof Uint8Array) {
      head(value.length, 0, -1, 0xc4, 0xc5)
      blob(value)
    } else if (Array.isArray(value)) list(value)
    else record(value as Record<string, unknown>)
  }

  any(value)
  return bytes.slice(0, at)
}
