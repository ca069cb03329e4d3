/** @module payload: values as JSON: bytes as base64 text, integers that a double cannot hold as decimal text. */
import { Failure } from './failure.ts'

/** Made at first use: in the package this module runs before the one that puts the runtime's own classes in their place. */
let decoder: TextDecoder | undefined
let encoder: TextEncoder | undefined

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
    encoder ??= new TextEncoder()
    return encoder.encode(wellFormed(JSON.stringify(value) ?? 'null'))
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
    decoder ??= new TextDecoder('utf-8', { fatal: true })
    return JSON.parse(decoder.decode(bytes))
  } catch (error) {
    throw new Failure('invalid_input', `the input is not valid JSON: ${(error as Error).message}`, { cause: error })
  }
}

export const json: Encoding = { name: 'json', encode, decode }
