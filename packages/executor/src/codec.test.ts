import { readFileSync } from 'node:fs'
import { Packr, Unpackr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { decodeJson, decodeMsgpack, encodeJson, encodeMsgpack } from './codec.ts'
import { PieceError } from './errors.ts'

interface Vector {
  name: string
  value?: unknown
  json?: string
  jsonHex?: string
  msgpack?: string
  fromJson?: unknown
  at?: string
}
const vectors = JSON.parse(
  readFileSync(new URL('../../../test/conformance/payloads.json', import.meta.url), 'utf8'),
) as Record<'values' | 'accepted' | 'refused', Vector[]>

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** `{"$bytes"}` and `{"$int"}` of the vectors as values. */
function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged)
  if (typeof value !== 'object' || value === null) return value
  if ('$bytes' in value) return Uint8Array.fromBase64(value.$bytes as string)
  if ('$int' in value) return BigInt(value.$int as string)
  // Through JSON text, so that a key `__proto__` stays a key.
  const copy = JSON.parse('{}') as Record<string, unknown>
  for (const [key, one] of Object.entries(value))
    Object.defineProperty(copy, key, { value: untagged(one), enumerable: true, writable: true, configurable: true })
  return copy
}
const read = (vector: Vector): unknown =>
  vector.msgpack !== undefined
    ? decodeMsgpack(Uint8Array.fromHex(vector.msgpack))
    : decodeJson(vector.jsonHex === undefined ? utf8(vector.json!) : Uint8Array.fromHex(vector.jsonHex))

/** Code and place of a refusal. */
function refusal(work: () => unknown): { code: string; at: string } | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof PieceError) return { code: error.code, at: (error.fields as { at: string }).at }
    throw error
  }
  return undefined
}

describe('golden vectors', () => {
  test.each(vectors.values)('value: $name', (vector) => {
    const bytes = Uint8Array.fromHex(vector.msgpack!)
    const packed = decodeMsgpack(bytes)
    if (vector.value !== undefined) expect(packed).toStrictEqual(untagged(vector.value))
    expect(encodeMsgpack(packed).toHex()).toBe(vector.msgpack)
    expect(textOf(encodeJson(packed))).toBe(vector.json)
    const parsed = decodeJson(utf8(vector.json!))
    if (vector.value !== undefined) expect(parsed).toStrictEqual(untagged(vector.fromJson ?? vector.value))
    expect(textOf(encodeJson(parsed))).toBe(vector.json)
  })

  test.each(vectors.accepted)('accepted: $name', (vector) => {
    expect(read(vector)).toStrictEqual(untagged(vector.value))
  })

  test.each(vectors.refused)('refused: $name $json $msgpack', (vector) => {
    const code = vector.msgpack === undefined ? 'AP_BAD_JSON' : 'AP_BAD_MSGPACK'
    expect(refusal(() => read(vector))).toEqual({ code, at: vector.at })
  })
})

