import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { immediate, ok } from '../host/call.ts'
import { parseComponent } from './component.ts'
import { fromText, instanceOf, programOf, started } from './testing.ts'

const KEYS = immediate(() => ok(['a', 'b']))
const USES_STORE = {
  imports: '(import "ap:piece/store@0.1.0" "keys" (func $keys (param i32 i32 i32 i32 i32 i32 i32)))',
  // The number of keys, as a digit.
  action: `(call $keys (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 512))
    (i32.store8 (i32.const 600) (i32.add (i32.const 48) (i32.load (i32.const 524))))
    (return (call $ok (i32.const 600) (i32.const 1)))`,
}

test('stubs that lead to the host are not instantiated', async () => {
  const bytes = await pieceComponent(USES_STORE)
  expect(parseComponent(bytes).steps).toHaveLength(3)
  const program = programOf(bytes, { 'ap:piece/store': { keys: KEYS } })
  expect(program.steps).toHaveLength(1)
  const instance = instanceOf(program)
  await instance.start()
  const result = (await instance.invoke('action', ['echo', new Uint8Array(0)])) as { val: Uint8Array }
  expect(String.fromCharCode(...result.val)).toBe('2')
})

test('the module that calls pays, though a table stands between', async () => {
  const instance = instanceOf(
    programOf(
      await pieceComponent({
        ...USES_STORE,
        action: `(loop $l (call $keys (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 512)) (br $l))`,
      }),
      { 'ap:piece/store': { keys: KEYS } },
    ),
    { limits: { fuel: 3e6 } },
  )
  await instance.start()
  await expect(instance.invoke('action', ['echo', new Uint8Array(0)])).rejects.toMatchObject({
    code: 'AP_FUEL_EXCEEDED',
  })
  expect(instance.usage.hostCalls['ap:piece/store#keys']).toBeLessThan(3_100)
})

test('stubs that lead to an adapter are kept', async () => {
  const core = await parse(`(module
    (import "old" "two" (func $two (result i32)))
    (memory (export "memory") 1)
    (func (export "run") (result i32) (call $two)))`)
  const adapter = await parse(`(module
    (import "env" "memory" (memory 0))
    (func (export "two") (result i32) (i32.add (memory.size) (i32.const 1))))`)
  const embedded = await componentEmbed({
    binary: core,
    witSource: 'package a:b; world w { export run: func() -> u32; }',
    world: 'w',
  } as never)
  const bytes = await componentNew(embedded, [['old', adapter]])
  const instance = instanceOf(programOf(bytes))
  await instance.start()
  expect(await instance.invoke('$root#run', [])).toBe(2)
})

test('a module of that shape that is none is instantiated', async () => {
  const instance = await started(`(component
    (core module $stub (table (export "$imports") 1 1 funcref) (func (export "0") (result i32) (i32.const 7)))
    (core instance $stub (instantiate $stub))
    (core module $m (import "s" "0" (func $f (result i32))) (func (export "run") (result i32) (call $f)))
    (core instance $m (instantiate $m (with "s" (instance $stub))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))`)
  expect(await instance.invoke('$root#run', [])).toBe(7)
})

test('a component without anything starts', async () => {
  const instance = instanceOf(programOf(await fromText('(component)')))
  await instance.start()
  expect(instance.idle).toBe(true)
})

test.each([
  ['a parameter that is too narrow', '(param i32) (result i32)', '(call $f (i32.const 7))'],
  ['a parameter of another kind', '(param f64) (result i32)', '(call $f (f64.const 7.5))'],
  ['no parameter', '(result i32)', '(call $f)'],
  ['a result that is too wide', '(param i64) (result i64)', '(i32.wrap_i64 (call $f (i64.const 7)))'],
])('a stub with %s is a fault of the piece, not of the host', async (_name, signature, call) => {
  const wat = `(component
    (import "test:host/x" (instance $x (export "n" (func (param "a" u64) (result u32)))))
    (core module $stubs (table (export "$imports") 1 1 funcref) (type $t (func ${signature}))
      (func (export "0") ${signature} ${signature.includes('param') ? '(local.get 0)' : ''}
        (call_indirect (type $t) (i32.const 0))))
    (core module $main (import "h" "0" (func $f ${signature})) (func (export "run") (result i32) ${call}))
    (core module $fill (import "" "$imports" (table 1 1 funcref)) (import "" "0" (func $f (param i64) (result i32)))
      (elem (i32.const 0) func $f))
    (core instance $s (instantiate $stubs))
    (core instance $m (instantiate $main (with "h" (instance $s))))
    (core func $n (canon lower (func $x "n")))
    (core instance (instantiate $fill
      (with "" (instance (export "$imports" (table $s "$imports")) (export "0" (func $n))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))`
  const instance = await started(wat, { 'test:host/x': { n: immediate((_call, a: bigint) => Number(a)) } })
  await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code: 'AP_TRAPPED', fault: 'piece' })
})
