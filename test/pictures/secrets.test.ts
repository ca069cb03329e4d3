import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import * as fixtures from '../cells/fixtures.ts'
import { product } from '../cells/pieces.ts'
import type { Fixture } from '../fixture.ts'
import { innerCell } from './cell.ts'
import { holds } from './state.ts'

const token = (): string => randomBytes(24).toString('hex')

test('nothing of a call is in the memories of an instance that was put back', async () => {
  const cell = innerCell()
  const program = await product(fixtures.READS)
  const [input, config, stored] = [token(), token(), token()]
  const { instance } = await cell.call(program, {
    input: JSON.stringify({ input }),
    config: JSON.stringify({ config }),
    answers: { 'store.get': () => ({ answer: { found: true }, bytes: Buffer.from(stored) }) },
    atEnd: (instance) => {
      for (const one of [input, config, stored]) expect(holds(instance, one)).toBe(true)
    },
  })
  expect(cell.instances.count).toBe(1)
  for (const one of [input, config, stored]) expect(holds(instance, one)).toBe(false)
})

/** Each hides the call's input where the next call would look for it. */
const STASHES: Record<string, Fixture> = {
  'a global': {
    definitions: '(global $stash (mut i64) (i64.const 0))',
    action: `(i64.store (i32.const 41000) (global.get $stash))
      (global.set $stash (i64.load (local.get $input))) (return (call $ok (i32.const 41000) (i32.const 8)))`,
  },
  'memory that a fresh instance never touches': {
    memory: '20',
    action: `(i64.store (i32.const 41000) (i64.load (i32.const 1300000)))
      (i64.store (i32.const 1300000) (i64.load (local.get $input))) (return (call $ok (i32.const 41000) (i32.const 8)))`,
  },
  'memory that it grew': {
    action: `(if (i32.gt_u (memory.size) (i32.const 2))
        (then (i64.store (i32.const 41000) (i64.load (i32.const 131072))))
        (else (drop (memory.grow (i32.const 1)))))
      (i64.store (i32.const 131072) (i64.load (local.get $input))) (return (call $ok (i32.const 41000) (i32.const 8)))`,
  },
  'a table': {
    definitions: `(table $t 4 funcref) (func $f) (elem declare func $f)`,
    action: `(local $i i32)
      (block $found (loop $next
        (br_if $found (i32.eqz (ref.is_null (table.get $t (local.get $i)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $next (i32.lt_u (local.get $i) (i32.const 4)))
        (local.set $i (i32.const 0)) (table.set $t (i32.const 3) (ref.func $f))))
      (i64.store (i32.const 41000) (i64.extend_i32_u (local.get $i))) (return (call $ok (i32.const 41000) (i32.const 8)))`,
  },
  'a segment': {
    definitions: '(data $d "\\01")',
    action: `(memory.init $d (i32.const 41000) (i32.const 0) (i32.const 1)) (data.drop $d)
      (i64.store (i32.const 41001) (i64.const 0)) (return (call $ok (i32.const 41000) (i32.const 8)))`,
  },
  'the numbers of handles': {
    imports:
      '(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $subscribe (param i64) (result i32)))',
    action: `(i64.store (i32.const 41000) (i64.extend_i32_u (call $subscribe (i64.const 1))))
      (return (call $ok (i32.const 41000) (i32.const 8)))`,
  },
}

test.each(Object.entries(STASHES))('a call finds nothing in %s', async (_name, fixture) => {
  const cell = innerCell()
  const program = await product(fixture)
  const first = await cell.call(program, { input: '"secret1"', fresh: true })
  expect(first.done.kind).toBe('output')
  for (const input of ['"secret1"', '"secret2"', '"secret3"']) {
    const { done, output } = await cell.call(program, { input })
    expect(done.kind).toBe('output')
    expect(output).toBe(first.output)
  }
})

