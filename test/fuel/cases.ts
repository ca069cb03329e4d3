/**
 * @module cases: one small function a family of instructions, with what it must answer and what it must cost: 1 for the
 * call, 1 an instruction, 0 for nop, drop, unreachable, return and the words that only hold blocks together, 1 a byte or
 * a table entry of bulk work.
 */

export interface Case {
  /** Families of rewrite/opcodes.ts that it is about. */
  families: readonly string[]
  /** Fields of a module that exports `f`. */
  wat: string
  args?: readonly (number | bigint)[]
  /** What it answers; or the trap. */
  result?: unknown
  trap?: RegExp
  fuel?: number
}

const one = '(type $one (func (param i32) (result i32)))'
const double = `${one} (func $double (type $one) (i32.mul (local.get 0) (i32.const 2)))`

export const CASES: Readonly<Record<string, Case>> = {
  'an empty function costs its call': { families: ['end'], wat: '(func (export "f"))', fuel: 1 },
  'nop and drop are free': {
    families: ['nop', 'drop', 'i32.const, i64.const'],
    wat: '(func (export "f") nop nop (drop (i32.const 1)) (drop (i64.const -1)))',
    fuel: 3,
  },
  'constants of every width': {
    families: ['f32.const', 'f64.const'],
    wat: '(func (export "f") (result f64) (f64.add (f64.const 0.5) (f64.promote_f32 (f32.const 1.25))))',
    result: 1.75,
    fuel: 5,
  },
  unreachable: { families: ['unreachable'], wat: '(func (export "f") unreachable)', trap: /unreachable/ },
  'a block is free': {
    families: ['block'],
    wat: '(func (export "f") (param i32) (result i32) (block (result i32) (block (result i32) (local.get 0))))',
    args: [9],
    result: 9,
    fuel: 2,
  },
  'locals and globals': {
    families: ['local, global: get, set, tee; table.get'],
    wat: '(global $g (mut i32) (i32.const 4)) (func (export "f") (result i32) (local i32) (global.set $g (local.tee 0 (i32.add (global.get $g) (i32.const 1)))) (local.set 0 (i32.const 7)) (i32.add (local.get 0) (global.get $g)))',
    result: 12,
    fuel: 11,
  },
  'a loop without calls': {
    families: ['loop', 'br_if'],
    wat: '(func (export "f") (param i32) (result i32) (local i32) (loop $l (local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1))',
    args: [100],
    result: 5050,
    fuel: 2 + 9 * 100,
  },
  'a loop that calls': {
    families: ['call'],
    wat: `${double} (func (export "f") (param i32) (result i32) (local i32) (loop $l (local.set 1 (i32.add (local.get 1) (call $double (local.get 0)))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1))`,
    args: [100],
    result: 10100,
    fuel: 2 + (10 + 4) * 100,
  },
  'a loop that takes values': {
    families: ['loop'],
    wat: '(func (export "f") (param $n i32) (result i32) (i32.const 0) (loop $l (param i32) (result i32) (i32.add (local.get $n)) (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))',
    args: [10],
    result: 55,
    fuel: 2 + 7 * 10,
  },
  'a loop in a loop, left from the inner one': {
    families: ['br'],
    wat: `(func (export "f") (param $n i32) (result i32) (local $i i32) (local $sum i32)
      (block $out (loop $a (local.set $i (i32.const 0)) (loop $b
        (br_if $out (i32.gt_u (local.get $sum) (i32.const 50)))
        (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $b (i32.lt_u (local.get $i) (local.get $n))))
        (br $a)))
      (local.get $sum))`,
    args: [7],
    result: 51,
    // 8 rounds of $a begin (2 each), 7 of them end with br; 52 of $b begin (4), 51 go on (12).
    fuel: 2 + 8 * 2 + 7 + 52 * 4 + 51 * 12,
  },
  'if with a false condition': {
    families: ['if'],
    wat: '(func (export "f") (param i32) (result i32) (if (local.get 0) (then (local.set 0 (i32.const 5)))) (local.get 0))',
    args: [0],
    result: 0,
    fuel: 4,
  },
  'if with a true condition': {
    families: ['if'],
    wat: '(func (export "f") (param i32) (result i32) (if (local.get 0) (then (local.set 0 (i32.const 5)))) (local.get 0))',
    args: [1],
    result: 5,
    fuel: 6,
  },
  'else costs its own side': {
    families: ['else'],
    wat: '(func (export "f") (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.add (i32.const 2) (i32.const 3)))))',
    args: [0],
    result: 5,
    fuel: 6,
  },
  'what follows a return in one side is charged on the other': {
    families: ['return'],
    wat: '(func (export "f") (param i32) (result i32) (if (local.get 0) (then (return (i32.const 1)))) (i32.add (i32.const 2) (i32.const 3)))',
    args: [0],
    result: 5,
    fuel: 6,
  },
  'a return in the middle': {
    families: ['return'],
    wat: '(func (export "f") (param i32) (result i32) (if (local.get 0) (then (return (i32.const 1)))) (i32.add (i32.const 2) (i32.const 3)))',
    args: [1],
    result: 1,
    fuel: 4,
  },
  'what cannot be reached is free': {
    families: ['br'],
    wat: '(func (export "f") (result i32) (block $b (br $b) (drop (i32.const 1)) (loop $l (br $l))) (i32.const 3))',
    result: 3,
    fuel: 3,
  },
  br_table: {
    families: ['br_table'],
    wat: '(func (export "f") (param i32) (result i32) (block $c (block $b (block $a (br_table $a $b $c (local.get 0))) (return (i32.const 10))) (return (i32.const 20))) (i32.add (i32.const 10) (i32.const 20)))',
    args: [7],
    result: 30,
    fuel: 6,
  },
  'br_table within wrapped loops': {
    families: ['br_table'],
    wat: `(func (export "f") (param $n i32) (result i32) (local $s i32)
      (loop $a (block $x (loop $b (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_table $a $b $x (i32.and (local.get $n) (i32.const 3))))))
      (i32.add (local.get $n) (i32.const 100)))`,
    args: [10],
    // 9: $b, 8: $a, 7: $x
    result: 107,
    fuel: 1 + 3 * 8 + 3,
  },
  call_indirect: {
    families: ['call_indirect'],
    wat: `${double} (table funcref (elem $double)) (func (export "f") (param i32) (result i32) (call_indirect (type $one) (local.get 0) (i32.const 0)))`,
    args: [21],
    result: 42,
    fuel: 4 + 4,
  },
  call_ref: {
    families: ['call_ref', 'ref.func'],
    wat: `${double} (elem declare func $double) (func (export "f") (param i32) (result i32) (call_ref $one (local.get 0) (ref.func $double)))`,
    args: [21],
    result: 42,
    fuel: 4 + 4,
  },
  'recursion without a loop': {
    families: ['call'],
    wat: '(func $f (export "f") (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))',
    args: [50],
    result: 50,
    fuel: 50 * 9 + 4,
  },
  'tail calls': {
    families: ['return_call'],
    wat: '(func $f (export "f") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 8)))) (return_call $f (i32.sub (local.get 0) (i32.const 1))))',
    args: [1000],
    result: 8,
    fuel: 1000 * 8 + 5,
  },
  'tail calls through a table': {
    families: ['return_call_indirect'],
    wat: `${one} (table funcref (elem $f)) (func $f (export "f") (type $one) (if (i32.eqz (local.get 0)) (then (return (i32.const 8)))) (return_call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))`,
    args: [100],
    result: 8,
    fuel: 100 * 9 + 5,
  },
  'tail calls through a reference': {
    families: ['return_call_ref'],
    wat: `${double} (elem declare func $double) (func (export "f") (type $one) (return_call_ref $one (local.get 0) (ref.func $double)))`,
    args: [4],
    result: 8,
    fuel: 4 + 4,
  },
  select: {
    families: ['select', 'select t'],
    wat: '(func (export "f") (param i32) (result i32) (i32.add (select (i32.const 1) (i32.const 2) (local.get 0)) (select (result i32) (i32.const 10) (i32.const 20) (local.get 0))))',
    args: [0],
    result: 22,
    fuel: 10,
  },
  'loads and stores': {
    families: ['load', 'i32.store8, store16', 'i64.store'],
    wat: '(memory 1) (func (export "f") (result i64) (i32.store8 offset=300 (i32.const 1) (i32.const 0xff)) (i64.store align=1 (i32.const 8) (i64.const 5)) (i64.add (i64.load (i32.const 8)) (i64.load8_s (i32.const 301))))',
    result: 4n,
    fuel: 12,
  },
  'memory.size': {
    families: ['memory.size'],
    wat: '(memory 3) (func (export "f") (result i32) memory.size)',
    result: 3,
    fuel: 2,
  },
  'memory.grow costs what it gives': {
    families: ['memory.grow'],
    wat: '(memory 1 4) (func (export "f") (result i32) (memory.grow (i32.const 2)))',
    result: 1,
    fuel: 3 + 2 * 65_536,
  },
  'memory.grow that is refused is free': {
    families: ['memory.grow'],
    wat: '(memory 1 4) (func (export "f") (result i32) (memory.grow (i32.const -1)))',
    result: -1,
    fuel: 3,
  },
  arithmetic: {
    families: ['arithmetic, conversion'],
    wat: '(func (export "f") (param i32) (result i64) (i64.extend_i32_s (i32.extend8_s (i32.rotl (local.get 0) (i32.const 4)))))',
    args: [0x0f],
    result: -16n,
    fuel: 6,
  },
  'saturating truncation': {
    families: ['trunc_sat'],
    wat: '(func (export "f") (result i32) (i32.trunc_sat_f64_u (f64.const -1)))',
    result: 0,
    fuel: 3,
  },
  'null references': {
    families: ['ref.null', 'ref.is_null', 'ref.as_non_null'],
    wat: `${double} (elem declare func $double) (func (export "f") (result i32) (drop (ref.as_non_null (ref.func $double))) (i32.add (ref.is_null (ref.null $one)) (ref.is_null (ref.null extern))))`,
    result: 2,
    fuel: 8,
  },
  'branches on null': {
    families: ['br_on_null, br_on_non_null'],
    wat: `${double} (elem declare func $double)
      (func (export "f") (result i32)
        (block $null (drop (br_on_null $null (ref.null $one))) (return (i32.const 1)))
        (drop (block $there (result (ref $one)) (br_on_non_null $there (ref.func $double)) (return (i32.const 2))))
        (i32.const 3))`,
    result: 3,
    fuel: 6,
  },
  'memory.fill costs a byte each': {
    families: ['memory.fill'],
    wat: '(memory 1) (func (export "f") (param i32) (result i32) (memory.fill (i32.const 1) (i32.const 7) (local.get 0)) (i32.load8_u (i32.const 1000)))',
    args: [1000],
    result: 7,
    fuel: 7 + 1000,
  },
  'memory.fill out of bounds': {
    families: ['memory.fill'],
    wat: '(memory 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 7) (i32.const -1)))',
    trap: /out of bounds/,
  },
  'memory.copy': {
    families: ['memory.copy'],
    wat: '(memory 1) (func (export "f") (memory.copy (i32.const 1) (i32.const 2) (i32.const 300)))',
    fuel: 5 + 300,
  },
  'memory.init and data.drop': {
    families: ['memory.init', 'data.drop'],
    wat: '(memory 1) (data $d "0123456789") (func (export "f") (result i32) (memory.init $d (i32.const 3) (i32.const 1) (i32.const 9)) (data.drop $d) (i32.load8_u (i32.const 3)))',
    result: 0x31,
    fuel: 8 + 9,
  },
  'tables: get, set, size': {
    families: ['table.set', 'local, global: get, set, tee; table.get', 'table.size'],
    wat: `${double} (table $t 3 funcref) (elem declare func $double) (func (export "f") (result i32) (table.set $t (i32.const 1) (ref.func $double)) (i32.add (table.size $t) (ref.is_null (table.get $t (i32.const 1)))))`,
    result: 3,
    fuel: 9,
  },
  'table.fill costs an entry each': {
    families: ['table.fill'],
    wat: '(table $t 30 externref) (func (export "f") (table.fill $t (i32.const 0) (ref.null extern) (i32.const 20)))',
    fuel: 5 + 20,
  },
  'table.copy': {
    families: ['table.copy'],
    wat: '(table $t 30 externref) (func (export "f") (table.copy $t $t (i32.const 0) (i32.const 10) (i32.const 20)))',
    fuel: 5 + 20,
  },
  'table.init and elem.drop': {
    families: ['table.init', 'elem.drop'],
    wat: `${double} (table $t 30 funcref) (elem $e func $double $double) (func (export "f") (table.init $t $e (i32.const 5) (i32.const 0) (i32.const 2)) (elem.drop $e))`,
    fuel: 6 + 2,
  },
  'table.grow costs what it gives': {
    families: ['table.grow'],
    wat: '(table $t 30 externref) (func (export "f") (result i32) (table.grow $t (ref.null extern) (i32.const 12)))',
    result: 30,
    fuel: 4 + 12,
  },
  'table.grow that is refused is free': {
    families: ['table.grow'],
    wat: '(table $t 30 30 externref) (func (export "f") (result i32) (table.grow $t (ref.null extern) (i32.const 12)))',
    result: -1,
    fuel: 4,
  },
  'an exception that is caught': {
    families: ['throw', 'try_table'],
    wat: '(tag $e (param i32)) (func (export "f") (param i32) (result i32) (block $h (result i32) (try_table (catch $e $h) (throw $e (local.get 0))) (i32.const 1)))',
    args: [6],
    result: 6,
    fuel: 4,
  },
  'an exception that is thrown on': {
    families: ['throw_ref'],
    wat: `(tag $e)
      (func $g (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) unreachable) throw_ref)
      (func (export "f") (result i32) (block $h (try_table (catch_all $h) (call $g))) (i32.const 2))`,
    result: 2,
    fuel: 4 + 4,
  },
  'an exception that lands at a loop costs what its thrower used': {
    families: ['try_table'],
    wat: `(tag $e) (global $n (mut i32) (i32.const 10))
      (func $work (local i32) (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100)))) (throw $e))
      (func (export "f") (loop $again
        (if (i32.eqz (global.get $n)) (then (return)))
        (global.set $n (i32.sub (global.get $n) (i32.const 1)))
        (try_table (catch_all $again) (call $work))))`,
    fuel: 1 + 11 * 3 + 10 * (4 + 1 + 1) + 10 * (1 + 700 + 1),
  },
  'stores of every type': {
    families: ['i32.store', 'f32.store', 'f64.store', 'i64.store8, store16, store32'],
    wat: '(memory 1) (func (export "f") (result f64) (i32.store (i32.const 0) (i32.const 1)) (f32.store (i32.const 4) (f32.const 1.5)) (f64.store (i32.const 8) (f64.const 2.5)) (i64.store32 (i32.const 16) (i64.const 7)) (f64.load (i32.const 8)))',
    result: 2.5,
    fuel: 15,
  },
  'vectors: memory': {
    families: ['v128.load', 'v128.store', 'load lane', 'store lane', 'load zero', 'v128.const, shuffle'],
    wat: '(memory 1) (func (export "f") (result i32) (v128.store offset=16 (i32.const 0) (v128.const i32x4 1 2 3 4)) (v128.store32_lane 2 (i32.const 4) (v128.load (i32.const 16))) (i32x4.extract_lane 0 (v128.load32_lane 0 (i32.const 4) (v128.load32_zero (i32.const 4)))))',
    result: 3,
    fuel: 13,
  },
  'vectors: values': {
    families: ['swizzle, splat', 'lane', 'v128 comparison, logic', 'v128 arithmetic, relaxed', 'v128.const, shuffle'],
    wat: '(func (export "f") (param i32) (result i32) (i32x4.extract_lane 1 (i8x16.swizzle (i32x4.add (v128.not (i32x4.splat (local.get 0))) (i32x4.splat (i32.const 6))) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))))',
    args: [1],
    result: 4,
    fuel: 10,
  },
}
