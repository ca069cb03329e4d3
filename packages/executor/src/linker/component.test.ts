import { describe, expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { Refused } from '../errors.ts'
import { parseComponent, replaceModules } from './component.ts'
import { link } from './program.ts'
import { concat, leb } from './reader.ts'
import { fromText } from './testing.ts'
import { show } from './types.ts'

const PREAMBLE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00)
const section = (id: number, ...content: number[]) => Uint8Array.from([id, ...leb(content.length), ...content])
const binary = (...sections: Uint8Array[]) => concat([PREAMBLE, ...sections])

describe('parseComponent', () => {
  test('reads what a piece exports and imports, by type', async () => {
    const component = parseComponent(await pieceComponent())
    expect(component.imports.map((i) => [i.name, [...i.functions.keys()]])).toEqual([['ap:piece/types@0.1.0', []]])
    expect(component.exports.map((e) => e.name)).toEqual(['ap:piece/handler@0.1.0'])
    expect(show(component.exports[0]?.functions.get('trigger'))).toBe(
      'func(name: string, hook: enum { on-enable, on-disable, on-start, on-renew, handshake, run, test }, input: list<u8>) -> ' +
        'result<list<u8>, record { code: string, message: string, retry-after-ms: option<u64>, detail: option<list<u8>> }>',
    )
    expect([...component.lifted.keys()]).toContain('ap:piece/handler#action')
  })

  test('names imports that are declared and not used', async () => {
    const component = parseComponent(
      await fromText(`(component
        (import "evil:thing/x@1.2.3" (instance (export "steal" (func (param "from" string)))))
        (import "bare" (func (result u32))))`),
    )
    expect(component.imports.map((i) => [i.name, [...i.functions].map(([n, t]) => `${n}: ${show(t)}`)])).toEqual([
      ['evil:thing/x@1.2.3', ['steal: func(from: string)']],
      ['$root', ['bare: func() -> u32']],
    ])
  })

  test('keeps custom sections of the outermost component', async () => {
    const bytes = binary(section(0, 2, 0x68, 0x69, 1, 2, 3), section(4, ...binary(section(0, 1, 0x6e, 9))))
    expect(parseComponent(bytes).customSections).toEqual([{ name: 'hi', bytes: Uint8Array.of(1, 2, 3) }])
  })

  test('a component that is instantiated twice shares its modules', async () => {
    const component = parseComponent(
      await fromText(`(component
        (component $c
          (core module $m (func (export "f")))
          (core instance $i (instantiate $m))
          (func (export "f") (canon lift (core func $i "f"))))
        (instance $a (instantiate $c))
        (instance $b (instantiate $c))
        (export "x" (func $a "f"))
        (export "y" (func $b "f")))`),
    )
    expect(component.modules).toHaveLength(1)
    expect(component.steps.map((s) => s.module)).toEqual([0, 0])
    expect([...component.lifted.values()].map((l) => l.core.step)).toEqual([0, 1])
  })
})

const REFUSED_TEXT: [what: string, wat: string, reason: RegExp][] = [
  ['a resource of its own', '(component (type (resource (rep i32))))', /a resource of its own is not supported/],
  ['a core type', '(component (core type (func)))', /core types in a component/],
  [
    'strings in UTF-16',
    `(component (core module $m (memory (export "m") 1) (func (export "f") (param i32 i32)) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m))
      (func (param "s" string) (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r")) string-encoding=utf16)))`,
    /canonical option 0x1: strings in UTF-16/,
  ],
  ['a component as an import', '(component (import "c" (component)))', /the import "c" is a component/],
  ['a stream', '(component (type (stream u8)))', /a stream is not supported/],
  ['an async function', '(component (type (func async)))', /an async function is not supported/],
  [
    'an instance inside an import',
    '(component (import "a:b/c" (instance (export "inner" (instance)))))',
    /"a:b\/c" holds an instance "inner"/,
  ],
  [
    'two imports that share resources',
    '(component (type $t (instance (export "r" (type (sub resource))))) (import "a:b/c" (instance (type $t))) (import "a:b/d" (instance (type $t))))',
    /"a:b\/d" shares its type, which declares resources/,
  ],
  ['nesting', `${'(component '.repeat(10)}${')'.repeat(10)}`, /nested deeper than 8/],
  [
    'a type of effective size 2^40',
    `(component (type $t0 (tuple u8 u8)) ${Array.from({ length: 40 }, (_, i) => `(type $t${i + 1} (tuple $t${i} $t${i}))`).join('\n')})`,
    /unfolds to more than 10000 parts/,
  ],
  [
    'types within types',
    `(component (type $t0 (option u8)) ${Array.from({ length: 70 }, (_, i) => `(type $t${i + 1} (option $t${i}))`).join('\n')})`,
    /nested deeper than 64/,
  ],
]
test.each(REFUSED_TEXT)('%s is refused', async (_, wat, reason) => {
  const bytes = await fromText(wat)
  expect(() => parseComponent(bytes)).toThrow(Refused)
  expect(() => parseComponent(bytes)).toThrow(reason)
})

