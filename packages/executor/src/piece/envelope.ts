/**
 * @module piece/envelope: a signed statement as DSSE says (https://github.com/secure-systems-lab/dsse): the bytes that are signed
 * name their type, so that a signature of one kind never passes for another. Keys are Ed25519; a key's id is the SHA-256 of
 * its 32 public bytes, in hexadecimal.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'

export interface Envelope {
  payloadType: string
  /** Base64. */
  payload: string
  signatures: { keyid: string; sig: string }[]
}

export interface SigningKey {
  id: string
  /** PKCS#8 as base64: whoever has it signs as its owner. */
  privateKey: string
  /** 32 bytes as base64. */
  publicKey: string
}

/** What stands before the 32 bytes of a key in its DER form (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const KEY_BYTES = 32

export const keyIdOf = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex')

export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const bytes = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI.length)
  const text = bytes.toString('base64')
  return {
    id: keyIdOf(text),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    publicKey: text,
  }
}

export const isPublicKey = (text: string): boolean => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === KEY_BYTES && bytes.toString('base64') === text
}

/** Pre-authentication encoding: lengths in front, so that no two statements have the same bytes. */
const encoded = (type: string, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])

export function sealEnvelope(payloadType: string, value: unknown, key: SigningKey): Envelope {
  const payload = Buffer.from(JSON.stringify(value))
  const privateKey = createPrivateKey({ key: Buffer.from(key.privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  const sig = sign(null, encoded(payloadType, payload), privateKey).toString('base64')
  return { payloadType, payload: payload.toString('base64'), signatures: [{ keyid: key.id, sig }] }
}

/** The statement, if one of the keys signed it and it is of that type; undefined otherwise, whatever the value is. */
export function openEnvelope(
  envelope: unknown,
  payloadType: string,
  keys: readonly { id: string; publicKey: string }[],
): { value: unknown; keyId: string } | undefined {
  const { payloadType: type, payload, signatures } = (envelope ?? {}) as Partial<Envelope>
  if (type !== payloadType || typeof payload !== 'string' || !Array.isArray(signatures)) return undefined
  const bytes = Buffer.from(payload, 'base64')
  for (const one of signatures.slice(0, keys.length + 1)) {
    const key = keys.find(({ id }) => id === one?.keyid)
    if (!key || typeof one.sig !== 'string') continue
    const publicKey = createPublicKey({
      key: Buffer.concat([SPKI, Buffer.from(key.publicKey, 'base64')]),
      format: 'der',
      type: 'spki',
    })
    if (!verify(null, encoded(payloadType, bytes), publicKey, Buffer.from(one.sig, 'base64'))) continue
    try {
      return { value: JSON.parse(bytes.toString('utf8')), keyId: key.id }
    } catch {
      return undefined
    }
  }
  return undefined
}
