/**
 * @module scan: the first pass over a function. It cuts the body into regions, which run from head to end or trap, adds
 * up what each costs, and notes as events the places where the second pass (emit.ts) has something to write.
 *
 * A block that can be left only at its end does not end the region around it: what follows it runs exactly as often as
 * what precedes it, so it is charged there, too. That makes exact counting as cheap as a guess per loop.
 */
import { CAPS } from './caps.ts'
import * as op from './opcodes.ts'
import type { Outline } from './outline.ts'
import { ONE_VALUE } from './reader.ts'
import type { Refusals } from './refusals.ts'

/** Fields of an event; each is an int32. */
export const KIND = 0
/** Where its instruction begins and ends. */
export const FROM = 1
export const TO = 2
/** The region that begins behind it, or -1. */
export const REGION = 3
/** Flags, the depth of a branch, or the type of what is written. */
export const DETAIL = 4
export const FIELDS = 5

/** Of a block: an exception can land at its label, where only the global is right. */
export const CAUGHT = 1
/** Of a loop. */
export const TAKES_VALUES = 2
export const HOLDS_CALL = 4
/** Of an end: something branches there; what follows cannot be reached. */
export const TARGETED = 8
export const DEAD = 16

const NOWHERE = -1

/** Calls that may end up in the host and are not checked one by one: each costs 1,000 fuel and more. */
const LEAVING_UNCHECKED = 1_000

/** Open blocks, innermost last; 0 is the function itself. One array a field, used again for every function. */
class Blocks {
  readonly event = new Int32Array(CAPS.nesting + 1)
  readonly kind = new Int32Array(CAPS.nesting + 1)
  /** The region around the block. */
  readonly region = new Int32Array(CAPS.nesting + 1)
  /** The outermost block that is branched to from inside; -1 where the function is left. */
  readonly reach = new Int32Array(CAPS.nesting + 1)
  readonly targeted = new Uint8Array(CAPS.nesting + 1)
  readonly holdsCall = new Uint8Array(CAPS.nesting + 1)
  /** The `then` side ended where nothing can follow. */
  readonly thenDead = new Uint8Array(CAPS.nesting + 1)
  /** Values that a branch to it carries. */
  readonly arity = new Int32Array(CAPS.nesting + 1)
}

export class Scan {
  readonly #outline: Outline
  readonly #refusals: Refusals
  readonly #marks: boolean
  readonly #tables: op.OpcodeTables
  readonly #blocks = new Blocks()
  #open = 0
  /** The region that instructions are charged to; -1 where code cannot be reached. */
  #region = 0

  /** Events of the function that was scanned last. */
  events = new Int32Array(FIELDS << 12)
  /** How much of `events` is in use. */
  length = 0
  /** Fuel by region; 0 where there is nothing to charge. */
  fuel = new Int32Array(1 << 12)
  regions = 0
  /** Labels of its `br_table`s. */
  targets = 0
  loops = 0
  /** Bulk operations and growth. */
  bulks = 0
  calls = 0
  /** Calls that may leave the module: of an import, or of whatever stands in a table. */
  leaving = 0
  hasGrow = false
  hasHandler = false
  /** Types of what it writes to memory, by bit `op.I32 - type`. */
  written = 0
  /** Of all functions: instructions that leave what a picture does not hold. */
  readonly lasting = new Set<string>()
  /** Blocks of all kinds, the function included. */
  blocks = 0
  /** Values that branches and calls carry. */
  carried = 0

  /** Calls that may leave are checked each where there are many of them. */
  get checksCalls(): boolean {
    return this.leaving > LEAVING_UNCHECKED
  }

  get checks(): number {
    return this.loops + this.bulks + (this.checksCalls ? this.leaving : 0)
  }

  /** `marks`: writes of memory are events. */
  constructor(outline: Outline, refusals: Refusals, marks: boolean) {
    this.#outline = outline
    this.#refusals = refusals
    this.#marks = marks
    this.#tables = marks ? op.MARKED : op.UNMARKED
  }

