import { describe, expect, test } from 'vitest'
import * as fixtures from '../cells/fixtures.ts'
import { product } from '../cells/pieces.ts'
import type { Fixture } from '../fixture.ts'
import { type Ask, innerCell } from './cell.ts'

const NOW = '(import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))'
const WALL = '(import "wasi:clocks/wall-clock@0.2.12" "now" (func $wall (param i32)))'
const RANDOM = '(import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))'
const ENVIRONMENT = '(import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))'
const LOG = '(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))'
const SUBSCRIBE =
  '(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $subscribe (param i64) (result i32)))'
const STORED = { 'store.get': () => ({ answer: { found: false } }) }
const start = (body: string): string => `(func $start ${body}) (start $start)`
const RENEWS = (bits: number) => `(func (export "ap_renews") (result i32) (i32.const ${bits}))`

interface Case extends Omit<Ask, 'piece'> {
  piece: Fixture
  /** How the call ends, if not with an output. */
  ends?: string
}

const KEPT: Record<string, Case> = {
  'a result': { piece: {} },
  'a failure': { piece: fixtures.FAILS, ends: 'failure' },
  'a failure of init': { piece: fixtures.FAILS_AT_INIT, ends: 'failure' },
  'a description': { piece: {}, work: 'describe' },
  'a wait for the outside': { piece: fixtures.READS, answers: STORED },
  'a start that changes memory and globals': {
    piece: {
      definitions: `(global $g (mut f64) (f64.const -0)) ${start('(i32.store (i32.const 70000) (i32.const 7)) (global.set $g (f64.const 1.5))')}`,
    },
  },
  'a start that grows memory': { piece: { definitions: start('(drop (memory.grow (i32.const 3)))') } },
  'a start that reads clocks': {
    piece: {
      imports: `${NOW} ${WALL}`,
      definitions: start('(i64.store (i32.const 70000) (call $now)) (call $wall (i32.const 70008))'),
    },
  },
  'a start that reads the environment': {
    piece: {
      also: ['wasi:cli/environment@0.2.12'],
      imports: ENVIRONMENT,
      definitions: start('(call $environment (i32.const 70000))'),
    },
    env: { GREETING: 'hello' },
  },
  'a start that draws what is renewed': {
    piece: { imports: RANDOM, definitions: `${RENEWS(1)} ${start('(i64.store (i32.const 70000) (call $random))')}` },
  },
  'numbers drawn in the call': { piece: fixtures.DRAWS },
  'a look into a table': {
    piece: {
      definitions: '(table funcref (elem $alloc)) (func $peek (result i32) (ref.is_null (table.get (i32.const 0))))',
      action: '(drop (call $peek))',
    },
  },
}

const DROPPED: Record<string, Case> = {
  'memory that grew': { piece: { action: '(drop (memory.grow (i32.const 1)))' } },
  'a handle left open': {
    piece: { imports: SUBSCRIBE, action: '(drop (call $subscribe (i64.const 1)))' },
  },
  'a handle left open by the start': {
    piece: { imports: SUBSCRIBE, definitions: start('(drop (call $subscribe (i64.const 1)))') },
  },
  'a trap': { piece: fixtures.TRAPS, ends: 'AP_TRAPPED' },
  'fuel that ran out': { piece: fixtures.LOOPS.action, limits: { fuel: 1e6 }, ends: 'AP_FUEL_EXCEEDED' },
  'a cancel': { piece: fixtures.READS, answers: STORED, cancelled: true, ends: 'AP_CANCELLED' },
  'an output too large': { piece: {}, limits: { outputBytes: 1 }, ends: 'AP_OUTPUT_TOO_LARGE' },
  'a call that wants an instance of its own': { piece: {}, fresh: true },
  'a start that draws and does not renew': {
    piece: { imports: RANDOM, definitions: start('(i64.store (i32.const 70000) (call $random))') },
  },
  'a start that draws, in a piece that says it cannot renew': {
    piece: { imports: RANDOM, definitions: `${RENEWS(0)} ${start('(i64.store (i32.const 70000) (call $random))')}` },
  },
  'a start that draws, in a piece that says what nobody knows': {
    piece: { imports: RANDOM, definitions: `${RENEWS(3)} ${start('(i64.store (i32.const 70000) (call $random))')}` },
  },
  'a start that logs': {
    piece: {
      also: ['wasi:logging/logging@0.1.0-draft'],
      imports: LOG,
      definitions: start('(call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))'),
    },
  },
  'a start that asks the store': {
    piece: {
      imports: fixtures.READS.imports!,
      definitions: start('(call $get (i32.const 0) (i32.const 70000) (i32.const 1) (i32.const 71000))'),
    },
    answers: STORED,
  },
  'a global that holds NaN': { piece: { definitions: '(global $g (mut f64) (f64.const nan:0x123))' } },
  'a global that holds a vector': { piece: { definitions: '(global $g (mut v128) (v128.const i64x2 0 0))' } },
  'a global that holds a function': { piece: { definitions: '(global $g (mut funcref) (ref.func $alloc))' } },
}

/** One instruction in a function that nobody calls is enough. */
const LASTING: Record<string, string> = {
  'table.set': '(table.set (i32.const 0) (ref.null func))',
  'table.grow': '(drop (table.grow (ref.null func) (i32.const 1)))',
  'table.fill': '(table.fill (i32.const 0) (ref.null func) (i32.const 0))',
  'table.copy': '(table.copy (i32.const 0) (i32.const 0) (i32.const 0))',
  'table.init': '(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))',
  'elem.drop': '(elem.drop $e)',
  'memory.init': '(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))',
  'data.drop': '(data.drop $d)',
}
for (const [name, code] of Object.entries(LASTING))
  DROPPED[`${name} in its code`] = {
    piece: { definitions: `(table 1 10 funcref) (elem $e func $alloc) (data $d "x") (func ${code})` },
  }

const endOf = ({ done }: Awaited<ReturnType<ReturnType<typeof innerCell>['call']>>): string =>
  done.kind === 'error' ? done.code : done.kind

describe('an instance is put back and serves the next call after', () => {
  test.each(Object.entries(KEPT))('%s', async (_name, { piece, ends = 'output', ...ask }) => {
    const cell = innerCell()
    const program = await product(piece)
    const first = await cell.call(program, ask)
    expect(endOf(first)).toBe(ends)
    const second = await cell.call(program, ask)
    expect(second.instance).toBe(first.instance)
    const third = await cell.call(program, { ...ask, fresh: true })
    expect(third.instance).not.toBe(first.instance)
    for (const one of [second, third]) {
      expect(endOf(one)).toBe(ends)
      expect(one.done.usage.fuel).toBe(first.done.usage.fuel)
      expect(one.done.usage.memoryPeakBytes).toBe(first.done.usage.memoryPeakBytes)
      expect(one.done.usage.hostCalls).toEqual(first.done.usage.hostCalls)
      expect(one.logs).toEqual(first.logs)
    }
    expect(cell.unequal).toEqual([])
  })
})

describe('an instance goes after', () => {
  test.each(Object.entries(DROPPED))('%s', async (_name, { piece, ends = 'output', ...ask }) => {
    const cell = innerCell()
    const program = await product(piece)
    const first = await cell.call(program, ask)
    expect(endOf(first)).toBe(ends)
    expect(cell.instances.count).toBe(0)
    const second = await cell.call(program, ask)
    expect(second.instance).not.toBe(first.instance)
    expect(second.done.usage.fuel).toBe(first.done.usage.fuel)
    expect(cell.unequal).toEqual([])
  })
})
