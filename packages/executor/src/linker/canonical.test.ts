import { describe, expect, test } from 'vitest'
import { immediate } from '../host/call.ts'
import { MAX_MOVED_BYTES, MAX_MOVED_ELEMENTS } from './canon.ts'
import type { Instance } from './instance.ts'
import { started } from './testing.ts'

interface Case {
  name: string
  /** Type of the import's parameter, with definitions that it needs. */
  type: string
  defines?: string
  /** Core types of the import as lowered. */
  core: string
  /** What the guest passes. */
  passes: string
  /** Data in memory from 64 on. */
  data?: string
  pages?: number
}

/** A guest that passes what a case says to the host's `f`, and what the host saw. */
async function pass({ type, defines = '', core, passes, data = '', pages = 1 }: Omit<Case, 'name'>): Promise<unknown> {
  let seen: unknown
  const wat = `(component
    (import "test:host/x" (instance $x ${defines} (export "f" (func (param "v" ${type})))))
    (core module $mem (memory (export "m") ${pages}) (data (i32.const 64) "${data}")
      (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $mem (instantiate $mem))
    (core func $f (canon lower (func $x "f") (memory (core memory $mem "m")) (realloc (core func $mem "r"))))
    (core module $m (import "x" "f" (func $f (param ${core}))) (func (export "run") (call $f ${passes})))
    (core instance $i (instantiate $m (with "x" (instance (export "f" (func $f))))))
    (func (export "run") (canon lift (core func $i "run"))))`
  const f = immediate((_, v: unknown) => {
    seen = v
  })
  const instance = await started(wat, { 'test:host/x': { f } })
  await instance.invoke('$root#run', [])
  return seen
}

const i32 = (...values: number[]) => values.map((value) => `(i32.const ${value})`).join(' ')
const enumOf = (count: number) =>
  `(type $t (enum ${Array.from({ length: count }, (_, i) => `"c${i}"`).join(' ')})) (export "t" (type $e (eq $t)))`
const PAIR = '(type $t (tuple string string)) (export "t" (type $e (eq $t)))'
const VARIANT = '(type $t (variant (case "a" f32) (case "b" u64) (case "c"))) (export "t" (type $e (eq $t)))'

const ACCEPTED: (Case & { seen: unknown })[] = [
  { name: 'any non-zero bool', type: 'bool', core: 'i32', passes: i32(-8), seen: true },
  { name: 'the low byte of a u8', type: 'u8', core: 'i32', passes: i32(0x1ff), seen: 255 },
  { name: 'the low byte of an s8', type: 's8', core: 'i32', passes: i32(0x180), seen: -128 },
  { name: 'the low half of a u16', type: 'u16', core: 'i32', passes: i32(0x1ffff), seen: 65_535 },
  { name: 'the low half of an s16', type: 's16', core: 'i32', passes: i32(0x18000), seen: -32_768 },
  { name: 'a u32 above 2^31', type: 'u32', core: 'i32', passes: i32(-1), seen: 4_294_967_295 },
  { name: 'a u64 above 2^63', type: 'u64', core: 'i64', passes: '(i64.const -1)', seen: 2n ** 64n - 1n },
  { name: 'the last character', type: 'char', core: 'i32', passes: i32(0x10ffff), seen: '\u{10ffff}' },
  { name: 'an empty string at the end of memory', type: 'string', core: 'i32 i32', passes: i32(65_536, 0), seen: '' },
  { name: 'an empty list at the end of memory', type: '(list u32)', core: 'i32 i32', passes: i32(65_536, 0), seen: [] },
  { name: 'text with a zero byte', type: 'string', core: 'i32 i32', passes: i32(64, 3), data: 'a\\00b', seen: 'a\0b' },
  {
    name: 'flags above those that exist',
    type: '$e',
    defines: '(type $t (flags "a-b" "c")) (export "t" (type $e (eq $t)))',
    core: 'i32',
    passes: i32(-2),
    seen: { aB: false, c: true },
  },
  {
    name: 'an f32 inside an i64',
    type: '$e',
    defines: VARIANT,
    core: 'i32 i64',
    passes: '(i32.const 0) (i64.const 0xffffffff3fc00000)',
    seen: { tag: 'a', val: 1.5 },
  },
  {
    name: 'a case without payload, whatever stands there',
    type: '$e',
    defines: VARIANT,
    core: 'i32 i64',
    passes: '(i32.const 2) (i64.const 77)',
    seen: { tag: 'c', val: undefined },
  },
]
test.each(ACCEPTED)('lifts $name', async ({ seen, ...given }) => {
  expect(await pass(given)).toEqual(seen)
})

