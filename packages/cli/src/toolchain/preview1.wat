;; WASI preview 1 over the imports of the contract's world, for compilers that know no other WASI: Go, C, older Rust.
;; A component keeps what its module uses: a function here that is not called leaves nothing behind, nor does its import.
;;
;; There is no file, no socket and no argument. What is printed goes to the log, a line at a time. Beside the standard,
;; descriptors from 0x40000000 up are pollables (0x40000000 + handle): readable when ready, so that a language's own
;; scheduler waits for them and for its timers in one poll_oneoff.
(module
  (import "env" "memory" (memory 0))
  (import "__main_module__" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))
  (import "wasi:clocks/wall-clock@0.2.12" "now" (func $wall (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $monotonic (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $timer (param i64) (result i32)))
  (import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))
  (import "wasi:io/poll@0.2.12" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.ready" (func $ready (param i32) (result i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))

  ;; 64 KiB of the module's own memory, taken once:
  ;;     0  what an import returns
  ;;    64  the words "stdout" and "stderr"
  ;;   128  the unfinished line of standard output: its length, then at most 4,100 bytes
  ;;  4352  the same of standard error
  ;;  8576  what imports allocate; free again at the next call of this module
  (global $base (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 0))
  ;; Set by a module that is inside its cabi_realloc, where nothing may be imported: time stands still.
  (global $paused (mut i32) (i32.const 0))
  (global $now (mut i64) (i64.const 1))

  (func $enter
    (if (i32.eqz (global.get $base))
      (then
        (global.set $base (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 65536)))
        (memory.fill (global.get $base) (i32.const 0) (i32.const 8576))
        (i64.store offset=64 (global.get $base) (i64.const 0x74756f647473)) ;; "stdout"
        (i64.store offset=72 (global.get $base) (i64.const 0x727265647473)))) ;; "stderr"
    (global.set $top (i32.add (global.get $base) (i32.const 8576))))

  ;; What does not fit here is the module's to keep.
  (func $allocate (export "cabi_import_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (if (i32.gt_u (local.get $size) (i32.sub (i32.add (global.get $base) (i32.const 65536)) (local.get $at)))
      (then (return (call $realloc (local.get $old) (local.get $had) (local.get $align) (local.get $size)))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; ── environment, arguments ──
  (func (export "environ_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (local $entry i32) (local $left i32) (local $sum i32)
    (call $enter)
    (call $environment (global.get $base))
    (local.set $entry (i32.load (global.get $base)))
    (local.set $left (i32.load offset=4 (global.get $base)))
    (i32.store (local.get $count) (local.get $left))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $left)))
        ;; name, "=", value, 0
        (local.set $sum (i32.add (i32.add (local.get $sum) (i32.const 2))
          (i32.add (i32.load offset=4 (local.get $entry)) (i32.load offset=12 (local.get $entry)))))
        (local.set $entry (i32.add (local.get $entry) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $bytes) (local.get $sum))
    (i32.const 0))

  (func (export "environ_get") (param $table i32) (param $to i32) (result i32)
    (local $entry i32) (local $left i32)
    (call $enter)
    (call $environment (global.get $base))
    (local.set $entry (i32.load (global.get $base)))
    (local.set $left (i32.load offset=4 (global.get $base)))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $left)))
        (i32.store (local.get $table) (local.get $to))
        (memory.copy (local.get $to) (i32.load (local.get $entry)) (i32.load offset=4 (local.get $entry)))
        (local.set $to (i32.add (local.get $to) (i32.load offset=4 (local.get $entry))))
        (i32.store8 (local.get $to) (i32.const 61))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (memory.copy (local.get $to) (i32.load offset=8 (local.get $entry)) (i32.load offset=12 (local.get $entry)))
        (local.set $to (i32.add (local.get $to) (i32.load offset=12 (local.get $entry))))
        (i32.store8 (local.get $to) (i32.const 0))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $table (i32.add (local.get $table) (i32.const 4)))
        (local.set $entry (i32.add (local.get $entry) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func (export "args_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $bytes) (i32.const 0))
    (i32.const 0))

  ;; ── clocks, in nanoseconds: 0 the wall's, 1 the monotonic one; there is none of the process ──
  ;; The monotonic one begins at 1: Go takes one that says 0 for broken.
  (func $time (param $clock i32) (result i64)
    (if (i32.eqz (local.get $clock))
      (then
        (call $wall (global.get $base))
        (return (i64.add (i64.mul (i64.load (global.get $base)) (i64.const 1000000000))
          (i64.load32_u offset=8 (global.get $base))))))
    (if (i32.eqz (global.get $paused)) (then (global.set $now (i64.add (call $monotonic) (i64.const 1)))))
    (global.get $now))

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $to i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 1)) (then (return (i32.const 28)))) ;; EINVAL
    (if (i32.eqz (local.get $clock)) (then (call $enter)))
    (i64.store (local.get $to) (call $time (local.get $clock)))
    (i32.const 0))

  ;; The host's clocks go in steps of a millisecond.
  (func (export "clock_res_get") (param $clock i32) (param $to i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 1)) (then (return (i32.const 28))))
    (i64.store (local.get $to) (i64.const 1000000))
    (i32.const 0))

  (func (export "adapter_monotonic_clock_set_paused") (param $paused i32)
    (global.set $paused (local.get $paused)))

  ;; ── random ──
  ;; How often it was asked for: a language tells by it whether anybody else drew while it started.
  (global $draws (mut i32) (i32.const 0))
  (func (export "adapter_random_draws") (result i32) (global.get $draws))

  (func (export "random_get") (param $to i32) (param $left i32) (result i32)
    (local $part i32)
    (global.set $draws (i32.add (global.get $draws) (i32.const 1)))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $left)))
        (call $enter)
        (local.set $part (select (local.get $left) (i32.const 32768) (i32.lt_u (local.get $left) (i32.const 32768))))
        (call $random (i64.extend_i32_u (local.get $part)) (global.get $base))
        (memory.copy (local.get $to) (i32.load (global.get $base)) (local.get $part))
        (local.set $to (i32.add (local.get $to) (local.get $part)))
        (local.set $left (i32.sub (local.get $left) (local.get $part)))
        (br $next)))
    (i32.const 0))

  ;; ── standard output and error ──
  ;; $line: where a line is kept, 128 or 4352 from the base
  (func $flush (param $line i32)
    (local $bytes i32)
    (local.set $bytes (i32.add (local.get $line) (i32.const 4)))
    (call $clean (local.get $bytes) (i32.add (local.get $bytes) (i32.load (local.get $line))))
    (if (i32.eq (local.get $line) (i32.add (global.get $base) (i32.const 128)))
      (then (call $log (i32.const 2) (i32.add (global.get $base) (i32.const 64)) (i32.const 6) ;; info
        (local.get $bytes) (i32.load (local.get $line))))
      (else (call $log (i32.const 3) (i32.add (global.get $base) (i32.const 72)) (i32.const 6) ;; warn
        (local.get $bytes) (i32.load (local.get $line)))))
    (i32.store (local.get $line) (i32.const 0)))

  (func $put (param $line i32) (param $byte i32)
    (local $length i32)
    (if (i32.eq (local.get $byte) (i32.const 10)) (then (call $flush (local.get $line)) (return)))
    (local.set $length (i32.load (local.get $line)))
    ;; A long line is cut before a character: its later bytes, 10xxxxxx, still fit.
    (if (i32.ge_u (local.get $length) (i32.const 4096))
      (then
        (if (i32.or (i32.ne (i32.and (local.get $byte) (i32.const 0xc0)) (i32.const 0x80)) (i32.eq (local.get $length) (i32.const 4099)))
          (then (call $flush (local.get $line)) (local.set $length (i32.const 0))))))
    (i32.store8 offset=4 (i32.add (local.get $line) (local.get $length)) (local.get $byte))
    (i32.store (local.get $line) (i32.add (local.get $length) (i32.const 1))))

  ;; A text that is not UTF-8 would trap: each byte that belongs to no character becomes "?".
  (func $clean (param $at i32) (param $end i32)
    (local $length i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $length (call $character (local.get $at) (local.get $end)))
        (if (i32.eqz (local.get $length))
          (then
            (i32.store8 (local.get $at) (i32.const 63))
            (local.set $length (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (br $next))))

  ;; Bytes of the character at $at, 0 where none begins. The range of the second byte tells long forms, halves of
  ;; surrogate pairs and what is past U+10FFFF apart.
  (func $character (param $at i32) (param $end i32) (result i32)
    (local $first i32) (local $length i32) (local $low i32) (local $high i32) (local $i i32)
    (local.set $first (i32.load8_u (local.get $at)))
    (if (i32.lt_u (local.get $first) (i32.const 0x80)) (then (return (i32.const 1))))
    (if (i32.or (i32.lt_u (local.get $first) (i32.const 0xc2)) (i32.gt_u (local.get $first) (i32.const 0xf4)))
      (then (return (i32.const 0))))
    (local.set $length (i32.add (i32.const 2)
      (i32.add (i32.ge_u (local.get $first) (i32.const 0xe0)) (i32.ge_u (local.get $first) (i32.const 0xf0)))))
    (if (i32.gt_u (local.get $length) (i32.sub (local.get $end) (local.get $at))) (then (return (i32.const 0))))
    (local.set $low (i32.const 0x80))
    (local.set $high (i32.const 0xbf))
    (if (i32.eq (local.get $first) (i32.const 0xe0)) (then (local.set $low (i32.const 0xa0))))
    (if (i32.eq (local.get $first) (i32.const 0xed)) (then (local.set $high (i32.const 0x9f))))
    (if (i32.eq (local.get $first) (i32.const 0xf0)) (then (local.set $low (i32.const 0x90))))
    (if (i32.eq (local.get $first) (i32.const 0xf4)) (then (local.set $high (i32.const 0x8f))))
    (local.set $i (i32.const 1))
    (loop $next
      (local.set $first (i32.load8_u (i32.add (local.get $at) (local.get $i))))
      (if (i32.or (i32.lt_u (local.get $first) (local.get $low)) (i32.gt_u (local.get $first) (local.get $high)))
        (then (return (i32.const 0))))
      (local.set $low (i32.const 0x80))
      (local.set $high (i32.const 0xbf))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $length))))
    (local.get $length))

  (func (export "fd_write") (param $fd i32) (param $part i32) (param $parts i32) (param $written i32) (result i32)
    (local $line i32) (local $at i32) (local $end i32) (local $sum i32)
    (if (i32.eqz (call $isOutput (local.get $fd))) (then (return (i32.const 8)))) ;; EBADF
    (call $enter)
    (local.set $line (call $line (local.get $fd)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $parts)))
        (local.set $at (i32.load (local.get $part)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=4 (local.get $part))))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $part))))
        (block $over
          (loop $byte
            (br_if $over (i32.ge_u (local.get $at) (local.get $end)))
            (call $put (local.get $line) (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $byte)))
        (local.set $part (i32.add (local.get $part) (i32.const 8)))
        (local.set $parts (i32.sub (local.get $parts) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))

  (func $line (param $fd i32) (result i32)
    (i32.add (global.get $base) (select (i32.const 128) (i32.const 4352) (i32.eq (local.get $fd) (i32.const 1)))))

  (func $isOutput (param $fd i32) (result i32)
    (i32.le_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)))

  ;; What was printed without a line feed is a line now.
  (func $sync (export "fd_sync") (export "fd_datasync") (param $fd i32) (result i32)
    (if (i32.eqz (call $isOutput (local.get $fd))) (then (return (i32.const 8))))
    (call $enter)
    (if (i32.load (call $line (local.get $fd))) (then (call $flush (call $line (local.get $fd)))))
    (i32.const 0))

  ;; ── the end ──
  (func $word (param $line i32) (param $text i64)
    (loop $next
      (call $put (local.get $line) (i32.wrap_i64 (i64.and (local.get $text) (i64.const 255))))
      (local.set $text (i64.shr_u (local.get $text) (i64.const 8)))
      (br_if $next (i64.ne (local.get $text) (i64.const 0)))))

  (func $number (param $line i32) (param $value i32)
    (if (i32.ge_u (local.get $value) (i32.const 10))
      (then (call $number (local.get $line) (i32.div_u (local.get $value) (i32.const 10)))))
    (call $put (local.get $line) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10)))))

  ;; Ends the call; standard error tells how.
  (func (export "proc_exit") (param $status i32)
    (local $error i32)
    (drop (call $sync (i32.const 1)))
    (drop (call $sync (i32.const 2)))
    (local.set $error (call $line (i32.const 2)))
    (call $word (local.get $error) (i64.const 0x6174732074697865)) ;; "exit sta"
    (call $word (local.get $error) (i64.const 0x20737574)) ;; "tus "
    (call $number (local.get $error) (local.get $status))
    (call $flush (local.get $error))
    unreachable)

  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; ── descriptors: 0 to 2, which never block, and pollables ──
  (func $isStandard (param $fd i32) (result i32) (i32.le_u (local.get $fd) (i32.const 2)))
  (func $isPollable (param $fd i32) (result i32)
    (i32.eq (i32.shr_u (local.get $fd) (i32.const 30)) (i32.const 1)))
  (func $pollable (param $fd i32) (result i32)
    (i32.and (local.get $fd) (i32.const 0x3fffffff)))

  ;; Standard input is at its end; a pollable gives no byte when it is ready.
  (func (export "fd_read") (param $fd i32) (param $parts i32) (param $count i32) (param $read i32) (result i32)
    (i32.store (local.get $read) (i32.const 0))
    (if (i32.eqz (local.get $fd)) (then (return (i32.const 0))))
    (if (i32.eqz (call $isPollable (local.get $fd))) (then (return (i32.const 8))))
    (select (i32.const 0) (i32.const 6) (call $ready (call $pollable (local.get $fd))))) ;; EAGAIN

  ;; A pollable stays its owner's.
  (func (export "fd_close") (param $fd i32) (result i32)
    (select (i32.const 0) (i32.const 8) (call $isPollable (local.get $fd))))

  ;; Terminals for languages that keep whole lines back otherwise; pollables are streams that never block.
  (func (export "fd_fdstat_get") (param $fd i32) (param $to i32) (result i32)
    (if (i32.and (i32.eqz (call $isStandard (local.get $fd))) (i32.eqz (call $isPollable (local.get $fd))))
      (then (return (i32.const 8))))
    (memory.fill (local.get $to) (i32.const 0) (i32.const 24))
    (if (call $isStandard (local.get $fd))
      (then (i32.store8 (local.get $to) (i32.const 2))) ;; character device
      (else
        (i32.store8 (local.get $to) (i32.const 6)) ;; stream socket
        (i32.store16 offset=2 (local.get $to) (i32.const 4)))) ;; nonblock
    (i32.const 0))

  (func (export "fd_fdstat_set_flags") (param $fd i32) (param $flags i32) (result i32)
    (select (i32.const 0) (i32.const 8) (call $isPollable (local.get $fd))))

  ;; ── waiting ──
  ;; A subscription has 48 bytes: 0 userdata, 8 kind (0 clock, else a descriptor), 16 clock or descriptor, 24 timeout,
  ;; 40 flags (1: the timeout is a moment). An event has 32: 0 userdata, 8 error, 10 kind.
  (func $isClock (param $sub i32) (result i32)
    (i32.eqz (i32.load8_u offset=8 (local.get $sub))))

  ;; What is left of a timeout.
  (func $left (param $sub i32) (result i64)
    (local $until i64) (local $now i64)
    (local.set $until (i64.load offset=24 (local.get $sub)))
    (if (i32.eqz (i32.and (i32.load16_u offset=40 (local.get $sub)) (i32.const 1))) (then (return (local.get $until))))
    (local.set $now (call $time (i32.load offset=16 (local.get $sub))))
    (select (i64.sub (local.get $until) (local.get $now)) (i64.const 0) (i64.gt_u (local.get $until) (local.get $now))))

  (func $event (param $sub i32) (param $event i32) (result i32)
    (memory.fill (local.get $event) (i32.const 0) (i32.const 32))
    (i64.store (local.get $event) (i64.load (local.get $sub)))
    (i32.store8 offset=10 (local.get $event) (i32.load8_u offset=8 (local.get $sub)))
    (i32.add (local.get $event) (i32.const 32)))

  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (local $sub i32) (local $end i32) (local $event i32) (local $handle i32) (local $handles i32) (local $index i32)
    (local $ready i32) (local $look i32)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (call $enter)
    (local.set $end (i32.add (local.get $in) (i32.mul (local.get $count) (i32.const 48))))
    (local.set $event (local.get $out))

    ;; A clock that has run out already, or a standard stream: tell what is ready, wait for nothing. Other descriptors must
    ;; be pollables.
    (local.set $sub (local.get $in))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $sub) (local.get $end)))
        (if (call $isClock (local.get $sub))
          (then
            (if (i32.gt_u (i32.load offset=16 (local.get $sub)) (i32.const 1)) (then (return (i32.const 28))))
            (if (i64.eqz (call $left (local.get $sub))) (then (local.set $look (i32.const 1)))))
          (else
            (if (call $isStandard (i32.load offset=16 (local.get $sub)))
              (then (local.set $look (i32.const 1)))
              (else (if (i32.eqz (call $isPollable (i32.load offset=16 (local.get $sub)))) (then (return (i32.const 8))))))))
        (local.set $sub (i32.add (local.get $sub) (i32.const 48)))
        (br $next)))

    (if (local.get $look)
      (then
        (local.set $sub (local.get $in))
        (block $done
          (loop $next
            (br_if $done (i32.ge_u (local.get $sub) (local.get $end)))
            (if (if (result i32) (call $isClock (local.get $sub))
                  (then (i64.eqz (call $left (local.get $sub))))
                  (else
                    (if (result i32) (call $isStandard (i32.load offset=16 (local.get $sub)))
                      (then (i32.const 1))
                      (else (call $ready (call $pollable (i32.load offset=16 (local.get $sub))))))))
              (then (local.set $event (call $event (local.get $sub) (local.get $event)))))
            (local.set $sub (i32.add (local.get $sub) (i32.const 48)))
            (br $next))))
      (else
        (local.set $handles (call $allocate (i32.const 0) (i32.const 0) (i32.const 4) (i32.shl (local.get $count) (i32.const 2))))
        (local.set $handle (local.get $handles))
        (local.set $sub (local.get $in))
        (block $done
          (loop $next
            (br_if $done (i32.ge_u (local.get $sub) (local.get $end)))
            (i32.store (local.get $handle)
              (if (result i32) (call $isClock (local.get $sub))
                (then (call $timer (call $left (local.get $sub))))
                (else (call $pollable (i32.load offset=16 (local.get $sub))))))
            (local.set $handle (i32.add (local.get $handle) (i32.const 4)))
            (local.set $sub (i32.add (local.get $sub) (i32.const 48)))
            (br $next)))
        (call $poll (local.get $handles) (local.get $count) (global.get $base))
        (local.set $index (i32.load (global.get $base)))
        (local.set $ready (i32.load offset=4 (global.get $base)))
        (block $done
          (loop $next
            (br_if $done (i32.eqz (local.get $ready)))
            (local.set $event (call $event
              (i32.add (local.get $in) (i32.mul (i32.load (local.get $index)) (i32.const 48)))
              (local.get $event)))
            (local.set $index (i32.add (local.get $index) (i32.const 4)))
            (local.set $ready (i32.sub (local.get $ready) (i32.const 1)))
            (br $next)))
        (local.set $handle (local.get $handles))
        (local.set $sub (local.get $in))
        (block $done
          (loop $next
            (br_if $done (i32.ge_u (local.get $sub) (local.get $end)))
            (if (call $isClock (local.get $sub)) (then (call $drop (i32.load (local.get $handle)))))
            (local.set $handle (i32.add (local.get $handle) (i32.const 4)))
            (local.set $sub (i32.add (local.get $sub) (i32.const 48)))
            (br $next)))))
    (i32.store (local.get $events) (i32.shr_u (i32.sub (local.get $event) (local.get $out)) (i32.const 5)))
    (i32.const 0))

  ;; ── what there is not: EBADF, since no descriptor is that of a file, a folder or a socket ──
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "fd_prestat_get") (export "fd_filestat_get") (export "fd_tell") (export "fd_renumber")
    (param i32 i32) (result i32) (i32.const 8))
  (func (export "sock_shutdown") (param $fd i32) (param $how i32) (result i32)
    (select (i32.const 57) (i32.const 8) (call $isStandard (local.get $fd)))) ;; ENOTSOCK
  (func (export "fd_prestat_dir_name") (export "path_create_directory") (export "path_remove_directory")
    (export "path_unlink_file") (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_get") (export "path_symlink") (export "sock_send") (param i32 i32 i32 i32 i32) (result i32)
    (i32.const 8))
  (func (export "path_readlink") (export "path_rename") (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 8))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pread") (export "fd_pwrite") (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "proc_raise") (param i32) (result i32) (i32.const 52))) ;; ENOSYS