const REFUSED_BYTES: [what: string, bytes: Uint8Array, reason: RegExp][] = [
  ['nothing', new Uint8Array(0), /byte 0: these bytes are not a WebAssembly component/],
  ['a core module', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), /not a WebAssembly component/],
  ['text', new TextEncoder().encode('(component)'), /not a WebAssembly component/],
  ['a truncated section', binary(Uint8Array.of(7, 100, 1)), /a part of 100 bytes runs past the end/],
  ['a list of 2^32 items', binary(section(7, 0xff, 0xff, 0xff, 0xff, 0x0f)), /4294967295 items; at most 100000/],
  ['a number of 33 bits', binary(section(7, 0xff, 0xff, 0xff, 0xff, 0x1f)), /larger than 32 bits/],
  ['a name of 2 GiB', binary(section(10, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x07)), /a name has 2147483647 bytes/],
  ['a name that is not UTF-8', binary(section(10, 1, 0, 1, 0xff, 1, 0)), /not valid UTF-8/],
  ['bytes after the last item', binary(section(7, 0, 0)), /has bytes after its last item/],
  ['an index past the end', binary(section(8, 1, 1, 0, 5, 0)), /there is no function 5/],
  ['a start function', binary(section(9, 0, 0, 0)), /a start function in a component/],
  ['an unknown section', binary(section(99)), /section 99 in a component/],
  ['an alias that leaves', binary(section(6, 1, 3, 2, 7, 0)), /an alias leaves the component/],
]
test.each(REFUSED_BYTES)('%s is refused', (_, bytes, reason) => {
  expect(() => parseComponent(bytes)).toThrow(Refused)
  expect(() => parseComponent(bytes)).toThrow(reason)
})

test('components that multiply are refused before they do', async () => {
  // Each of 8 levels instantiates the one below 16 times: 2^32 instances if it were followed.
  let inner = '(component $c (core module $m) (core instance (instantiate $m)))'
  for (let level = 0; level < 7; level++) inner = `(component $c ${inner} ${'(instance (instantiate $c))'.repeat(16)})`
  const bytes = await fromText(`(component ${inner} (instance (instantiate $c)))`)
  expect(() => parseComponent(bytes)).toThrow(/more than \d+ (nested components|instances)/)
})

describe('replaceModules', () => {
  const NESTED = `(component
    (core module $a (func (export "f")))
    (component $c (core module $m (memory 1)) (core instance (instantiate $m)))
    (core module $b (table 1 funcref))
    (instance (instantiate $c))
    (core instance $i (instantiate $a))
    (func (export "f") (canon lift (core func $i "f"))))`

  test('replaces every body, at any depth, and the rest stays', async () => {
    const bytes = await fromText(NESTED)
    const component = parseComponent(bytes)
    const hashes = component.modules.map((_, i) => new Uint8Array(32).fill(i + 1))
    const skeleton = replaceModules(bytes, hashes)
    const read = parseComponent(skeleton)
    expect(read.modules).toEqual(hashes)
    expect({ ...read, modules: [] }).toEqual({ ...component, modules: [] })
    expect(replaceModules(skeleton, component.modules)).toEqual(bytes)
  })

  test.each([1, 5])('refuses %i bodies for 3 modules', async (count) => {
    const bytes = await fromText(NESTED)
    expect(() => replaceModules(bytes, new Array(count).fill(new Uint8Array(1)))).toThrow(Refused)
  })
})

test('link refuses every import that the world lacks', async () => {
  const component = parseComponent(
    await fromText(`(component
      (import "evil:thing/x@1.2.3" (instance (export "a" (func)) (export "b" (func))))
      (import "wasi:io/poll@0.2.9" (instance (export "poll" (func)))))`),
  )
  const world = { 'wasi:io/poll': { poll: { run: () => [], waits: true } } }
  expect(() => link(component, [], world)).toThrow(
    'the import evil:thing/x@1.2.3#a is not part of the world; the import evil:thing/x@1.2.3#b is not part of the world',
  )
})

describe('link refuses modules that lack what the component names', () => {
  const WAT = `(component
    (core module $a (memory (export "m") 1) (func (export "f") (param i32 i32)) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $a (instantiate $a))
    (core module $b (import "a" "m" (memory 1)))
    (core instance (instantiate $b (with "a" (instance $a))))
    (func (export "f") (param "s" string) (canon lift (core func $a "f") (memory (core memory $a "m")) (realloc (core func $a "r")))))`
  const USER = '(module (import "a" "m" (memory 1)))'
  const CASES: [what: string, wat: string, reason: RegExp][] = [
    ['a function', '(module (memory (export "m") 1))', /core instance 0 exports no function "f"/],
    ['a memory', '(module (func (export "m")))', /core instance 0 exports no memory "m"/],
    ['an allocator', '(module (memory (export "m") 1) (func (export "f")))', /core instance 0 exports no function "r"/],
  ]
  test.each(CASES)('%s', async (_, wat, reason) => {
    const component = parseComponent(await fromText(WAT))
    const modules = await Promise.all(
      [wat, USER].map(async (text) => new WebAssembly.Module((await fromText(text)) as Uint8Array<ArrayBuffer>)),
    )
    expect(() => link(component, modules, {})).toThrow(reason)
  })
})

test('mutants are read or refused, nothing else', async () => {
  const original = await pieceComponent()
  // A generator with a seed, so that a failure can be had again.
  let state = 12345
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state % below
  }
  let read = 0
  for (let i = 0; i < 3000; i++) {
    const mutant = original.slice(0, random(8) === 0 ? random(original.length) : original.length)
    for (let edits = random(4) + 1; edits > 0; edits--) mutant[random(mutant.length)] = random(256)
    try {
      parseComponent(mutant)
      read++
    } catch (error) {
      expect(error).toBeInstanceOf(Refused)
    }
  }
  expect(read).toBeGreaterThan(0)
})
