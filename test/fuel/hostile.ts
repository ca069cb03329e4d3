/**
 * @module hostile: what a module may not be, each with its nearest permitted twin. A text or the bytes that it stands for;
 * sizes are exactly one over what is allowed, and exactly what is allowed.
 */
import { CAPS } from '../../packages/executor/src/rewrite/caps.ts'

/** (func (try (do) (catch_all))): the assembler has forgotten these words. */
export const LEGACY_TRY = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 0x40, 0x19, 11, 11,
])

export interface Hostile {
  /** Refused families of rewrite/opcodes.ts that it is about. */
  families?: readonly string[]
  refused: string | Uint8Array
  reason: RegExp
  permitted: string
}

const PAGES = 1024

const repeat = (count: number, piece: string | ((i: number) => string)): string =>
  Array.from({ length: count }, (_, i) => (typeof piece === 'string' ? piece : piece(i))).join('')

const body = (bytes: number): string => `(func ${repeat(bytes - 2, 'nop ')})`
const nested = (depth: number): string => `(func ${repeat(depth - 1, '(block ')}${repeat(depth - 1, ')')})`
/** `blocks` counts the function itself. */
const crowded = (locals: number, blocks: number): string =>
  `(func (local ${repeat(locals, 'i32 ')}) ${repeat(blocks - 1, '(block)')})`
const carrying = (values: number, branches: number): string =>
  `(func (result ${repeat(values, 'i32 ')}) ${repeat(values, '(i32.const 0)')} ${repeat(branches, '(br_if 0 (i32.const 0))')})`
/** Where every two bytes are a region, whose end wants the counter in its global. */
const outgrown = (bytes: number): string =>
  `(func (param funcref) (local ${repeat(200, 'i32 ')}) (block $h (try_table (catch_all $h)) (local.get 0) ${repeat(bytes / 2, 'br_on_null $h ')} drop))`
const globals = (count: number): string => repeat(count, '(global (mut i32) (i32.const 0))')

