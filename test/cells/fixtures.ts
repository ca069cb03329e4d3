/** @module fixtures: pieces in text that misbehave, or wait, in one way each. */
import type { Fixture } from '../fixture.ts'

const KEY = '(data (i32.const 40000) "key")'
const FOREVER = '(loop $forever (br $forever))'
/** Answers with the 8 bytes at 41000. */
const ANSWER_8 = '(return (call $ok (i32.const 41000) (i32.const 8)))'

/** Asks the store and waits; then an echo. Nothing outside has changed. */
export const READS: Fixture = {
  imports: '(import "ap:piece/store@0.1.0" "get" (func $get (param i32 i32 i32 i32)))',
  definitions: KEY,
  action: '(call $get (i32.const 0) (i32.const 40000) (i32.const 3) (i32.const 41000))',
}
/** Changes the store and waits; then an echo. */
export const WRITES: Fixture = {
  imports: '(import "ap:piece/store@0.1.0" "put" (func $put (param i32 i32 i32 i32 i32 i32)))',
  definitions: KEY,
  action: '(call $put (i32.const 0) (i32.const 40000) (i32.const 3) (i32.const 40000) (i32.const 3) (i32.const 41000))',
}
export const FAILS: Fixture = {
  definitions: '(data (i32.const 40000) "not_found")',
  action: '(return (call $fail (i32.const 40000) (i32.const 9)))',
}
export const FAILS_AT_INIT: Fixture = {
  definitions: '(data (i32.const 40000) "bad_config")',
  init: '(return (call $fail (i32.const 40000) (i32.const 10)))',
}
/** The failure has a detail that is no JSON, and a moment to try again. */
export const FAILS_WITH = (detail: string): Fixture => ({
  definitions: `(data (i32.const 40000) "busy") (data (i32.const 40100) "${detail.replaceAll('"', '\\22')}")`,
  action: `(drop (call $fail (i32.const 40000) (i32.const 4)))
    (i32.store8 (i32.const 40) (i32.const 1)) (i64.store (i32.const 48) (i64.const 1500))
    (i32.store8 (i32.const 56) (i32.const 1)) (i32.store (i32.const 60) (i32.const 40100))
    (i32.store (i32.const 64) (i32.const ${detail.length}))
    (return (i32.const 16))`,
})
export const TRAPS: Fixture = { action: 'unreachable' }
/** Traps below functions whose names are a megabyte each. */
export const TRAPS_BELOW_NAMES: Fixture = (() => {
  const name = (i: number) => `$${'n'.repeat(1_000_000)}${i}`
  const calls = Array.from({ length: 8 }, (_, i) => `(func ${name(i + 1)} (call ${name(i)}) (nop))`)
  return { definitions: `(func ${name(0)} unreachable) ${calls.join('\n')}`, action: `(call ${name(8)})` }
})()
export const RECURSES: Fixture = { definitions: '(func $deep (call $deep))', action: '(call $deep)' }
export const EXITS: Fixture = {
  also: ['wasi:cli/exit@0.2.12'],
  imports: '(import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))',
  action: '(call $exit (i32.const 1))',
}

export const LOOPS = {
  action: { action: FOREVER },
  init: { init: FOREVER },
  start: { definitions: `(func $start ${FOREVER}) (start $start)` },
  realloc: { realloc: FOREVER },
  post: { post: FOREVER },
} satisfies Record<string, Fixture>

/** Grows until it is refused; answers with its pages. */
export const GROWS: Fixture = {
  action: `(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (i32.store (i32.const 41000) (memory.size)) ${ANSWER_8}`,
}
/** Grows by so many pages, then waits in the store. */
export const HOLDS = (pages: number): Fixture => ({
  ...READS,
  action: `(drop (memory.grow (i32.const ${pages}))) ${READS.action}`,
})
/** One operation that no check can interrupt. */
export const BLOCKS: Fixture = {
  action: `(drop (memory.grow (i32.const 8000)))
    (memory.fill (i32.const 131072) (i32.const 1) (i32.const 520000000))`,
}
/** As BLOCKS, after it has changed the store. */
export const WRITES_THEN_READS: Fixture = {
  imports: `${WRITES.imports} ${READS.imports}`,
  definitions: KEY,
  action: `${WRITES.action} ${READS.action}`,
}
export const READS_THEN_LOOPS: Fixture = { ...READS, action: `${READS.action} ${FOREVER}` }
export const DRAWS: Fixture = {
  imports: `(import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))`,
  action: `(i64.store (i32.const 41000) (call $random)) ${ANSWER_8}`,
}
/** Sleeps an hour by its clock; answers with the nanoseconds that passed. */
export const SLEEPS: Fixture = {
  imports: `(import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))
    (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $subscribe (param i64) (result i32)))
    (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))`,
  definitions: '(global $began (mut i64) (i64.const 0))',
  action: `(global.set $began (call $now))
    (call $block (call $subscribe (i64.const 3600000000000)))
    (i64.store (i32.const 41000) (i64.sub (call $now) (global.get $began))) ${ANSWER_8}`,
}
/** Prints a line to stderr, then traps. */
export const COMPLAINS: Fixture = {
  also: ['wasi:cli/stderr@0.2.12'],
  imports: `(import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))
    (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))`,
  definitions: '(data (i32.const 40000) "panicked at main.rs:7\\0a")',
  action: `(call $write (call $stderr) (i32.const 40000) (i32.const 22) (i32.const 41000)) unreachable`,
}
