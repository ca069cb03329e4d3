/**
 * @module counter: writes what a function does with the fuel counter: the moves between its global and its local, charges,
 * and checks.
 *
 * The counter is cached in a local, because V8 keeps a mutable global in memory and a load, subtraction and store in a
 * tight loop cost up to three times the loop. Where its truth is, is followed while writing: it is in the global at entry,
 * at each call, at each exit and where an exception lands, so that callees and the host always see it; it is in the local
 * at all other labels. A loop without calls never touches memory.
 */
import type { Writer } from './writer.ts'

/** Opcodes that are written. */
export const CODE = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  brIf: 0x0d,
  brTable: 0x0e,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Store8: 0x3a,
  i32Const: 0x41,
  i32Ne: 0x47,
  i32Lt: 0x48,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Shl: 0x74,
  i32ShiftRight: 0x76,
  i32: 0x7f,
  noValues: 0x40,
  bulk: 0xfc,
  memoryFill: 0x0b,
  vector: 0xfd,
} as const

/** Where the truth is. */
export const GLOBAL = 0
export const LOCAL = 1
export const BOTH = 2

/**
 * Sizes that succeed are far below these masks (memories and tables are capped); what is beyond traps or fails. They
 * keep the counter, a signed 32-bit number, from wrapping to a positive one.
 */
export const BULK_MASK = 0x3fff_ffff
export const PAGES_MASK = 0x3fff

/** Indices of what the module gained. */
export interface Meter {
  left: number
  slow: number
}

export class Counter {
  readonly #code: Writer
  readonly #meter: Meter
  #bodyAt = 0
  /** Locals: of the counter, of what a bulk operation is asked for, of what a grow answered. */
  #local = 0
  #asked = 0
  #answer = 0
  /** Whether it is cached at all; a function of one region changes the global directly. */
  cached = false
  truth = GLOBAL
  /** Where the branches of checks stand in the body. */
  readonly unlikely: number[] = []

  constructor(code: Writer, meter: Meter) {
    this.#code = code
    this.#meter = meter
  }

  /** A body begins here; `locals` are its own. */
  begin(locals: number, cached: boolean): void {
    this.#bodyAt = this.#code.length
    this.#local = locals
    this.#asked = locals + 1
    this.#answer = locals + 2
    this.cached = cached
    this.truth = GLOBAL
    this.unlikely.length = 0
  }

  /** Makes the truth be in the place that is wanted. */
  bring(wanted: number): void {
    if (!this.cached || this.truth === wanted || this.truth === BOTH) return
    if (this.truth === GLOBAL) {
      this.#op(CODE.globalGet, this.#meter.left)
      this.#op(CODE.localSet, this.#local)
    } else {
      this.#op(CODE.localGet, this.#local)
      this.#op(CODE.globalSet, this.#meter.left)
    }
    this.truth = BOTH
  }

  charge(fuel: number): void {
    if (fuel === 0) return
    this.#load()
    this.#const(fuel)
    this.#code.byte(CODE.i32Sub)
    if (this.cached) this.#store()
    else this.#op(CODE.globalSet, this.#meter.left)
  }

  /** Is it below zero? Then `$slow` gives it a new value. */
  check(): void {
    this.branchIfExhausted(CODE.if, CODE.noValues)
    this.#op(CODE.localGet, this.#local)
    this.#op(CODE.call, this.#meter.slow)
    this.#op(CODE.localSet, this.#local)
    this.#code.byte(CODE.end)
    // `$slow` wrote the global, too, but the other way around did not.
    this.truth = LOCAL
  }

  branchIfExhausted(code: number, immediate: number): void {
    this.bring(LOCAL)
    this.#op(CODE.localGet, this.#local)
    this.#const(0)
    this.#code.byte(CODE.i32Lt)
    this.unlikely.push(this.#code.length - this.#bodyAt)
    this.#code.byte(code)
    this.#code.byte(immediate)
  }

  /** The local that `ask` notes it in. */
  get asked(): number {
    return this.#asked
  }

  /** Notes the operand on top of the stack, which says how much a bulk operation is asked to do. */
  ask(): void {
    this.#op(CODE.localTee, this.#asked)
  }

  chargeAsked(): void {
    this.#load()
    this.#op(CODE.localGet, this.#asked)
    this.#mask(BULK_MASK)
    this.#code.byte(CODE.i32Sub)
    this.#store()
  }

  /** Only a success is charged, `answer != -1`: allocators try sizes that may be refused. The answer stays on the stack. */
  chargeGrown(mask: number, shift: number): void {
    this.#op(CODE.localTee, this.#answer)
    this.#load()
    this.#op(CODE.localGet, this.#asked)
    this.#mask(mask)
    this.#const(shift)
    this.#code.byte(CODE.i32Shl)
    this.#op(CODE.localGet, this.#answer)
    this.#const(-1)
    this.#code.byte(CODE.i32Ne)
    this.#code.byte(CODE.i32Mul)
    this.#code.byte(CODE.i32Sub)
    this.#store()
  }

  #load(): void {
    if (this.truth === GLOBAL) this.#op(CODE.globalGet, this.#meter.left)
    else this.#op(CODE.localGet, this.#local)
  }

  #store(): void {
    this.#op(CODE.localSet, this.#local)
    this.truth = LOCAL
  }

  #mask(bits: number): void {
    this.#const(bits)
    this.#code.byte(CODE.i32And)
  }

  #const(value: number): void {
    this.#code.byte(CODE.i32Const)
    this.#code.s32(value)
  }

  #op(code: number, index: number): void {
    this.#code.byte(code)
    this.#code.u32(index)
  }
}