const TRAPPED: (Case & { because: RegExp })[] = [
  { name: 'a surrogate', type: 'char', core: 'i32', passes: i32(0xd800), because: /0xd800 is no character/ },
  { name: 'a character too large', type: 'char', core: 'i32', passes: i32(0x110000), because: /0x110000 is no char/ },
  { name: 'a negative character', type: 'char', core: 'i32', passes: i32(-1), because: /0xffffffff is no char/ },
  {
    name: 'an enum past its cases',
    type: '$e',
    defines: enumOf(3),
    core: 'i32',
    passes: i32(3),
    because: /discriminant 3 of an enum/,
  },
  {
    name: 'a negative enum',
    type: '$e',
    defines: enumOf(3),
    core: 'i32',
    passes: i32(-1),
    because: /discriminant 4294967295/,
  },
  {
    name: 'an option that is neither',
    type: '(option u8)',
    core: 'i32 i32',
    passes: i32(2, 0),
    because: /discriminant 2 of an option/,
  },
  {
    name: 'an invalid byte in a string',
    type: 'string',
    core: 'i32 i32',
    passes: i32(64, 1),
    data: '\\ff',
    because: /not valid UTF-8/,
  },
  {
    name: 'an overlong encoding',
    type: 'string',
    core: 'i32 i32',
    passes: i32(64, 2),
    data: '\\c0\\80',
    because: /not valid UTF-8/,
  },
  {
    name: 'an encoded surrogate',
    type: 'string',
    core: 'i32 i32',
    passes: i32(64, 3),
    data: '\\ed\\a0\\80',
    because: /not valid UTF-8/,
  },
  {
    name: 'a string cut in a character',
    type: 'string',
    core: 'i32 i32',
    passes: i32(64, 1),
    data: '\\c3\\a9',
    because: /not valid UTF-8/,
  },
  {
    name: 'a string past memory',
    type: 'string',
    core: 'i32 i32',
    passes: i32(65_536, 1),
    because: /a string at 65536 with 1 bytes is out of bounds/,
  },
  { name: 'a string of 4 GiB', type: 'string', core: 'i32 i32', passes: i32(1, -1), because: /out of bounds/ },
  {
    name: 'a list whose size overflows',
    type: '(list u64)',
    core: 'i32 i32',
    passes: i32(0, 0x20000001),
    because: /out of bounds/,
  },
  {
    name: 'a list that is not aligned',
    type: '(list u32)',
    core: 'i32 i32',
    passes: i32(66, 0),
    because: /a list at 66 is not aligned to 4/,
  },
  {
    name: 'a list in a list past memory',
    type: '(list string)',
    core: 'i32 i32',
    passes: i32(64, 1),
    data: '\\ff\\ff\\00\\00\\02',
    because: /a string at 65535 with 2 bytes/,
  },
  {
    name: 'a discriminant in memory',
    type: '(list $e)',
    defines: enumOf(3),
    core: 'i32 i32',
    passes: i32(64, 1),
    data: '\\03',
    because: /discriminant 3/,
  },
  {
    name: 'a character in memory',
    type: '(list char)',
    core: 'i32 i32',
    passes: i32(64, 1),
    data: '\\00\\d8\\00\\00',
    because: /0xd800/,
  },
  {
    name: 'more bytes than one call may move',
    type: 'string',
    core: 'i32 i32',
    passes: i32(0, MAX_MOVED_BYTES + 1),
    pages: 1025,
    because: /moves more than 67108864 bytes/,
  },
  {
    name: 'that much in two strings',
    type: '$e',
    defines: PAIR,
    core: 'i32 i32 i32 i32',
    passes: i32(0, MAX_MOVED_BYTES / 2 + 1, 0, MAX_MOVED_BYTES / 2 + 1),
    pages: 1025,
    because: /moves more than 67108864 bytes/,
  },
  {
    name: 'more elements than one call may move',
    type: '(list bool)',
    core: 'i32 i32',
    passes: i32(0, MAX_MOVED_ELEMENTS + 1),
    pages: 5,
    because: /moves more than 262144 list elements/,
  },
]
test.each(TRAPPED)('$name traps', async ({ because, ...given }) => {
  await expect(pass(given)).rejects.toMatchObject({ code: 'AP_TRAPPED', message: expect.stringMatching(because) })
})

