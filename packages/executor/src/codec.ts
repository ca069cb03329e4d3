/**
 * @module codec: the two encodings of a value (contract.md, «Values and encodings»), strict both ways. Runs in a browser.
 * Bytes exist in MessagePack alone: in JSON they are base64 text, and only a FILE property makes bytes of it again.
 */
import { decodeJson, encodeJson } from './codec/json.ts'
import { decodeMsgpack, encodeMsgpack } from './codec/msgpack.ts'

export { decodeJson, encodeJson, jsonText } from './codec/json.ts'
export { decodeMsgpack, encodeMsgpack } from './codec/msgpack.ts'
export { MAX_NESTING, type Path, showPath } from './codec/value.ts'

const ENCODINGS = ['json', 'msgpack'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** Throws AP_BAD_JSON or AP_BAD_MSGPACK with the place of the fault. */
export const decodeAs = (encoding: Encoding, bytes: Uint8Array): unknown =>
  encoding === 'json' ? decodeJson(bytes) : decodeMsgpack(bytes)

export const encodeAs = (encoding: Encoding, value: unknown): Uint8Array =>
  encoding === 'json' ? encodeJson(value) : encodeMsgpack(value)
