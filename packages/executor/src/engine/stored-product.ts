/** @module engine/stored-product: a product as one file of the cache: its hash, the head, the skeleton. */
import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import { concat } from '../linker/reader.ts'
import { hashOf } from './product.ts'

const HEAD = Type.Object({
  memoryBytes: Type.Integer({ minimum: 0 }),
  lasting: Type.Array(Type.String()),
  modules: Type.Array(
    Type.Object({
      hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      memoryMaximumAt: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
  ),
})

export interface StoredProduct extends Static<typeof HEAD> {
  skeleton: Uint8Array
}

const HASH_BYTES = 32
const LENGTH_BYTES = 4

export function encodeProduct({ skeleton, modules, memoryBytes, lasting }: StoredProduct): Uint8Array {
  const head = {
    memoryBytes,
    lasting,
    modules: modules.map(({ hash, memoryMaximumAt }) => ({ hash, memoryMaximumAt })),
  }
  const json = new TextEncoder().encode(JSON.stringify(head))
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, json.length)
  const body = concat([length, json, skeleton])
  return concat([Uint8Array.fromHex(hashOf(body)), body])
}

/** Undefined: these are not the bytes that were written. */
export function decodeProduct(bytes: Uint8Array): StoredProduct | undefined {
  const body = bytes.subarray(HASH_BYTES)
  if (body.length < LENGTH_BYTES || hashOf(body) !== bytes.subarray(0, HASH_BYTES).toHex()) return undefined
  const end = LENGTH_BYTES + new DataView(body.buffer, body.byteOffset).getUint32(0)
  const head: unknown = JSON.parse(new TextDecoder().decode(body.subarray(LENGTH_BYTES, end)))
  // Another release may have written another form under the same version by mistake: made again, like any other damage.
  return Check(HEAD, head) ? { ...head, skeleton: body.slice(end) } : undefined
}
