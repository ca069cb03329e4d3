/**
 * @module emit: the second pass over a function. It writes the body anew from the events of scan.ts, with three additions:
 * a charge at the head of each region, a check (is the counter below zero?) at loop headers, after bulk operations, at the
 * entry of functions that call or are large, and the moves of the counter between its
 * global and its local.
 *
 * The counter is cached in a local, because V8 keeps a mutable global in memory and a load, subtraction and store in a
 * tight loop cost up to three times the loop. Where its truth is, is followed while writing: it is in the global at entry,
 * at each call, at each exit and where an exception lands, so that callees and the host always see it; it is in the local
 * at all other labels. A loop without calls never touches memory.
 *
 * The branch of a check is marked unlikely; without that hint V8 spills registers around the call that is hardly made.
 */

import { CAPS } from './caps.ts'
import * as op from './opcodes.ts'
import { BLOCK, ELSE, IF, LOOP, TRY_TABLE } from './opcodes.ts'
import type { Reader } from './reader.ts'
import {
  CAUGHT,
  DEAD,
  DETAIL,
  FIELDS,
  FROM,
  HOLDS_CALL,
  KIND,
  REGION,
  type Scan,
  TAKES_VALUES,
  TARGETED,
  TO,
} from './scan.ts'
import { PADDED, Writer } from './writer.ts'

/** Opcodes that are written. */
export const CODE = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i32Lt: 0x48,
  i32Ne: 0x47,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Shl: 0x74,
  i32: 0x7f,
  noValues: 0x40,
} as const

/** Where the truth about the counter is. */
const GLOBAL = 0
const LOCAL = 1
const BOTH = 2

/**
 * Sizes that succeed are far below these masks (memories and tables are capped); what is beyond traps or fails. They
 * keep the counter, a signed 32-bit number, from wrapping to a positive one.
 */
const BULK_MASK = 0x3fff_ffff
const PAGES_MASK = 0x3fff
const LOG2_PAGE_BYTES = 16

/** More than any event writes: a wrapped loop, with all its indices at their longest, takes 70. */
const EVENT_BYTES = 96

/** A function that calls nothing and costs no more does not check at its entry: it may be called from a long straight line. */
const LEAF_FUEL = 64

/** Indices of what the module gained. */
export interface Meter {
  left: number
  slow: number
}

export interface Body {
  index: number
  /** Groups of locals as the original declares them, and where they stand. */
  groups: number
  groupsAt: number
  codeAt: number
  end: number
  /** Parameters and locals of the original. */
  locals: number
}

export class Emitter {
  readonly #reader: Reader
  readonly #scan: Scan
  readonly #meter: Meter
  readonly code: Writer
  /** Content of the branch hint section: functions, and their number. */
  readonly hints = new Writer(1 << 12)
  hinted = 0
  readonly #unlikely: number[] = []

  // Of the function that is being written:
  #bodyAt = 0
  /** The locals of the counter, of what a bulk operation is asked for, and of what a grow answered. */
  #counter = 0
  #asked = 0
  #answer = 0
  #checksEntry = false
  /** Whether the counter is cached at all; a function of one region changes the global directly. */
  #cached = false
  #truth = GLOBAL
  #dead = false
  /** What is copied up to here. */
  #copied = 0
  // Open blocks, innermost last; 0 is the function itself.
  #top = 0
  readonly #kind = new Int32Array(CAPS.nesting + 1)
  readonly #wantsGlobal = new Uint8Array(CAPS.nesting + 1)
  readonly #truthBefore = new Uint8Array(CAPS.nesting + 1)
  /** Every way to the label so far had the truth in both places. */
  readonly #allBoth = new Uint8Array(CAPS.nesting + 1)
  /** How many of the blocks up to this one are loops with a loop around them: branches past those go one deeper each. */
  readonly #wrapped = new Int32Array(CAPS.nesting + 1)

  constructor(reader: Reader, scan: Scan, meter: Meter, bytes: number) {
    this.#reader = reader
    this.#scan = scan
    this.#meter = meter
    this.code = new Writer(bytes)
  }