/** A guest whose import answers with a string, put where `place` says by the allocator `realloc`. */
const receiving = (place: number, realloc: string): Promise<Instance> =>
  started(
    `(component
      (import "test:host/x" (instance $x (export "f" (func (result string)))))
      (core module $mem (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) ${realloc}))
      (core instance $mem (instantiate $mem))
      (core func $f (canon lower (func $x "f") (memory (core memory $mem "m")) (realloc (core func $mem "r"))))
      (core module $m (import "x" "f" (func $f (param i32))) (import "mem" "m" (memory 1))
        (func (export "run") (result i32) (call $f (i32.const ${place})) (i32.load (i32.const ${place + 4}))))
      (core instance $i (instantiate $m (with "x" (instance (export "f" (func $f)))) (with "mem" (instance $mem))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))`,
    { 'test:host/x': { f: immediate(() => 'text') } },
  )

describe('a result that goes through memory', () => {
  test('stands where the guest said', async () => {
    expect(await (await receiving(16, '(i32.const 256)')).invoke('$root#run', [])).toBe(4)
  })

  const WRONG: [what: string, place: number, realloc: string, because: RegExp][] = [
    ['a place past memory', 65_532, '(i32.const 256)', /the place of a result at 65532 with 8 bytes is out of bounds/],
    ['a place that is not aligned', 18, '(i32.const 256)', /the place of a result at 18 is not aligned to 4/],
    ['an allocation past memory', 16, '(i32.const 65533)', /what cabi_realloc returned at 65533 with 4 bytes/],
    ['an allocator that traps', 16, 'unreachable', /unreachable/],
  ]
  test.each(WRONG)('%s traps', async (_, place, realloc, because) => {
    const instance = await receiving(place, realloc)
    await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({
      code: 'AP_TRAPPED',
      message: expect.stringMatching(because),
    })
  })

  test('survives an allocator that grows memory', async () => {
    const instance = await receiving(16, '(drop (memory.grow (i32.const 1))) (i32.const 65536)')
    expect(await instance.invoke('$root#run', [])).toBe(4)
  })
})

/** A guest that is lent a handle, and does `body` with it. */
const lent = (body: string): Promise<Instance> =>
  started(
    `(component
      (import "test:host/x" (instance $x (export "r" (type (sub resource)))))
      (alias export $x "r" (type $r))
      (core func $drop (canon resource.drop $r))
      (core module $m (import "x" "drop" (func $drop (param i32))) (func (export "run") (param i32) ${body}))
      (core instance $i (instantiate $m (with "x" (instance (export "drop" (func $drop))))))
      (func (export "run") (param "r" (borrow $r)) (canon lift (core func $i "run"))))`,
  )

describe('a borrowed handle', () => {
  test('is given back without being disposed', async () => {
    let disposed = 0
    const object = { [Symbol.dispose]: () => disposed++ }
    await (await lent('(call $drop (local.get 0))')).invoke('$root#run', [object])
    expect(disposed).toBe(0)
  })

  test('that the guest keeps traps', async () => {
    await expect((await lent('')).invoke('$root#run', [{}])).rejects.toMatchObject({
      code: 'AP_TRAPPED',
      message: expect.stringContaining('outlives the call'),
    })
  })
})

describe('a bridge between inner components', () => {
  const bridged = (callee: string): Promise<Instance> =>
    started(
      `(component
        (component $inner
          (core module $m (memory (export "m") 1)
            (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 128))
            (func (export "twice") (param i32 i32) (result i32) ${callee}
              (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
          (core instance $i (instantiate $m))
          (func (export "same") (param "s" string) (result string)
            (canon lift (core func $i "twice") (memory (core memory $i "m")) (realloc (core func $i "r")))))
        (instance $inner (instantiate $inner))
        (core module $mem (memory (export "m") 1) (data (i32.const 64) "hello")
          (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
        (core instance $mem (instantiate $mem))
        (core func $same (canon lower (func $inner "same") (memory (core memory $mem "m")) (realloc (core func $mem "r"))))
        (core module $m (import "x" "same" (func $same (param i32 i32 i32)))
          (func (export "run") (result i32) (call $same (i32.const 64) (i32.const 5) (i32.const 16)) (i32.const 16)))
        (core instance $i (instantiate $m (with "x" (instance (export "same" (func $same))))))
        (func (export "run") (result string) (canon lift (core func $i "run") (memory (core memory $mem "m")))))`,
      {},
      { limits: { reallocCpuMs: 5 } },
    )

  test('carries values from one memory to the other', async () => {
    expect(await (await bridged('')).invoke('$root#run', [])).toBe('hello')
  })

  test('stops a callee that does not return', async () => {
    await expect((await bridged('(loop $l (br $l))')).invoke('$root#run', [])).rejects.toMatchObject({
      code: 'AP_REALLOC_EXCEEDED',
    })
  })
})
