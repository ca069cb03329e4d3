import { expect, test } from 'vitest'
import { type Envelope, isPublicKey, newSigningKey, openEnvelope, sealEnvelope } from './envelope.ts'

const TYPE = 'application/vnd.example+json'
const [key, other] = [newSigningKey(), newSigningKey()]
const sealed = sealEnvelope(TYPE, { name: 'a' }, key)
const flipped = (text: string): string => {
  const bytes = Buffer.from(text, 'base64')
  bytes[3]! ^= 1
  return bytes.toString('base64')
}
const change = (more: Partial<Envelope>): Envelope => ({ ...sealed, ...more })

test('what was sealed is opened by its key', () =>
  expect(openEnvelope(JSON.parse(JSON.stringify(sealed)), TYPE, [other, key])).toEqual({
    value: { name: 'a' },
    keyId: key.id,
  }))

const REFUSED: { name: string; envelope: unknown; type?: string; keys?: (typeof key)[] }[] = [
  { name: 'another key', envelope: sealed, keys: [other] },
  { name: 'no key', envelope: sealed, keys: [] },
  { name: 'another payload', envelope: change({ payload: Buffer.from('{"name":"b"}').toString('base64') }) },
  {
    name: 'a damaged signature',
    envelope: change({ signatures: [{ keyid: key.id, sig: flipped(sealed.signatures[0]!.sig) }] }),
  },
  {
    name: "another's id on the signature",
    envelope: change({ signatures: [{ keyid: other.id, sig: sealed.signatures[0]!.sig }] }),
    keys: [key, other],
  },
  {
    name: 'a signature of another kind of statement',
    envelope: change({ payloadType: 'application/x' }),
    type: 'application/x',
  },
  { name: 'a type that is not the wanted one', envelope: sealed, type: 'application/x' },
  { name: 'no signature', envelope: change({ signatures: [] }) },
  { name: 'no envelope', envelope: null },
  { name: 'text', envelope: 'envelope' },
  { name: 'signatures that are none', envelope: { ...sealed, signatures: [null, 1, {}] } },
]
test.each(REFUSED)('is not opened: $name', ({ envelope, type = TYPE, keys = [key] }) =>
  expect(openEnvelope(envelope, type, keys)).toBeUndefined(),
)

test('a public key is 32 bytes in their one spelling', () => {
  expect(isPublicKey(key.publicKey)).toBe(true)
  expect(isPublicKey(key.publicKey.replace('=', ''))).toBe(false)
  expect(isPublicKey('')).toBe(false)
})