export const HOSTILE: Readonly<Record<string, Hostile>> = {
  'a 64-bit memory': {
    refused: '(memory i64 1)',
    reason: /memory 0 is indexed by 64 bits/,
    permitted: '(memory 1)',
  },
  'an imported 64-bit memory': {
    refused: '(import "a" "m" (memory i64 1))',
    reason: /memory 0 is indexed by 64 bits/,
    permitted: '(import "a" "m" (memory 1))',
  },
  'a 64-bit table': {
    refused: '(table i64 1 funcref)',
    reason: /table 0 is indexed by 64 bits/,
    permitted: '(table 1 funcref)',
  },
  'a shared memory': {
    refused: '(memory 1 2 shared)',
    reason: /memory 0 is shared between threads/,
    permitted: '(memory 1 2)',
  },
  'an imported shared memory': {
    refused: '(import "a" "m" (memory 1 2 shared))',
    reason: /memory 0 is shared between threads/,
    permitted: '(import "a" "m" (memory 1 2))',
  },
  'pages of another size': {
    refused: '(memory 1 (pagesize 1))',
    reason: /memory 0 has pages of a size of its own/,
    permitted: '(memory 1)',
  },
  'two memories': {
    refused: '(memory 1) (memory 1)',
    reason: /the module has 2 memories; at most 1 is allowed/,
    permitted: '(memory 1)',
  },
  'a memory beside an imported one': {
    refused: '(import "a" "m" (memory 1)) (memory 1)',
    reason: /the module has 2 memories; at most 1 is allowed/,
    permitted: '(import "a" "m" (memory 1))',
  },
  'a memory that begins above memoryBytes': {
    refused: `(memory ${PAGES + 1})`,
    reason: /memory 0 begins with 1025 pages \(67,174,400 bytes\); memoryBytes is 67,108,864/,
    permitted: `(memory ${PAGES})`,
  },
  'a table that begins too large': {
    refused: `(table ${CAPS.tableEntries + 1} funcref)`,
    reason: /table 0 begins with 100,001 entries; at most 100,000 are allowed/,
    permitted: `(table ${CAPS.tableEntries} funcref)`,
  },
  'too many tables': {
    refused: repeat(CAPS.tables + 1, '(table 1 funcref)'),
    reason: /the module has 17 tables; at most 16 are allowed/,
    permitted: repeat(CAPS.tables, '(table 1 funcref)'),
  },
  'an atomic instruction': {
    families: ['atomic'],
    refused: '(memory 1) (func (result i32) (i32.atomic.load (i32.const 0)))',
    reason: /function 0 has instruction 0xfe 0x10 at byte \d+: threads and atomics/,
    permitted: '(memory 1) (func (result i32) (i32.load (i32.const 0)))',
  },
  'a struct type': {
    refused: '(type (struct (field i32)))',
    reason: /type 0 has the form 0x5f: garbage-collected objects escape/,
    permitted: '(type (func (param i32)))',
  },
  'an array type': {
    refused: '(type (func)) (type (array i8))',
    reason: /type 1 has the form 0x5e: garbage-collected/,
    permitted: '(type (func))',
  },
  'a recursive group of types': {
    refused: '(rec (type (func)) (type (func)))',
    reason: /type 0 has the form 0x4e: garbage-collected/,
    permitted: '(type (func)) (type (func))',
  },
  'a small integer reference': {
    families: ['gc'],
    refused: '(func (result i32) (i31.get_s (ref.i31 (i32.const 1))))',
    reason: /function 0 has instruction 0xfb 0x1c at byte \d+: garbage-collected/,
    permitted: '(func (result i32) (i32.const 1))',
  },
  'a comparison of references': {
    families: ['gc', 'ref.eq'],
    refused: '(func (result i32) (ref.eq (ref.null eq) (ref.null eq)))',
    reason: /type 0x6d at byte \d+: garbage-collected/,
    permitted: '(func (result i32) (ref.is_null (ref.null func)))',
  },
  'a parameter of a collected type': {
    refused: '(func (param anyref))',
    reason: /type 0x6e at byte \d+: garbage-collected/,
    permitted: '(func (param externref))',
  },
  'a local of a collected type': {
    refused: '(func (local (ref null struct)))',
    reason: /type 0x6b at byte \d+: garbage-collected/,
    permitted: '(func (local (ref null extern)))',
  },
  'a table of a collected type': {
    refused: '(table 1 i31ref)',
    reason: /type 0x6c at byte \d+: garbage-collected/,
    permitted: '(table 1 externref)',
  },
  'a collected global': {
    refused: '(global anyref (ref.i31 (i32.const 1)))',
    reason: /garbage-collected/,
    permitted: '(global externref (ref.null extern))',
  },
  'the first draft of exceptions': {
    families: ['try, catch', 'delegate, catch_all', 'rethrow'],
    refused: LEGACY_TRY,
    reason: /function 0 has instruction 0x06 at byte \d+: the first draft of exception handling/,
    permitted: '(func (block $h (try_table (catch_all $h))))',
  },
  'stack switching': {
    families: ['stack switching'],
    refused:
      '(type $f (func)) (type $c (cont $f)) (elem declare func $g) (func $g) (func (drop (cont.new $c (ref.func $g))))',
    reason: /type 1 has the form 0x5d: stack switching is not supported/,
    permitted: '(type $f (func)) (elem declare func $g) (func $g) (func (drop (ref.func $g)))',
  },
  'an export that names the counter': {
    refused: '(global (export "@fuel:left") (mut i32) (i32.const 9))',
    reason: /the export "@fuel:left" has a name that is reserved/,
    permitted: '(global (export "fuel:left") (mut i32) (i32.const 9))',
  },
  'an export that names state': {
    refused: '(memory (export "@memory:0") 1)',
    reason: /the export "@memory:0" has a name that is reserved/,
    permitted: '(memory (export "@memory") 1)',
  },
  'an import that names the counter of another module': {
    refused: '(import "main" "@fuel:left" (global (mut i32)))',
    reason: /the import "main" "@fuel:left" has a name that is reserved/,
    permitted: '(import "main" "left" (global (mut i32)))',
  },
  'a body that is too long': {
    refused: body(CAPS.bodyBytes + 1),
    reason: /function 0 has 1,048,577 bytes of code; at most 1,048,576 are allowed/,
    permitted: body(CAPS.bodyBytes),
  },
  'too many functions': {
    refused: repeat(CAPS.functions + 1, '(func)'),
    reason: /the module defines 100,001 functions; at most 100,000 are allowed/,
    permitted: repeat(CAPS.functions, '(func)'),
  },
  'too many types': {
    refused: repeat(CAPS.types + 1, '(type (func))'),
    reason: /the module defines 10,001 types; at most 10,000 are allowed/,
    permitted: repeat(CAPS.types, '(type (func))'),
  },
  'blocks too deep': {
    refused: nested(CAPS.nesting + 1),
    reason: /function 0 has 1,001 blocks within each other; at most 1,000 are allowed/,
    permitted: nested(CAPS.nesting),
  },
  'more locals than the meter leaves room for': {
    refused: crowded(CAPS.locals + 1, 1),
    reason: /function 0 has 49,992 locals; at most 49,991 are allowed/,
    permitted: crowded(CAPS.locals, 1),
  },
  'too many locals for so many blocks': {
    refused: crowded(10_000, 301),
    reason: /function 0 has 3,010,000 locals × blocks; at most 3,000,000 are allowed/,
    permitted: crowded(10_000, 300),
  },
  'branches that carry too much': {
    refused: carrying(200, 1_501),
    reason: /function 0 has 300,200 values carried by branches and calls; at most 300,000 are allowed/,
    permitted: carrying(200, 1_500),
  },
  'calls that carry too much': {
    refused: `(func $g (param ${repeat(200, 'i32 ')}) unreachable) (func (param i32) unreachable ${repeat(1_501, '(call $g)')})`,
    reason: /function 1 has 300,200 values carried by branches and calls/,
    permitted: `(func $g (param ${repeat(200, 'i32 ')}) unreachable) (func (param i32) unreachable ${repeat(1_500, '(call $g)')})`,
  },
  'too many parameters': {
    refused: `(type (func (param ${repeat(CAPS.typeValues + 1, 'i32 ')})))`,
    reason: /type 0 has 201 parameters; at most 200 are allowed/,
    permitted: `(type (func (param ${repeat(CAPS.typeValues, 'i32 ')})))`,
  },
  'too many results': {
    refused: `(type (func (result ${repeat(CAPS.typeValues + 1, 'i32 ')})))`,
    reason: /type 0 has 201 results; at most 200 are allowed/,
    permitted: `(type (func (result ${repeat(CAPS.typeValues, 'i32 ')})))`,
  },
  'tables of branches that are too long': {
    refused: `(func (br_table ${repeat(CAPS.targets + 1, '0 ')}(i32.const 0)))`,
    reason: /function 0 has 50,001 targets of br_table; at most 50,000 are allowed/,
    permitted: `(func (br_table ${repeat(CAPS.targets, '0 ')}(i32.const 0)))`,
  },
  'too many calls in a function': {
    refused: `(func $g) (func ${repeat(CAPS.calls + 1, '(call $g)')})`,
    reason: /function 1 has 20,001 calls; at most 20,000 are allowed/,
    permitted: `(func $g) (func ${repeat(CAPS.calls, '(call $g)')})`,
  },
  'too many loops in a function': {
    refused: `(func ${repeat(CAPS.checks + 1, '(loop)')})`,
    reason: /function 0 has 4,001 places where fuel is checked; at most 4,000 are allowed/,
    permitted: `(func ${repeat(CAPS.checks, '(loop)')})`,
  },
  'too many calls that leave the module': {
    refused: `(import "a" "f" (func $f)) (func ${repeat(CAPS.checks + 1, '(call $f)')})`,
    reason: /function 1 has 4,001 places where fuel is checked/,
    permitted: `(import "a" "f" (func $f)) (func ${repeat(CAPS.checks, '(call $f)')})`,
  },
  'a body that its meter makes too long': {
    refused: outgrown(CAPS.bodyBytes - 300),
    reason: /function 0 has [\d,]+ bytes of code when metered; at most 7,654,321 are allowed/,
    permitted: outgrown(CAPS.bodyBytes / 2),
  },
  'too many mutable globals': {
    refused: globals(CAPS.mutableGlobals + 1),
    reason: /the module defines 10,001 mutable globals; at most 10,000 are allowed/,
    permitted: globals(CAPS.mutableGlobals),
  },
}

export const MEMORY_BYTES = PAGES * 65_536
