import { describe, expect, test } from 'vitest'
import * as fixtures from '../cells/fixtures.ts'
import { product } from '../cells/pieces.ts'
import type { Fixture } from '../fixture.ts'
import type { Ask } from './cell.ts'
import { compare } from './equal.ts'

const encoded = (value: number) => ({ answer: { found: true }, bytes: new Uint8Array(1_000).fill(value) })
const ECHOES: Record<string, Ask> = {
  small: { input: '{"a":1}' },
  large: { input: JSON.stringify('x'.repeat(30_000)) },
  trigger: { work: 'trigger', hook: 'run', input: '[]' },
  description: { work: 'describe' },
}

/** Counts its calls in a global, in memory of its data and far behind it. */
const COUNTS: Fixture = {
  definitions: `(global $calls (mut i64) (i64.const 0)) (data (i32.const 50000) "\\05")`,
  memory: '4',
  action: `(global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (i32.store8 (i32.const 50000) (i32.add (i32.load8_u (i32.const 50000)) (i32.const 1)))
    (i32.store8 (i32.const 200000) (i32.add (i32.load8_u (i32.const 200000)) (i32.const 1)))
    (i64.store (i32.const 41000) (global.get $calls))
    (i32.store8 (i32.const 41001) (i32.load8_u (i32.const 50000)))
    (i32.store8 (i32.const 41002) (i32.load8_u (i32.const 200000)))
    (return (call $ok (i32.const 41000) (i32.const 8)))`,
}
/** Opens handles and drops them in another order: the numbers of the next ones depend on it. */
const SHUFFLES: Fixture = {
  imports: `(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $subscribe (param i64) (result i32)))
    (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))`,
  action: `(local $a i32) (local $b i32) (local $c i32)
    (local.set $a (call $subscribe (i64.const 1))) (local.set $b (call $subscribe (i64.const 2)))
    (local.set $c (call $subscribe (i64.const 3)))
    (i32.store (i32.const 41000) (local.get $a)) (i32.store (i32.const 41004) (local.get $b))
    (if (i32.gt_u (local.get $inputLen) (i32.const 10))
      (then (call $drop (local.get $a)) (call $drop (local.get $c)) (call $drop (local.get $b)))
      (else (call $drop (local.get $b)) (call $drop (local.get $a)) (call $drop (local.get $c))))
    (return (call $ok (i32.const 41000) (i32.const 8)))`,
}
/** More than a refill of fuel at its start, so that the meter is somewhere in a grant. */
const WORKS_AT_START: Fixture = {
  definitions: `(func $start (local $n i32) (local.set $n (i32.const 123457))
    (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))) (start $start)`,
}

const PIECES: Record<string, { piece: Fixture; calls?: Record<string, Ask> }> = {
  'an echo': { piece: {} },
  'one that counts its calls': { piece: COUNTS },
  'one that shuffles its handles': { piece: SHUFFLES },
  'one that works at its start': { piece: WORKS_AT_START },
  'one that draws': { piece: fixtures.DRAWS },
  'one that sleeps': {
    piece: {
      imports: `${fixtures.SLEEPS.imports} (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))`,
      definitions: '(global $sleeping (mut i32) (i32.const 0))',
      action: `(global.set $sleeping (call $subscribe (i64.const 3600000000000)))
        (call $block (global.get $sleeping)) (call $drop (global.get $sleeping))
        (i64.store (i32.const 41000) (call $now)) (return (call $ok (i32.const 41000) (i32.const 8)))`,
    },
    calls: { slept: { fixed: { clockStart: 0, seed: '00'.repeat(32) } } },
  },
  'one that reads the store': {
    piece: fixtures.READS,
    calls: {
      seven: { answers: { 'store.get': () => encoded(7) } },
      nine: { answers: { 'store.get': () => encoded(9) } },
      nothing: { answers: { 'store.get': () => ({ answer: { found: false } }) } },
    },
  },
  'one that fails': { piece: fixtures.FAILS_WITH('{"why":"because"}') },
}

describe('a call in an instance that was put back is, byte for byte, the call in one that nobody used', () => {
  test.each(Object.entries(PIECES))('%s', async (_name, { piece, calls = ECHOES }) => {
    const { problems, compared } = await compare(await product(piece), calls)
    expect(problems).toEqual([])
    expect(compared).toBeGreaterThan(0)
  })
})
