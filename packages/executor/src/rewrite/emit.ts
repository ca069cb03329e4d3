/**
 * @module emit: the second pass over a function. It writes the body anew from the events of scan.ts, with three additions:
 * a charge at the head of each region, a check at loop headers, after bulk operations, at the entry of functions that call
 * or are large and after calls that may leave where there are many, and the moves of the counter (counter.ts).
 *
 * The branch of a check is marked unlikely; without that hint V8 spills registers around the call that is hardly made.
 */

import { CAPS } from './caps.ts'
import { BOTH, BULK_MASK, CODE, Counter, GLOBAL, LOCAL, type Meter, PAGES_MASK } from './counter.ts'
import { Marks } from './marks.ts'
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

const LOG2_PAGE_BYTES = 16

/** More than any event writes: a wrapped loop, with all its indices at their longest, takes 70. */
const EVENT_BYTES = 96

/** A function that calls nothing and costs no more does not check at its entry: it may be called from a long straight line. */
const LEAF_FUEL = 64

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
  readonly #counter: Counter
  readonly #marks: Marks

  // Of the function that is being written:
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
    this.#counter = new Counter(this.code, meter)
    this.#marks = new Marks(this.code, reader)
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
    const checksEntry = scan.calls > 0 || fuel > LEAF_FUEL
    const cached = checksEntry || scan.loops > 0 || scan.bulks > 0 || charges > 1
    const added = scan.hasGrow ? 3 : scan.bulks > 0 ? 2 : cached ? 1 : 0
    this.#counter.begin(body.locals, cached)
    const groups = this.#marks.begin(scan.written, body.locals + added)
    if (added > 0) groups.unshift([added, CODE.i32])
    code.u32(body.groups + groups.length)
    code.copy(this.#reader.bytes, body.groupsAt, body.codeAt)
    for (const [count, type] of groups) {
      code.byte(count)
      code.byte(type)
    }
    this.#copied = body.codeAt
    this.#dead = false
    this.#top = 0
    this.#kind[0] = op.BLOCK
    this.#wantsGlobal[0] = this.#allBoth[0] = 1
    this.#wrapped[0] = 0
    this.#charge(0)
    if (checksEntry) this.#counter.check()
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
        if (!this.#dead) this.#counter.bring(LOCAL)
        if (!this.#dead && detail & CAUGHT) this.#counter.bring(GLOBAL)
        this.#enter(kind, detail & CAUGHT, 0)
        this.#copyTo(events[event + TO]!)
        this.#charge(region)
        return
      case ELSE:
        if (!this.#dead) this.#arrive(0)
        this.#kind[this.#top] = ELSE
        this.#counter.truth = this.#truthBefore[this.#top]!
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
        if (!this.#dead) this.#counter.bring(GLOBAL)
        this.#dead = true
        return
      case op.UNREACHABLE:
        this.#dead = true
        return
      case op.CALL:
        if (this.#dead) return
        this.#counter.bring(GLOBAL)
        this.#counter.truth = GLOBAL
        if (this.#scan.checksCalls) {
          this.#copyTo(events[event + TO]!)
          this.#counter.check()
        }
        return
      case op.STORE:
        if (this.#dead) return
        this.#marks.store(detail, events[event + FROM]!, events[event + TO]!)
        this.#copied = events[event + TO]!
        return
      case op.BULK:
        if (!this.#dead) this.#bulk(event, detail)
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
      this.#counter.bring(detail & CAUGHT ? GLOBAL : LOCAL)
      this.#enter(LOOP, detail & CAUGHT, 0)
      this.#copyTo(to)
      this.#counter.truth = detail & CAUGHT ? GLOBAL : LOCAL
      this.#charge(region)
      this.#counter.check()
      return
    }
    // A loop without calls gets a loop around it that makes the call for fuel, so that V8 still sees none in the hot one:
    //   loop $outer (if (counter < 0) (counter = $slow(counter))) loop (br_if $outer (counter < 0)) …
    // The charge comes after the check, or a refill would charge twice.
    this.#counter.bring(LOCAL)
    code.copy(this.#reader.bytes, from, to)
    this.#counter.truth = LOCAL
    this.#counter.check()
    this.#enter(LOOP, 0, 1)
    this.#copyTo(to)
    this.#counter.branchIfExhausted(CODE.brIf, 1)
    this.#charge(region)
  }

  #end(event: number, detail: number, region: number): void {
    const top = this.#top
    const to = this.#scan.events[event + TO]!
    if (top === 0) {
      if (!this.#dead) this.#counter.bring(GLOBAL)
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
        this.#counter.truth =
          !this.#counter.cached || this.#wantsGlobal[top] ? GLOBAL : this.#allBoth[top] ? BOTH : LOCAL
      }
      this.#copyTo(to)
    }
    this.#top--
    this.#dead = (detail & DEAD) !== 0
    this.#charge(region)
  }

  /** Charged and checked before the work. */
  #bulk(event: number, written: number): void {
    this.#counter.ask()
    this.#counter.chargeAsked()
    this.#counter.check()
    if (written === 0) return
    const { events } = this.#scan
    this.#marks.bulk(this.#counter.asked, events[event + FROM]!, events[event + TO]!)
    this.#copied = events[event + TO]!
  }

  #grow(event: number, mask: number, shift: number): void {
    this.#counter.ask()
    this.#copyTo(this.#scan.events[event + TO]!)
    this.#counter.chargeGrown(mask, shift)
    this.#counter.check()
  }

  #enter(kind: number, wantsGlobal: number, wrapped: number): void {
    const top = ++this.#top
    this.#kind[top] = kind
    this.#wantsGlobal[top] = wantsGlobal
    this.#truthBefore[top] = this.#counter.truth
    this.#allBoth[top] = 1
    this.#wrapped[top] = this.#wrapped[top - 1]! + wrapped
  }

  /** Before a branch to the label at `depth`, or falling out of it. */
  #arrive(depth: number): void {
    const label = this.#top - depth
    this.#counter.bring(this.#wantsGlobal[label] ? GLOBAL : LOCAL)
    if (this.#counter.truth !== BOTH) this.#allBoth[label] = 0
  }

  #charge(region: number): void {
    if (region >= 0) this.#counter.charge(this.#scan.fuel[region]!)
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
      if (wantsLocal) this.#counter.bring(LOCAL)
      if (wantsGlobal) this.#counter.bring(GLOBAL)
      reader.at = listAt
      for (let i = 0; i < labels; i++) if (this.#counter.truth !== BOTH) this.#allBoth[this.#top - reader.u32()] = 0
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
    const places = this.#counter.unlikely
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