test('two tenants never share an instance, nor do calls with another environment where the start reads it', async () => {
  const cell = innerCell()
  const plain = await product()
  const reads = await product({
    also: ['wasi:cli/environment@0.2.12'],
    imports: '(import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))',
    definitions: '(func $start (call $environment (i32.const 70000))) (start $start)',
  })
  const had = new Map<Instance, string>()
  const tenants = ['one', 'two', 'three']
  for (const tenant of [...tenants, ...tenants, ...tenants])
    for (const [program, env] of [
      [plain, {}],
      [reads, { A: '1' }],
      [reads, { A: '2' }],
    ] as const) {
      const { instance } = await cell.call(program, { tenant, env })
      const whose = `${tenant} ${program.key} ${JSON.stringify(env)}`
      expect(had.get(instance) ?? whose).toBe(whose)
      had.set(instance, whose)
    }
  expect(had.size).toBe(9)
})

const ANSWER_16 = '(return (call $ok (i32.const 71000) (i32.const 16)))'
const SEEDED: Fixture = {
  imports: '(import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))',
  action: `(i64.store (i32.const 71000) (global.get $seed)) (i64.store (i32.const 71008) (call $random)) ${ANSWER_16}`,
}
const start = '(func $start (global.set $seed (call $random))) (start $start) (global $seed (mut i64) (i64.const 0))'
const renews = (bits: number): string => `(func (export "ap_renews") (result i32) (i32.const ${bits}))`

test.each([
  ['renews nothing', { ...SEEDED, definitions: start }],
  ['cannot renew', { ...SEEDED, definitions: `${start} ${renews(0)}` }],
  ['renews', { ...SEEDED, definitions: `${start} ${renews(1)}`, init: '(global.set $seed (call $random))' }],
  [
    'renews, and draws in init only',
    { ...SEEDED, definitions: '(global $seed (mut i64) (i64.const 0))', init: '(global.set $seed (call $random))' },
  ],
])(
  'random numbers differ between calls, and repeat where the call is fixed: a piece that %s',
  async (_name, fixture) => {
    const cell = innerCell()
    const program = await product(fixture)
    const halves: string[] = []
    const read = ({ output }: { output: string }) => halves.push(output.slice(0, 8), output.slice(8))
    for (let i = 0; i < 4; i++) read(await cell.call(program))
    expect(new Set(halves).size).toBe(8)
    const fixed = { clockStart: 0, seed: 'ab'.repeat(32) }
    const repeated = [await cell.call(program, { fixed }), await cell.call(program, { fixed, fresh: true })]
    expect(repeated[0]!.output).toBe(repeated[1]!.output)
    expect((await innerCell().call(program, { fixed })).output).toBe(repeated[0]!.output)
  },
)

test('a start sees the same moment everywhere; the clock of its call goes on from there, and is right', async () => {
  const cell = innerCell()
  const program = await product({
    imports: `${fixtures.SLEEPS.imports}
      (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))
      (import "wasi:clocks/wall-clock@0.2.12" "now" (func $wall (param i32)))`,
    definitions: `(func $start (local $p i32)
      (call $wall (i32.const 70000)) (i64.store (i32.const 70016) (call $now))
      (call $block (local.tee $p (call $subscribe (i64.const 5000000000)))) (call $drop (local.get $p))
      (i64.store (i32.const 70024) (call $now))) (start $start)`,
    action: `(call $wall (i32.const 70032)) (i64.store (i32.const 70048) (call $now))
      (return (call $ok (i32.const 70000) (i32.const 56)))`,
  })
  for (let i = 0; i < 3; i++) {
    let seen = new BigInt64Array()
    const before = Date.now()
    const { done } = await cell.call(program, {
      atEnd: (instance) => {
        seen = new BigInt64Array(instance.memories[0]!.buffer.slice(70000, 70056))
      },
    })
    expect(done.kind).toBe('output')
    const [wall, , began, slept, callWall, , call] = [...seen].map(Number)
    expect(new Date(wall! * 1000).toISOString()).toBe('2000-01-01T00:00:00.000Z')
    expect([began, slept]).toEqual([0, 5e9])
    expect(call).toBeGreaterThanOrEqual(5e9)
    expect(callWall).toBeGreaterThanOrEqual(Math.floor(before / 1000))
  }
  expect(cell.instances.count).toBe(1)
})