  /** Reads the instructions from the reader's place to `end`; false where something was refused. */
  body(index: number, results: number, end: number): boolean {
    const { reader } = this.#outline
    const { bytes } = reader
    const { shape, role, fuel, writes } = this.#tables.oneByte
    this.length = this.regions = this.#open = 0
    this.blocks = this.carried = this.targets = this.loops = this.bulks = this.calls = this.leaving = 0
    this.hasGrow = this.hasHandler = false
    this.written = 0
    this.#enter(op.BLOCK, NOWHERE, results)
    // The call itself costs 1.
    this.#region = this.#begin(NOWHERE)
    this.fuel[0] = 1
    let at = reader.at
    // What the current region has cost since the last event.
    let spent = 0
    while (at < end) {
      const from = at
      let code = bytes[at++]!
      let what = role[code]!
      let how = shape[code]!
      let type = writes[code]!
      if (how === op.PREFIX) {
        const table = this.#tables.prefixed[code]!
        reader.at = at
        code = reader.u32()
        at = reader.at
        what = table.role[code] ?? op.REFUSED
        how = table.shape[code] ?? op.NONE
        type = table.writes[code] ?? 0
        if (what === op.REFUSED) {
          this.#refusals.instruction(`function ${index}`, from, bytes[from]!, code, table.whyRefused(code))
          return false
        }
        const lasting = table.lasting.get(code)
        if (lasting !== undefined) this.lasting.add(lasting)
        spent++
      } else spent += fuel[code]!
      if (what === op.PLAIN) {
        if (how === op.NONE) continue
        if (how === op.LEB) {
          while (bytes[at++]! > 127);
          continue
        }
        if (how === op.MEMARG && bytes[at]! < 0x40) {
          at++
          while (bytes[at++]! > 127);
          continue
        }
        reader.at = at
        reader.immediates(how)
        at = reader.at
        continue
      }
      reader.at = at
      if (what === op.REFUSED) {
        if (bytes[from] === 0xfb || bytes[from] === 0xfe) code = reader.u32()
        this.#refusals.instruction(
          `function ${index}`,
          from,
          bytes[from]!,
          code,
          this.#tables.oneByte.whyRefused(bytes[from]!),
        )
        return false
      }
      if (this.#region >= 0) this.fuel[this.#region]! += spent
      spent = 0
      this.#control(what, how, from, type)
      at = reader.at
      if (this.#open > CAPS.nesting) {
        this.#refusals.cap(this.#open, CAPS.nesting, `function ${index} has`, 'blocks within each other')
        return false
      }
      if (this.#open === 0) break
    }
    reader.at = at
    if (at !== end || this.#open !== 0) reader.malformed('a function of another length')
    return true
  }

  #control(role: number, shape: number, from: number, written: number): void {
    const { reader } = this.#outline
    switch (role) {
      case op.UNREACHABLE:
        this.#note(role, from, 0)
        this.#region = NOWHERE
        return
      case op.BLOCK:
      case op.LOOP:
      case op.IF:
        this.#block(role, from)
        return
      case op.TRY_TABLE:
        this.#tryTable(from)
        return
      case op.ELSE:
        this.#else(from)
        return
      case op.END:
        this.#end(from)
        return
      case op.BRANCH: {
        const depth = reader.u32()
        this.#target(depth)
        this.#note(role, from, depth)
        this.#region = NOWHERE
        return
      }
      case op.BRANCH_IF: {
        const depth = reader.u32()
        this.#target(depth)
        const event = this.#note(role, from, depth)
        if (this.#region >= 0) this.#region = this.#begin(event)
        return
      }
      case op.BRANCH_TABLE:
        for (let n = reader.u32(); n >= 0; n--, this.targets++) this.#target(reader.u32())
        this.#note(role, from, 0)
        this.#region = NOWHERE
        return
      case op.SET_TABLE:
        this.lasting.add('table.set')
        reader.immediates(shape)
        return
      case op.CALL:
        this.#call(shape, from)
        this.#note(role, from, 0)
        return
      case op.TAIL_CALL:
        this.#call(shape, from)
        this.#leave(from)
        return
      case op.LEAVE:
        reader.immediates(shape)
        this.#leave(from)
        return
      case op.STORE:
        reader.immediates(shape)
        this.#written(written)
        this.#note(role, from, written)
        return
      default:
        // BULK, GROW_MEMORY, GROW_TABLE
        reader.immediates(shape)
        this.bulks++
        if (role !== op.BULK) this.hasGrow = true
        this.#written(written)
        this.#note(role, from, this.#marks ? written : 0)
    }
  }

  #written(type: number): void {
    if (this.#marks && type > 0) this.written |= 1 << (op.I32 - type)
  }

  #block(kind: number, from: number): void {
    const type = this.#outline.reader.blockType()
    const taken = type < 0 ? 0 : this.#outline.parameters[type]!
    const event = this.#note(kind, from, kind === op.LOOP && taken > 0 ? TAKES_VALUES : 0)
    this.#enter(kind, event, kind === op.LOOP ? taken : this.#given(type))
    if (kind === op.LOOP) this.loops++
    if (kind !== op.BLOCK && this.#region >= 0) this.#region = this.#begin(event)
  }

  #tryTable(from: number): void {
    const { reader } = this.#outline
    const type = reader.blockType()
    this.hasHandler = true
    for (let n = reader.u32(); n > 0; n--) {
      // catch and catch_ref name a tag; catch_all and catch_all_ref do not.
      if (reader.byte() < 2) reader.leb()
      this.#catch(reader.u32())
    }
    this.#enter(op.TRY_TABLE, this.#note(op.TRY_TABLE, from, 0), this.#given(type))
    // An exception may leave it at any call.
    this.#blocks.reach[this.#open - 1] = NOWHERE
  }

  /** How many values a block of this type gives. */
  #given(type: number): number {
    return type < 0 ? Number(type === ONE_VALUE) : this.#outline.results[type]!
  }

