/** @module payload: values as JSON: bytes as base64 text, integers that a double cannot hold as decimal text. */
import { Failure } from './failure.ts'

interface Utf8 {
  encode(text: string): Uint8Array
  /** Throws where the bytes are not well formed. */
  decode(bytes: Uint8Array): string
}

let utf8: Utf8 | undefined

/** In a component: what its classes for this stand on. Their own steps would be 15,000 instructions of each call. */
export function setUtf8(own: Utf8): void {
  utf8 = own
}

function utf8OfTheWeb(): Utf8 {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return { encode: (text) => encoder.encode(text), decode: (bytes) => decoder.decode(bytes) }
}

/** How a piece's payloads are encoded; JSON unless `createPiece` is given another. */
export interface Encoding {
  name: 'json' | 'msgpack'
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

/** `JSON.stringify` asks each value for `toJSON`; a replacer function would cost a call a value. */
interface Jsonable {
  toJSON?: () => unknown
}

const MAX_EXACT = 2 ** 53

function bigintToJson(this: bigint): number | string {
  const value = this.valueOf()
  if (BigInt.asUintN(64, value) !== value && BigInt.asIntN(64, value) !== value) {
    throw new RangeError(`${value} does not fit in 64 bits`)
  }
  return value >= BigInt(-MAX_EXACT) && value <= BigInt(MAX_EXACT) ? Number(value) : value.toString()
}

function bytesToJson(this: Uint8Array): string {
  return this.toBase64()
}

/**
 * Half a surrogate pair is no character; `JSON.stringify` writes it as an escape, which a payload must not hold. `split`
 * finds a text three times as fast as `includes` in the component's engine.
 */
function wellFormed(text: string): string {
  if (text.split('\\ud').length === 1) return text
  return text.replace(/\\(?:ud[89a-f]..|.)/g, (found) => (found.startsWith('\\ud') ? '\ufffd' : found))
}

function encode(value: unknown): Uint8Array {
  const bigint = BigInt.prototype as Jsonable
  const bytes = Uint8Array.prototype as Jsonable
  bigint.toJSON = bigintToJson
  bytes.toJSON = bytesToJson
  try {
    utf8 ??= utf8OfTheWeb()
    return utf8.encode(wellFormed(JSON.stringify(value) ?? 'null'))
  } catch (error) {
    throw new Failure('internal_error', `the result cannot be written as JSON: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    delete bigint.toJSON
    delete bytes.toJSON
  }
}

function decode(bytes: Uint8Array): unknown {
  try {
    utf8 ??= utf8OfTheWeb()
    return JSON.parse(utf8.decode(bytes))
  } catch (error) {
    throw new Failure('invalid_input', `the input is not valid JSON: ${(error as Error).message}`, { cause: error })
  }
}

export const json: Encoding = { name: 'json', encode, decode }