describe('what is written', () => {
  const plain = [
    { name: 'undefined is left out of a record', value: { a: undefined, b: 1 }, json: '{"b":1}' },
    { name: 'undefined is null in a list', value: [undefined, 1], json: '[null,1]' },
    { name: 'undefined alone is null', value: undefined, json: 'null' },
    { name: 'a Date', value: [new Date(0)], json: '["1970-01-01T00:00:00.000Z"]' },
    { name: 'a small bigint', value: [5n, -5n], json: '[5,-5]' },
    {
      name: 'an instance of a class',
      value: new (class {
        a = 1
      })(),
      json: '{"a":1}',
    },
    {
      name: 'an instance whose toJSON would say otherwise',
      value: new (class {
        a = 1
        toJSON() {
          return 2
        }
      })(),
      json: '{"a":1}',
    },
    {
      name: 'a key toJSON that is data',
      value: { toJSON: 1, a: [{ toJSON: null }] },
      json: '{"toJSON":1,"a":[{"toJSON":null}]}',
    },
    { name: 'a record without a prototype', value: Object.assign(Object.create(null), { a: 1 }), json: '{"a":1}' },
    { name: 'bytes', value: [Uint8Array.of(1, 2)], json: '["AQI="]' },
    { name: 'a Buffer', value: [Buffer.from([1, 2])], json: '["AQI="]' },
    {
      name: 'one changed key among others',
      value: { a: 1, b: new Date(0), c: [1] },
      json: '{"a":1,"b":"1970-01-01T00:00:00.000Z","c":[1]}',
    },
  ]
  test.each(plain)('$name', ({ value, json }) => {
    expect(textOf(encodeJson(value))).toBe(json)
    // In MessagePack the same, but for the bytes, which stay bytes.
    expect(textOf(encodeJson(decodeMsgpack(encodeMsgpack(value))))).toBe(json)
  })

  const cycle: unknown[] = []
  cycle.push({ again: cycle })
  const refused = [
    { name: 'NaN', value: { a: [Number.NaN] }, at: '$.a[0]' },
    { name: 'infinity', value: { 'a b': Number.POSITIVE_INFINITY }, at: '$["a b"]' },
    { name: 'a lone surrogate', value: ['\ud800'], at: '$[0]' },
    { name: 'a lone surrogate in a key', value: { a: { '\udc00': 1 } }, at: '$.a["\\udc00"]' },
    { name: 'a function', value: { f: () => 1 }, at: '$.f' },
    { name: 'a toJSON of its own', value: { a: { toJSON: () => 1 } }, at: '$.a.toJSON' },
    { name: 'a symbol', value: [Symbol('x')], at: '$[0]' },
    { name: 'a Map', value: { m: new Map() }, at: '$.m' },
    { name: 'a Set', value: { s: new Set() }, at: '$.s' },
    { name: 'other typed arrays', value: { f: new Float32Array(1) }, at: '$.f' },
    { name: 'an ArrayBuffer', value: new ArrayBuffer(1), at: '$' },
    { name: 'an invalid Date', value: [new Date(Number.NaN)], at: '$[0]' },
    { name: 'an integer over 64 bits', value: [2n ** 64n], at: '$[0]' },
    { name: 'an integer under 64 bits', value: [-(2n ** 63n) - 1n], at: '$[0]' },
  ]
  test.each(refused)('refused: $name', ({ value, at }) => {
    expect(refusal(() => encodeJson(value))).toEqual({ code: 'AP_BAD_JSON', at })
    expect(refusal(() => encodeMsgpack(value))).toEqual({ code: 'AP_BAD_MSGPACK', at })
  })
  test('refused: a cycle, as nesting', () => {
    expect(refusal(() => encodeJson(cycle))?.at).toMatch(/^\$\[0\]\.again.*…/)
  })
  test('what was plain is not copied, and never changed', () => {
    const value = Object.freeze({ a: Object.freeze([1, new Date(0)]) })
    encodeJson(value)
    encodeMsgpack(value)
    expect(value.a[1]).toBeInstanceOf(Date)
  })
})

describe('another implementation of MessagePack', () => {
  // Its types do not know 'auto', which its code and documentation do.
  const theirs = { useRecords: false, mapsAsObjects: true, int64AsType: 'auto' as 'bigint' }
  // msgpackr renames `__proto__`, and reads integers at the edge of 2^53 as bigint: known, and not ours.
  const shared = vectors.values.filter((one) => one.value !== undefined && !/__proto__|2\^53/.test(JSON.stringify(one)))
  test.each(shared)('reads what we write, and we what it writes: $name', ({ value, msgpack }) => {
    const read: unknown = new Unpackr(theirs).unpack(Uint8Array.fromHex(msgpack!))
    expect(encodeMsgpack(read).toHex()).toBe(msgpack)
    expect(encodeMsgpack(decodeMsgpack(new Packr(theirs).pack(untagged(value)))).toHex()).toBe(msgpack)
  })
})

test('large values pass both encodings', () => {
  const value = {
    text: 'é'.repeat(70_000),
    ascii: 'x'.repeat(70_000),
    bytes: new Uint8Array(70_000).fill(7),
    list: Array.from({ length: 70_000 }, (_, i) => i),
    record: Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`key${i}`, i / 3])),
  }
  expect(decodeMsgpack(encodeMsgpack(value))).toStrictEqual(value)
  expect(decodeJson(encodeJson(value))).toStrictEqual({ ...value, bytes: value.bytes.toBase64() })
})

