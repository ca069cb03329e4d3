;; Kernels by hand, for shapes that C compilers do not write. Each export takes one i32.
(module
  (memory 1 4)
  (table $functions 8 32 funcref)
  (elem (i32.const 0) func $even $odd $leaf $leaf)
  (elem $more func $leaf $leaf $leaf)
  (data $bytes "0123456789abcdef")
  (type $one (func (param i32) (result i32)))
  (tag $stop (param i32))
  (global $seen (mut i32) (i32.const 0))

  (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))

  ;; Tail calls, direct and through the table.
  (func $even (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (return_call $odd (i32.sub (local.get 0) (i32.const 1))))))
  (func $odd (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (return_call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
  (func (export "tail") (param i32) (result i32) (call $even (local.get 0)))

  ;; A br_table into loops, blocks and out of the function.
  (func (export "switch") (param $n i32) (result i32)
    (local $state i32) (local $sum i32)
    (loop $again
      (block $third
        (block $second
          (block $first
            (if (i32.eqz (local.get $n)) (then (return (local.get $sum))))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (local.set $state (i32.rem_u (i32.add (i32.mul (local.get $n) (i32.const 7)) (local.get $sum)) (i32.const 5)))
            (br_table $first $second $third $again $first (local.get $state)))
          (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
          (br $again))
        (local.set $sum (i32.add (local.get $sum) (call $leaf (local.get $state)))))
      (local.set $sum (i32.xor (local.get $sum) (i32.const 5)))
      (br $again))
    unreachable)

  ;; Loops within loops within blocks, left in the middle.
  (func (export "nested") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $k i32) (local $sum i32)
    (block $out
      (loop $a
        (local.set $j (i32.const 0))
        (loop $b
          (local.set $k (i32.const 0))
          (block $skip
            (loop $c
              (br_if $skip (i32.gt_u (local.get $k) (local.get $j)))
              (br_if $out (i32.gt_u (local.get $sum) (i32.const 100000)))
              (local.set $sum (i32.add (local.get $sum) (local.get $k)))
              (local.set $k (i32.add (local.get $k) (i32.const 1)))
              (br $c)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $b (i32.lt_u (local.get $j) (local.get $n))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $a (i32.lt_u (local.get $i) (local.get $n)))))
    (local.get $sum))

  ;; A loop and a block that take and give values.
  (func (export "values") (param $n i32) (result i32)
    (i32.const 0)
    (i32.const 1)
    (loop $next (param i32 i32) (result i32)
      (block $pair (param i32 i32) (result i32 i32)
        (i32.add (i32.const 1))
        (br_if $pair (i32.and (local.get $n) (i32.const 1)))
        (i32.xor (i32.const 3)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $n) (i32.const 0)))
      i32.add))

  ;; Every bulk operation on memory, of growing size.
  (func (export "bytes") (param $n i32) (result i32)
    (loop $next
      (memory.fill (local.get $n) (local.get $n) (local.get $n))
      (memory.copy (i32.const 1) (local.get $n) (local.get $n))
      (memory.init $bytes (i32.const 9) (i32.const 2) (i32.const 14))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load (i32.const 8)))

  ;; Every bulk operation on tables.
  (func (export "tables") (param $n i32) (result i32)
    (loop $next
      (table.init $functions $more (i32.const 4) (i32.const 0) (i32.const 3))
      (table.copy (i32.const 3) (i32.const 4) (i32.const 2))
      (table.fill $functions (i32.const 6) (ref.func $leaf) (i32.const 2))
      (table.set $functions (i32.const 7) (table.get $functions (i32.const 5)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call_indirect (type $one) (table.size $functions) (i32.const 7)))

  ;; Growth that succeeds and growth that is refused.
  (func (export "growMemory") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (memory.grow (i32.const 1))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $sum) (memory.grow (i32.const 1000))))
  (func (export "growTable") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (table.grow $functions (ref.null func) (i32.const 7))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  ;; Exceptions that are not thrown; see the table of cases for thrown ones.
  (func (export "handlers") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (block $caught (result i32)
        (try_table (catch $stop $caught)
          (local.set $sum (i32.add (local.get $sum) (call $leaf (local.get $n)))))
        (i32.const 1))
      (local.set $sum (i32.add (local.get $sum)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func (export "vectors") (param $n i32) (result i32)
    (local $v v128)
    (loop $next
      (local.set $v (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12
        (i32x4.add (local.get $v) (v128.const i32x4 1 2 3 4))
        (i32x4.splat (local.get $n))))
      (v128.store (i32.const 64) (local.get $v))
      (local.set $v (v128.load32_lane 1 (i32.const 68) (local.get $v)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32x4.extract_lane 2 (local.get $v)))

  ;; References: null tests, typed calls, branches on null.
  (func (export "references") (param $n i32) (result i32)
    (local $sum i32) (local $f (ref null $one))
    (local.set $f (ref.func $leaf))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call_ref $one (local.get $n) (local.get $f))))
      (block $null
        (drop (br_on_null $null (select (result (ref null $one)) (local.get $f) (ref.null $one) (i32.and (local.get $n) (i32.const 1)))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 1))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $sum) (ref.is_null (local.get $f))))

  ;; Ackermann: recursion without loops.
  (func $ackermann (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.add (local.get 1) (i32.const 1)))))
    (if (i32.eqz (local.get 1)) (then (return (call $ackermann (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))))
    (call $ackermann
      (i32.sub (local.get 0) (i32.const 1))
      (call $ackermann (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))
  (func (export "ackermann") (param i32) (result i32) (call $ackermann (i32.const 2) (local.get 0)))

  ;; Loops with a call on a rare path.
  (func (export "rareCall") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 97)))
        (then (local.set $sum (call $leaf (local.get $sum)))))
      (local.set $sum (i32.add (local.get $sum) (i32.clz (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
