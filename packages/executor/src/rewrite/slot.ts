/**
 * @module slot: the core module that fills a meter's slot. Its text:
 *
 *   (module
 *     (type $tick (func (param i32) (result i32)))
 *     (type $park (func (result i32)))
 *     (import "" "tick" (func $tick (type $tick)))
 *     (import "" "park" (func $park (type $park)))
 *     (func (export "slow") (type $tick)
 *       (local.set 0 (call $tick (local.get 0)))
 *       (if (i32.eqz (local.get 0)) (then unreachable))
 *       (if (i32.lt_s (local.get 0) (i32.const 0)) (then
 *         (local.set 0 (i32.sub (i32.const 0) (local.get 0)))
 *         (block $goOn
 *           (try_table (catch_all $goOn)
 *             (br_if $goOn (call $park))
 *             unreachable))))
 *       (local.get 0)))
 *
 * `tick(left)` answers the fuel from here on; negative: that much, but park first; 0: die. `park`, a suspending import,
 * answers 1 to go on and 0 to die. Death is a trap, because a guest can catch what JavaScript throws. Where the stack
 * cannot suspend, V8 throws at the call of `park` before it is made; that is caught here, and the guest goes on.
 */

// biome-ignore format: one line a section.
export const SLOT_HELPER: Uint8Array<ArrayBuffer> = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  1, 10, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 1, 0x7f,
  2, 17, 2, 0, 4, 0x74, 0x69, 0x63, 0x6b, 0, 0, 0, 4, 0x70, 0x61, 0x72, 0x6b, 0, 1,
  3, 2, 1, 0,
  7, 8, 1, 4, 0x73, 0x6c, 0x6f, 0x77, 0, 2,
  10, 48, 1, 46, 0,
  0x20, 0, 0x10, 0, 0x21, 0,
  0x20, 0, 0x45, 0x04, 0x40, 0x00, 0x0b,
  0x20, 0, 0x41, 0, 0x48, 0x04, 0x40,
  0x41, 0, 0x20, 0, 0x6b, 0x21, 0,
  0x02, 0x40, 0x1f, 0x40, 1, 0x02, 0, 0x10, 1, 0x0d, 1, 0x00, 0x0b, 0x0b,
  0x0b,
  0x20, 0, 0x0b,
)