  /** Writes the function that `scan` has just read; answers the bytes of its new body. */
  body(body: Body): number {
    const { code } = this
    const scan = this.#scan
    const { events } = scan
    const size = body.end - body.groupsAt
    // Labels of a br_table may double by their shift; everything else that an event adds is below EVENT_BYTES.
    code.room(size * 2 + (scan.length / FIELDS + 2) * EVENT_BYTES)
    const sizeAt = code.hold()
    this.#begin(body)
    this.#charge(0)
    if (this.#checksEntry) this.#check()
    for (let event = 0; event < scan.length; event += FIELDS) {
      this.#copyTo(events[event + FROM]!)
      this.#event(event)
      this.#copyTo(events[event + TO]!)
    }
    const bytes = code.length - sizeAt - PADDED
    code.fill(sizeAt, bytes)
    this.#writeHints(body.index)
    return bytes
  }

  /** `$slow`: asks the host for fuel through the slot, notes what it gave, and answers it. */
  slow(type: number, slot: number): void {
    const { code } = this
    code.room(64)
    const sizeAt = code.hold()
    code.byte(0)
    this.#op(CODE.localGet, 0)
    code.byte(CODE.i32Const)
    code.byte(0)
    this.#op(CODE.callIndirect, type)
    code.u32(slot)
    this.#op(CODE.localTee, 0)
    this.#op(CODE.globalSet, this.#meter.left)
    this.#op(CODE.localGet, 0)
    code.byte(CODE.end)
    code.fill(sizeAt, code.length - sizeAt - PADDED)
  }

  #begin(body: Body): void {
    const { code } = this
    const scan = this.#scan
    let charges = 0
    let fuel = 0
    for (let region = 0; region < scan.regions; region++) {
      fuel += scan.fuel[region]!
      if (scan.fuel[region]! > 0) charges++
    }
    this.#checksEntry = scan.calls > 0 || fuel > LEAF_FUEL
    this.#cached = scan.loops > 0 || this.#checksEntry || scan.bulks > 0 || charges > 1
    this.#bodyAt = code.length
    const added = scan.hasGrow ? 3 : scan.bulks > 0 ? 2 : this.#cached ? 1 : 0
    this.#counter = body.locals
    this.#asked = body.locals + 1
    this.#answer = body.locals + 2
    code.u32(body.groups + (added > 0 ? 1 : 0))
    code.copy(this.#reader.bytes, body.groupsAt, body.codeAt)
    if (added > 0) {
      code.byte(added)
      code.byte(CODE.i32)
    }
    this.#copied = body.codeAt
    this.#truth = GLOBAL
    this.#dead = false
    this.#top = this.#unlikely.length = 0
    this.#kind[0] = op.BLOCK
    this.#wantsGlobal[0] = this.#allBoth[0] = 1
    this.#wrapped[0] = 0
  }

  #event(event: number): void {
    const { events } = this.#scan
    const kind = events[event + KIND]!
    const region = events[event + REGION]!
    const detail = events[event + DETAIL]!
    switch (kind) {
      case BLOCK:
      case TRY_TABLE:
        this.#enter(kind, detail & CAUGHT, 0)
        return
      case LOOP:
        this.#loop(event, detail, region)
        return
      case IF:
        if (!this.#dead) this.#bring(LOCAL)
        if (!this.#dead && detail & CAUGHT) this.#bring(GLOBAL)
        this.#enter(kind, detail & CAUGHT, 0)
        this.#copyTo(events[event + TO]!)
        this.#charge(region)
        return
      case ELSE:
        if (!this.#dead) this.#arrive(0)
        this.#kind[this.#top] = ELSE
        this.#truth = this.#truthBefore[this.#top]!
        this.#dead = region < 0
        this.#copyTo(events[event + TO]!)
        this.#charge(region)
        return
      case op.END:
        this.#end(event, detail, region)
        return
      case op.BRANCH:
        if (!this.#dead) this.#arrive(detail)
        this.#branch(event, detail)
        this.#dead = true
        return
      case op.BRANCH_IF:
        if (!this.#dead) this.#arrive(detail)
        this.#branch(event, detail)
        this.#copyTo(events[event + TO]!)
        this.#charge(region)
        return
      case op.BRANCH_TABLE:
        this.#branchTable(event)
        this.#dead = true
        return
      case op.LEAVE:
        if (!this.#dead) this.#bring(GLOBAL)
        this.#dead = true
        return
      case op.UNREACHABLE:
        this.#dead = true
        return
      case op.CALL:
        if (this.#dead) return
        this.#bring(GLOBAL)
        this.#truth = GLOBAL
        if (this.#scan.checksCalls) {
          this.#copyTo(events[event + TO]!)
          this.#check()
        }
        return
      case op.BULK:
        if (!this.#dead) this.#bulk()
        return
      default:
        if (!this.#dead)
          this.#grow(
            event,
            kind === op.GROW_MEMORY ? PAGES_MASK : BULK_MASK,
            kind === op.GROW_MEMORY ? LOG2_PAGE_BYTES : 0,
          )
    }
  }

  #loop(event: number, detail: number, region: number): void {
    const { code } = this
    const { events, hasHandler } = this.#scan
    const from = events[event + FROM]!
    const to = events[event + TO]!
    if (this.#dead) {
      this.#enter(LOOP, 0, 0)
      return
    }
    if (hasHandler || detail & (TAKES_VALUES | HOLDS_CALL)) {
      // A handler may branch to the header, where then only the global is right.
      this.#bring(detail & CAUGHT ? GLOBAL : LOCAL)
      this.#enter(LOOP, detail & CAUGHT, 0)
      this.#copyTo(to)
      this.#truth = detail & CAUGHT ? GLOBAL : LOCAL
      this.#charge(region)
      this.#check()
      return
    }
    // A loop without calls gets a loop around it that makes the call for fuel, so that V8 still sees none in the hot one:
    //   loop $outer (if (counter < 0) (counter = $slow(counter))) loop (br_if $outer (counter < 0)) …
    // The charge comes after the check, or a refill would charge twice.
    this.#bring(LOCAL)
    code.copy(this.#reader.bytes, from, to)
    this.#truth = LOCAL
    this.#check()
    this.#enter(LOOP, 0, 1)
    this.#copyTo(to)
    this.#ifExhausted(CODE.brIf, 1)
    this.#charge(region)
  }

  #end(event: number, detail: number, region: number): void {
    const top = this.#top
    const to = this.#scan.events[event + TO]!
    if (top === 0) {
      if (!this.#dead) this.#bring(GLOBAL)
      return
    }
    const kind = this.#kind[top]!
    if (kind === LOOP) {
      this.#copyTo(to)
      if (this.#wrapped[top]! > this.#wrapped[top - 1]!) this.code.byte(CODE.end)
    } else {
      const meet = detail & TARGETED || kind === IF || kind === ELSE
      if (meet) {
        if (!this.#dead) this.#arrive(0)
        // Without an else, the way around comes as the if was entered.
        if (kind === IF && this.#truthBefore[top] !== BOTH) this.#allBoth[top] = 0
        this.#truth = !this.#cached || this.#wantsGlobal[top] ? GLOBAL : this.#allBoth[top] ? BOTH : LOCAL
      }
      this.#copyTo(to)
    }
    this.#top--
    this.#dead = (detail & DEAD) !== 0
    this.#charge(region)
  }

  /** The operand on top of the stack says how much: it is charged, and checked, before the work. */
  #bulk(): void {
    const { code } = this
    this.#op(CODE.localTee, this.#asked)
    this.#load()
    this.#op(CODE.localGet, this.#asked)
    this.#mask(BULK_MASK)
    code.byte(CODE.i32Sub)
    this.#op(CODE.localSet, this.#counter)
    this.#truth = LOCAL
    this.#check()
  }

  /** Only a success is charged: allocators try sizes that may be refused. */
  #grow(event: number, mask: number, shift: number): void {
    const { code } = this
    this.#op(CODE.localTee, this.#asked)
    this.#copyTo(this.#scan.events[event + TO]!)
    this.#op(CODE.localTee, this.#answer)
    this.#load()
    this.#op(CODE.localGet, this.#asked)
    this.#mask(mask)
    code.byte(CODE.i32Const)
    code.s32(shift)
    code.byte(CODE.i32Shl)
    this.#op(CODE.localGet, this.#answer)
    code.byte(CODE.i32Const)
    code.s32(-1)
    code.byte(CODE.i32Ne)
    code.byte(CODE.i32Mul)
    code.byte(CODE.i32Sub)
    this.#op(CODE.localSet, this.#counter)
    this.#truth = LOCAL
    this.#check()
  }

  #mask(bits: number): void {
    this.code.byte(CODE.i32Const)
    this.code.s32(bits)
    this.code.byte(CODE.i32And)
  }

  #enter(kind: number, wantsGlobal: number, wrapped: number): void {
    const top = ++this.#top
    this.#kind[top] = kind
    this.#wantsGlobal[top] = wantsGlobal
    this.#truthBefore[top] = this.#truth
    this.#allBoth[top] = 1
    this.#wrapped[top] = this.#wrapped[top - 1]! + wrapped
  }

  /** Makes the truth be in the place that is wanted. */
  #bring(wanted: number): void {
    if (!this.#cached || this.#truth === wanted || this.#truth === BOTH) return
    if (this.#truth === GLOBAL) {
      this.#op(CODE.globalGet, this.#meter.left)
      this.#op(CODE.localSet, this.#counter)
    } else {
      this.#op(CODE.localGet, this.#counter)
      this.#op(CODE.globalSet, this.#meter.left)
    }
    this.#truth = BOTH
  }

  /** Before a branch to the label at `depth`, or falling out of it. */
  #arrive(depth: number): void {
    const label = this.#top - depth
    this.#bring(this.#wantsGlobal[label] ? GLOBAL : LOCAL)
    if (this.#truth !== BOTH) this.#allBoth[label] = 0
  }

  #load(): void {
    if (this.#truth === GLOBAL) this.#op(CODE.globalGet, this.#meter.left)
    else this.#op(CODE.localGet, this.#counter)
  }

  #charge(region: number): void {
    const fuel = region < 0 ? 0 : this.#scan.fuel[region]!
    if (fuel === 0) return
    const { code } = this
    this.#load()
    code.byte(CODE.i32Const)
    code.s32(fuel)
    code.byte(CODE.i32Sub)
    if (this.#cached) {
      this.#op(CODE.localSet, this.#counter)
      this.#truth = LOCAL
    } else this.#op(CODE.globalSet, this.#meter.left)
  }

  #check(): void {
    this.#ifExhausted(CODE.if, CODE.noValues)
    this.#op(CODE.localGet, this.#counter)
    this.#op(CODE.call, this.#meter.slow)
    this.#op(CODE.localSet, this.#counter)
    this.code.byte(CODE.end)
    // The other way around did not touch the global.
    this.#truth = LOCAL
  }

  #ifExhausted(code: number, immediate: number): void {
    const writer = this.code
    this.#bring(LOCAL)
    this.#op(CODE.localGet, this.#counter)
    writer.byte(CODE.i32Const)
    writer.byte(0)
    writer.byte(CODE.i32Lt)
    this.#unlikely.push(writer.length - this.#bodyAt)
    writer.byte(code)
    writer.byte(immediate)
  }

  #branch(event: number, depth: number): void {
    if (this.#wrapped[this.#top] === 0) return
    const { events } = this.#scan
    this.code.byte(this.#reader.bytes[events[event + FROM]!]!)
    this.code.u32(this.#shifted(depth))
    this.#copied = events[event + TO]!
  }

  #branchTable(event: number): void {
    const reader = this.#reader
    const { events } = this.#scan
    const from = events[event + FROM]! + 1
    reader.at = from
    const labels = reader.u32() + 1
    const listAt = reader.at
    if (!this.#dead) {
      // Its labels may want the truth in different places; it is brought to every place that one of them wants.
      let wantsLocal = false
      let wantsGlobal = false
      for (let i = 0; i < labels; i++) {
        if (this.#wantsGlobal[this.#top - reader.u32()]) wantsGlobal = true
        else wantsLocal = true
      }
      if (wantsLocal) this.#bring(LOCAL)
      if (wantsGlobal) this.#bring(GLOBAL)
      reader.at = listAt
      for (let i = 0; i < labels; i++) if (this.#truth !== BOTH) this.#allBoth[this.#top - reader.u32()] = 0
    }
    if (this.#wrapped[this.#top] === 0) return
    const { code } = this
    code.byte(CODE.brTable)
    code.u32(labels - 1)
    reader.at = listAt
    for (let i = 0; i < labels; i++) code.u32(this.#shifted(reader.u32()))
    this.#copied = events[event + TO]!
  }

  /** The depth of a label, with the wrapped loops on the way to it. */
  #shifted(depth: number): number {
    return depth + this.#wrapped[this.#top]! - this.#wrapped[this.#top - depth]!
  }

  #copyTo(place: number): void {
    if (place <= this.#copied) return
    this.code.copy(this.#reader.bytes, this.#copied, place)
    this.#copied = place
  }

  #op(code: number, index: number): void {
    this.code.byte(code)
    this.code.u32(index)
  }

  #writeHints(index: number): void {
    const places = this.#unlikely
    if (places.length === 0) return
    this.hinted++
    this.hints.room(10 + places.length * 7)
    this.hints.u32(index)
    this.hints.u32(places.length)
    for (const place of places) {
      this.hints.u32(place)
      this.hints.byte(1)
      this.hints.byte(0)
    }
  }
}
