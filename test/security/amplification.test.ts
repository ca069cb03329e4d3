/** Little in, much out: what a host function may be asked for is bounded in size and in number; the host's memory stays flat. */
import type { Fixture } from '../fixture.ts'
import { type Attack, attacks } from './attack.ts'

const FIELDS = '(import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))'
const FROM_LIST = '(import "wasi:http/types@0.2.12" "[static]fields.from-list" (func $fromList (param i32 i32 i32)))'
const CLONE = '(import "wasi:http/types@0.2.12" "[method]fields.clone" (func $clone (param i32) (result i32)))'
const APPEND =
  '(import "wasi:http/types@0.2.12" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))'
const DROP = '(import "wasi:http/types@0.2.12" "[resource-drop]fields" (func $drop (param i32)))'
const RANDOM = '(import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))'
const LATER =
  '(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $later (param i64) (result i32)))'
const FORGET = '(import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $forget (param i32)))'
const POLL = '(import "wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32)))'
const LOG = '(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))'
const KEYS = '(import "ap:piece/store@0.1.0" "put" (func $put (param i32 i32 i32 i32 i32 i32)))'

const again = (body: string, times: number): string => `(local $turns i32)
  (loop $more ${body}
    (br_if $more (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const ${times}))))`
const forever = (body: string): string => `(loop $more ${body} (br $more))`
/** A memory of so many pages from the beginning. */
const wide = (imports: string, action: string, memory = '1000'): Fixture => ({ imports, action, memory })
const error = (code: string) => ({ error: { code, fault: 'piece' } })

const CASES: Record<string, Attack> = {
  'handles without end': {
    hostile: { imports: FIELDS, action: forever('(drop (call $fields))') },
    meets: error('AP_HANDLES_EXCEEDED'),
    permitted: { imports: `${FIELDS} ${DROP}`, action: again('(call $drop (call $fields))', 50_000) },
  },
  'timers by the million': {
    hostile: { imports: LATER, action: forever('(drop (call $later (i64.const 3600000000000)))') },
    meets: error('AP_HANDLES_EXCEEDED'),
    permitted: {
      imports: `${LATER} ${FORGET}`,
      action: again('(call $forget (call $later (i64.const 3600000000000)))', 20_000),
    },
  },
  '2^32 random bytes': {
    hostile: { imports: RANDOM, action: '(call $random (i64.const 4294967296) (i32.const 41000))' },
    meets: error('AP_TRAPPED'),
    permitted: { imports: RANDOM, action: '(call $random (i64.const 65536) (i32.const 41000))' },
  },
  'random bytes again and again': {
    hostile: {
      imports: RANDOM,
      action: forever('(global.set $top (i32.const 65536)) (call $random (i64.const 65536) (i32.const 41000))'),
    },
    options: { limits: { fuel: 50_000_000 } },
    meets: error('AP_FUEL_EXCEEDED'),
    permitted: { imports: RANDOM, action: again('(call $random (i64.const 100) (i32.const 41000))', 100) },
  },
  'a list of a million texts': {
    hostile: wide(`${FROM_LIST}`, '(call $fromList (i32.const 65536) (i32.const 1000000) (i32.const 41000))'),
    options: { limits: { cpuMs: 2_000 } },
    meets: { error: { code: 'AP_TRAPPED', fields: { detail: 'one call moves more than 262144 list elements' } } },
    permitted: wide(`${FROM_LIST}`, '(call $fromList (i32.const 65536) (i32.const 0) (i32.const 41000))'),
  },
  'a list that is longer than its memory': {
    hostile: wide(`${FROM_LIST}`, '(call $fromList (i32.const 65536) (i32.const 268435455) (i32.const 41000))'),
    meets: error('AP_TRAPPED'),
    permitted: wide(`${FROM_LIST}`, '(call $fromList (i32.const 131072) (i32.const 1) (i32.const 41000))'),
  },
  'a poll of a million handles': {
    hostile: wide(
      `${POLL} ${LATER}`,
      `(memory.fill (i32.const 65536) (i32.const 0) (i32.const 4000000))
       (call $poll (i32.const 65536) (i32.const 1000000) (i32.const 41000))`,
    ),
    meets: error('AP_TRAPPED'),
    permitted: wide(
      `${POLL} ${LATER}`,
      `(i32.store (i32.const 65536) (call $later (i64.const 0)))
       (call $poll (i32.const 65536) (i32.const 1) (i32.const 41000))`,
    ),
  },
  'fields that are copied again and again': {
    hostile: {
      imports: `${FIELDS} ${APPEND} ${CLONE}`,
      definitions: '(data (i32.const 40000) "x")',
      memory: '4',
      action: `(local $one i32)
        (local.set $one (call $fields))
        (call $append (local.get $one) (i32.const 40000) (i32.const 1) (i32.const 65536) (i32.const 60000) (i32.const 41000))
        ${forever('(drop (call $clone (local.get $one)))')}`,
    },
    meets: { kind: 'error' },
    permitted: {
      imports: `${FIELDS} ${APPEND} ${CLONE}`,
      definitions: '(data (i32.const 40000) "x")',
      memory: '4',
      action: `(local $one i32)
        (local.set $one (call $fields))
        (call $append (local.get $one) (i32.const 40000) (i32.const 1) (i32.const 40000) (i32.const 1) (i32.const 41000))
        (drop (call $clone (local.get $one)))`,
    },
  },
  'a log line of 60 MB, again and again': {
    hostile: wide(
      LOG,
      forever('(call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 65536) (i32.const 60000000))'),
    ),
    options: { limits: { fuel: 3_000_000_000 } },
    meets: error('AP_FUEL_EXCEEDED'),
    permitted: wide(
      LOG,
      '(call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 65536) (i32.const 60000000))',
    ),
  },
  'a key of 60 MB': {
    // What no limit allows is refused inside the cell.
    hostile: wide(
      KEYS,
      '(call $put (i32.const 0) (i32.const 65536) (i32.const 60000000) (i32.const 0) (i32.const 0) (i32.const 41000)) (if (i32.eqz (i32.load8_u (i32.const 41000))) (then unreachable))',
    ),
    options: { answers: { 'store.put': () => ({}) } },
    meets: { kind: 'output' },
    permitted: wide(
      KEYS,
      '(call $put (i32.const 0) (i32.const 65536) (i32.const 100) (i32.const 0) (i32.const 0) (i32.const 41000)) (if (i32.load8_u (i32.const 41000)) (then unreachable))',
    ),
  },
}

attacks(CASES)