  #else(from: number): void {
    const blocks = this.#blocks
    const top = this.#open - 1
    const event = this.#note(op.ELSE, from, 0)
    blocks.kind[top] = op.ELSE
    blocks.thenDead[top] = this.#region < 0 ? 1 : 0
    this.#region = blocks.region[top]! < 0 ? NOWHERE : this.#begin(event)
  }

  #end(from: number): void {
    const blocks = this.#blocks
    const top = --this.#open
    const targeted = blocks.targeted[top] === 1
    const event = this.#note(op.END, from, targeted ? TARGETED : 0)
    if (top === 0) return
    const kind = blocks.kind[top]!
    const reach = blocks.reach[top]!
    if (reach < blocks.reach[top - 1]!) blocks.reach[top - 1] = reach
    if (blocks.holdsCall[top]) blocks.holdsCall[top - 1] = 1
    const around = blocks.region[top]!
    const closed = reach >= top
    const alive = this.#region >= 0
    if (kind === op.LOOP) {
      if (blocks.holdsCall[top]) this.events[blocks.event[top]! + DETAIL]! |= HOLDS_CALL
      if (alive && closed) this.#region = around
    } else if (around < 0) this.#region = NOWHERE
    else if (alive || targeted || kind === op.IF || (kind === op.ELSE && !blocks.thenDead[top])) {
      const onlyFallsThrough = !targeted && kind === op.BLOCK
      if (closed) this.#region = around
      else if (!onlyFallsThrough) this.#region = this.#begin(event)
    }
    if (this.#region < 0) this.events[event + DETAIL]! |= DEAD
  }

  #enter(kind: number, event: number, arity: number): void {
    const blocks = this.#blocks
    const top = this.#open++
    this.blocks++
    if (top > CAPS.nesting) return
    blocks.event[top] = event
    blocks.kind[top] = kind
    blocks.region[top] = this.#region
    blocks.reach[top] = top
    blocks.targeted[top] = blocks.holdsCall[top] = blocks.thenDead[top] = 0
    blocks.arity[top] = arity
  }

  #target(depth: number): void {
    const blocks = this.#blocks
    const top = this.#open - 1
    const label = top - depth
    if (label < 0) this.#outline.reader.malformed('a branch out of the function')
    if (this.#region < 0) return
    if (label < blocks.reach[top]!) blocks.reach[top] = label
    blocks.targeted[label] = 1
    this.carried += blocks.arity[label]!
  }

  /** A handler branches to the label at depth, from any call inside. */
  #catch(depth: number): void {
    const blocks = this.#blocks
    this.#target(depth)
    const label = this.#open - 1 - depth
    if (label > 0) this.events[blocks.event[label]! + DETAIL]! |= CAUGHT
  }

  #call(shape: number, from: number): void {
    const { reader, functions, importedFunctions, parameters, results } = this.#outline
    const index = reader.u32()
    if (shape === op.LEB_LEB) reader.leb()
    // `call` and `return_call` name a function, the others a type.
    const isDirect = op.DIRECT_CALLS.has(reader.bytes[from]!)
    const type = isDirect ? (functions[index] ?? 0) : index
    this.carried += (parameters[type] ?? 0) + (results[type] ?? 0)
    this.calls++
    if (!isDirect || index < importedFunctions) this.leaving++
    this.#blocks.holdsCall[this.#open - 1] = 1
  }

  #leave(from: number): void {
    if (this.#region >= 0) this.#blocks.reach[this.#open - 1] = NOWHERE
    this.#note(op.LEAVE, from, 0)
    this.#region = NOWHERE
  }

  /** Notes an event at the instruction that was just read; answers its place. */
  #note(kind: number, from: number, detail: number): number {
    const at = this.length
    if (at + FIELDS > this.events.length) {
      const larger = new Int32Array(this.events.length * 2)
      larger.set(this.events)
      this.events = larger
    }
    const { events } = this
    events[at + KIND] = kind
    events[at + FROM] = from
    events[at + TO] = this.#outline.reader.at
    events[at + REGION] = NOWHERE
    events[at + DETAIL] = detail
    this.length = at + FIELDS
    return at
  }

  /** Begins a region behind an event. */
  #begin(event: number): number {
    const region = this.regions++
    if (region === this.fuel.length) {
      const larger = new Int32Array(region * 2)
      larger.set(this.fuel)
      this.fuel = larger
    }
    this.fuel[region] = 0
    if (event >= 0) this.events[event + REGION] = region
    return region
  }
}
