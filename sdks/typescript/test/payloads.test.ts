import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { msgpack } from '../src/msgpack.ts'
import { json } from '../src/payload.ts'

// Read, not imported: a bundler's JSON import loses the key `__proto__`.
const file = new URL('../../../test/conformance/payloads.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Record<'values' | 'accepted' | 'refused', Vector[]>

/** `{"$bytes"}` and `{"$int"}` of the vectors as values. */
function real(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(real)
  if (typeof value !== 'object' || value === null) return value
  if ('$bytes' in value) return Uint8Array.fromBase64(String(value.$bytes))
  if ('$int' in value) return BigInt(String(value.$int))
  const record = {}
  for (const [name, field] of Object.entries(value)) {
    Object.defineProperty(record, name, { value: real(field), enumerable: true, writable: true, configurable: true })
  }
  return record
}

interface Vector {
  name: string
  value?: unknown
  json?: string
  msgpack?: string
  fromJson?: unknown
}
const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

describe.each(vectors.values)('$name', (vector) => {
  const value = 'value' in vector ? real(vector.value) : json.decode(utf8(vector.json!))
  test('JSON', () => {
    expect(json.decode(utf8(vector.json!))).toEqual(vector.fromJson ?? value)
    expect(JSON.parse(text(json.encode(value)))).toEqual(JSON.parse(vector.json!))
  })
  test('MessagePack', () => {
    expect(msgpack.encode(value).toHex()).toBe(vector.msgpack)
    expect(msgpack.decode(Uint8Array.fromHex(vector.msgpack!))).toEqual(value)
  })
})

test.each(vectors.accepted.filter((vector) => vector.msgpack))('reads MessagePack: $name', (vector) => {
  expect(msgpack.decode(Uint8Array.fromHex(vector.msgpack!))).toEqual(real(vector.value))
})

test.each(vectors.refused.filter((vector) => vector.msgpack !== undefined))('refuses MessagePack: $name', (vector) => {
  expect(() => msgpack.decode(Uint8Array.fromHex(vector.msgpack!))).toThrow('not valid MessagePack')
})

const deep = () => {
  let value: unknown = 0
  for (let i = 0; i < 600; i++) value = [value]
  return value
}
test.each([
  ['NaN', Number.NaN],
  ['infinity', { a: Number.NEGATIVE_INFINITY }],
  ['more than 64 bits', 2n ** 64n],
  ['600 levels', deep()],
  ['a symbol', [Symbol('x')]],
])('never writes %s in MessagePack', (_name, value) => {
  expect(() => msgpack.encode(value)).toThrow('cannot be written')
})

test.each([
  ['a lone surrogate', ['a\ud800b', '\\ud800'], '["a\ufffdb","\\\\ud800"]'],
  ['a lone surrogate in a key', { '\udc00': 1 }, '{"\ufffd":1}'],
  ['a Date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ['what is undefined', { a: undefined, b: [undefined] }, '{"b":[null]}'],
  ['nothing', undefined, 'null'],
])('writes %s as JSON', (_name, value, expected) => {
  expect(text(json.encode(value))).toBe(expected)
})

test('what JSON cannot say is a failure with the reason', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  expect(() => json.encode(circular)).toThrow('cannot be written as JSON')
  expect(() => json.encode(2n ** 64n)).toThrow('64 bits')
})

test('writing JSON leaves no trace in the prototypes', () => {
  json.encode({ a: 1n, b: new Uint8Array(1) })
  expect('toJSON' in BigInt.prototype).toBe(false)
  expect('toJSON' in Uint8Array.prototype).toBe(false)
})
