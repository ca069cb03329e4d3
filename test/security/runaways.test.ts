/** Loops and recursions without end, wherever a piece has code: the call ends inside its limit, and its neighbours go on. */
import type { Fixture } from '../fixture.ts'
import { type Attack, attacks } from './attack.ts'

const FOREVER = '(loop $forever (br $forever))'
/** The same, with an end. */
const LONG = `(local $turns i32)
  (loop $more (br_if $more (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 100000))))`

const CPU_MS = 50
/** Own CPU of a check, a slice's end and the answer. */
const GRACE_MS = 20
const byCpu = { limits: { cpuMs: CPU_MS } }
const error = (code: string) => ({ error: { code, fault: 'piece' } })

const inStart = (body: string): Fixture => ({ definitions: `(func $start ${body}) (start $start)` })
/** A function `f` that the action calls. */
const calls = (definitions: string): Fixture => ({ definitions, action: '(call $f)' })

const CASES: Record<string, Attack> = {
  'a loop in an action, by CPU': {
    hostile: { action: FOREVER },
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: { action: LONG },
  },
  'a loop in an action, by fuel': {
    hostile: { action: FOREVER },
    options: { limits: { fuel: 10_000_000 } },
    meets: error('AP_FUEL_EXCEEDED'),
    permitted: { action: LONG },
  },
  'a loop in an action, by its deadline': {
    hostile: { action: FOREVER },
    options: { wallMs: 500 },
    meets: error('AP_WALL_EXCEEDED'),
    permitted: { action: LONG },
  },
  'a loop in init': {
    hostile: { init: FOREVER },
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: { init: LONG },
  },
  'a loop in a trigger': {
    kind: 'trigger',
    hostile: { trigger: FOREVER },
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: { trigger: LONG },
  },
  'a loop in resolve': {
    kind: 'resolve',
    hostile: { resolve: FOREVER },
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: { resolve: LONG },
  },
  'a loop in describe': {
    kind: 'describe',
    hostile: { describe: FOREVER },
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: { describe: LONG },
  },
  'a loop in the start function': {
    hostile: inStart(FOREVER),
    options: { limits: { startFuel: 10_000_000 } },
    meets: error('AP_START_EXCEEDED'),
    permitted: inStart(LONG),
  },
  'a loop in the allocator': {
    hostile: { realloc: FOREVER },
    meets: error('AP_REALLOC_EXCEEDED'),
    permitted: { realloc: LONG },
  },
  'a loop in post-return': {
    hostile: { post: FOREVER },
    meets: error('AP_REALLOC_EXCEEDED'),
    permitted: { post: LONG },
  },
  'a recursion without end': {
    hostile: calls('(func $f (call $f) (nop))'),
    meets: error('AP_TRAPPED'),
    permitted: calls(
      '(global $n (mut i32) (i32.const 1000)) (func $f (global.set $n (i32.sub (global.get $n) (i32.const 1))) (if (global.get $n) (then (call $f))))',
    ),
  },
  'a recursion of functions with large frames': {
    hostile: calls(`(func $f ${'(local i64 i64 i64 i64 i64 i64 i64 i64)'.repeat(100)} (call $f) (nop))`),
    meets: error('AP_TRAPPED'),
    permitted: calls(`(func $f ${'(local i64 i64 i64 i64 i64 i64 i64 i64)'.repeat(100)} (nop))`),
  },
  'a recursion in the start function': {
    hostile: { definitions: '(func $f (call $f) (nop)) (start $f)' },
    meets: error('AP_TRAPPED'),
    permitted: { definitions: '(func $f (nop)) (start $f)' },
  },
  'a tail call to itself': {
    hostile: calls('(func $f (return_call $f))'),
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: calls('(func $g) (func $f (return_call $g))'),
  },
  'a loop that catches whatever is thrown': {
    hostile: calls(
      '(tag $e) (func $g (throw $e)) (func $f (loop $l (block $h (try_table (catch_all $h) (call $g))) (br $l)))',
    ),
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: calls('(tag $e) (func $g (throw $e)) (func $f (block $h (try_table (catch_all $h) (call $g))))'),
  },
  'copies of a megabyte, again and again': {
    hostile: {
      memory: '32',
      action: '(loop $l (memory.copy (i32.const 1048576) (i32.const 0) (i32.const 1048576)) (br $l))',
    },
    options: byCpu,
    meets: error('AP_CPU_EXCEEDED'),
    cpuMsBelow: CPU_MS + GRACE_MS,
    permitted: {
      memory: '40',
      definitions: '(func $f (memory.copy (i32.const 1500000) (i32.const 1048576) (i32.const 400000)))',
      action: '(call $f)',
    },
  },
}

attacks(CASES)
