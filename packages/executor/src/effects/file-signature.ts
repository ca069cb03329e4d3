/** @module effects/file-signature: who holds a signed address may fetch the file, and nobody else. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The `sig` of `GET /v1/files/{id}`. Ids cannot be guessed; the signature keeps one that leaked elsewhere from being a key. */
export const signFile = (secret: Uint8Array | string, id: string): string =>
  createHmac('sha256', secret).update(`file ${id}`).digest('base64url')

export function verifyFile(secret: Uint8Array | string, id: string, signature: string): boolean {
  const expected = Buffer.from(signFile(secret, id))
  const given = Buffer.from(signature)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
