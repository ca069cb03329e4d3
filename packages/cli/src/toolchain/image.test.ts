import { parse } from '@bytecodealliance/jco'
import { expect, test } from 'vitest'
import { PAGE_BYTES, withGlobalsExported, withImage } from './image.ts'

const COUNTER = `(module
  (import "env" "base" (global $base i32))
  (memory (export "memory") 1)
  (global $fixed i32 (i32.add (global.get $base) (i32.const 5)))
  (global $wide i64 (i64.const 200000000000))
  (global $half f64 (f64.const 0.5))
  (global $count (mut i32) (i32.const 7))
  (data (i32.const 16) "before")
  (func (export "count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const -9)))
    (i32.store8 (i32.const 16) (i32.const 66))
    (drop (memory.grow (i32.const 1)))
    (i32.store8 (i32.const 70000) (i32.const 90))
    (global.get $count))
)`

interface Counter {
  memory: WebAssembly.Memory
  count(): number
  [global: `@${number}`]: WebAssembly.Global
}

const start = (module: Uint8Array): Counter =>
  new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource), {
    env: { base: new WebAssembly.Global({ value: 'i32' }, 1) },
  }).exports as unknown as Counter

test('instances begin where the run of another ended', async () => {
  const module = await parse(COUNTER)
  const ran = start(withGlobalsExported(module, '@'))
  expect(ran.count()).toBe(-2)
  const memory = new Uint8Array(ran.memory.buffer)
  const next = start(withImage(module, { globals: [ran['@3']!.value as number], memory }))
  expect(Buffer.compare(new Uint8Array(next.memory.buffer), memory)).toBe(0)
  expect(next.memory.buffer.byteLength).toBe(2 * PAGE_BYTES)
  expect(next.count()).toBe(-11)
})

test('what a run left alone stays as it is', async () => {
  const module = await parse(COUNTER)
  const memory = new Uint8Array(start(module).memory.buffer)
  expect(Object.keys(start(withImage(module, { globals: [7], memory })))).toEqual(['memory', 'count'])
  expect(start(withImage(module, { globals: [7], memory })).count()).toBe(-2)
})

test.each([
  ['a mutable global of another type', '(module (global (mut i64) (i64.const 1)) (func (export "f")))'],
  [
    'a mutable global with another beginning',
    '(module (import "a" "b" (global i32)) (global (mut i32) (global.get 0)) (func (export "f")))',
  ],
])('%s is told', async (_, text) => {
  const module = await parse(text)
  expect(() => withGlobalsExported(module, '@')).toThrow('the mutable global 0')
})

test('values that are not those of the module are told', async () => {
  const module = await parse(COUNTER)
  expect(() => withImage(module, { globals: [] })).toThrow('0 values for 1 mutable globals')
})