test('every prefix and many mutations of a MessagePack value are decoded or refused, never more', () => {
  const good = encodeMsgpack({
    a: [1, -1, 2 ** 40, 0.5, 'text', 'ü'.repeat(40), new Uint8Array(3), null, true],
    b: { c: {} },
  })
  let seed = 1
  const random = (max: number): number => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8) % max
  for (let i = 0; i < good.length; i++)
    expect(refusal(() => decodeMsgpack(good.subarray(0, i)))?.code).toBe('AP_BAD_MSGPACK')
  for (let i = 0; i < 5_000; i++) {
    const bytes = good.slice()
    for (let n = random(3); n >= 0; n--) bytes[random(bytes.length)] = random(256)
    const refused = refusal(() => decodeMsgpack(bytes))
    if (refused === undefined) expect(() => encodeMsgpack(decodeMsgpack(bytes))).not.toThrow()
  }
})

test('the fast look and the slow parser agree on mutated JSON', () => {
  const good = '{"a":[1,-2.5e3,"x\\u00e9\\ud83d\\ude00",true,null,{"b":"\\"","c":[]}],"d":{"e":9007199254740991}}'
  const alphabet = '{}[]",:\\u0123dD8eE.-+ tfn'
  let seed = 7
  const random = (max: number): number => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8) % max
  let accepted = 0
  for (let i = 0; i < 20_000; i++) {
    const chars = [...good]
    for (let n = random(3); n >= 0; n--) chars[random(chars.length)] = alphabet[random(alphabet.length)]!
    const text = chars.join('')
    let native: unknown
    try {
      native = JSON.parse(text)
    } catch {
      expect(refusal(() => decodeJson(utf8(text)))?.code).toBe('AP_BAD_JSON')
      continue
    }
    // What we accept is what the engine reads; what we refuse on top has duplicates, surrogates or numbers out of range.
    const refused = refusal(() => decodeJson(utf8(text)))
    if (refused === undefined) {
      accepted++
      const ours = decodeJson(utf8(text))
      expect(JSON.stringify(ours, (_, v) => (typeof v === 'bigint' ? Number(v) : v))).toBe(JSON.stringify(native))
    }
  }
  expect(accepted).toBeGreaterThan(1_000)
})

test.each([
  [2 ** 64, '18446744073709552000'],
  [2 ** 67, '147573952589676410000'],
  [-(2 ** 65), '-36893488147419103000'],
  [1e20, '100000000000000000000'],
])('a double of %d comes back as JavaScript writes it, without an exponent', (value, json) => {
  expect(textOf(encodeJson(value))).toBe(json)
  expect(decodeJson(utf8(json))).toBe(value)
  expect(refusal(() => decodeJson(utf8(json.replace(/0$/, '1'))))?.code).toBe('AP_BAD_JSON')
})

describe('the number of values', () => {
  const MOST = 500_000
  /** An array of `items` empty arrays: two bytes and more than a hundred in memory for each. */
  const json = (items: number) => utf8(`[${'[],'.repeat(items - 1)}[]]`)
  const msgpack = (items: number) => {
    const bytes = new Uint8Array(5 + items).fill(0x90)
    bytes[0] = 0xdd
    new DataView(bytes.buffer).setUint32(1, items)
    return bytes
  }

  test('is refused above half a million, in either encoding', () => {
    expect(decodeJson(json(MOST - 1))).toHaveLength(MOST - 1)
    expect(decodeMsgpack(msgpack(MOST - 1))).toHaveLength(MOST - 1)
    expect(refusal(() => decodeJson(json(MOST)))).toEqual({ code: 'AP_BAD_JSON', at: `$[${MOST - 1}]` })
    expect(refusal(() => decodeMsgpack(msgpack(MOST)))).toEqual({ code: 'AP_BAD_MSGPACK', at: `$[${MOST - 1}]` })
  })

  test('holds for plain numbers and for keys', () => {
    expect(refusal(() => decodeJson(utf8(`[${'1,'.repeat(MOST)}1]`)))?.code).toBe('AP_BAD_JSON')
    const keys = Array.from({ length: MOST }, (_, i) => `"${i}":0`).join()
    expect(refusal(() => decodeJson(utf8(`{${keys}}`)))?.code).toBe('AP_BAD_JSON')
  })
})
