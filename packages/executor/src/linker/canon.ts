/** @module canon: one instance's memory, allocator and handles as one set of canonical options sees them. */
import type { Handles } from './handles.ts'
import type { Marks } from './marks.ts'

/** What the guest did against the canonical ABI: the call ends with AP_TRAPPED and this text. */
export class Trap extends Error {
  override readonly name = 'Trap'
}

/** What one call across the border may move: lists may overlap in memory, so memory alone does not bound it. */
export const MAX_MOVED_BYTES = 64 * 1024 * 1024
export const MAX_MOVED_ELEMENTS = 262_144

/** Bytes and list elements of the border call that is under way. */
export class Traffic {
  bytes = 0
  elements = 0

  begin(): void {
    this.bytes = 0
    this.elements = 0
  }

  add(bytes: number, elements: number): void {
    this.bytes += bytes
    this.elements += elements
    if (this.bytes > MAX_MOVED_BYTES)
      throw new Trap(`one call moves more than ${MAX_MOVED_BYTES} bytes in strings and lists`)
    if (this.elements > MAX_MOVED_ELEMENTS)
      throw new Trap(`one call moves more than ${MAX_MOVED_ELEMENTS} list elements`)
  }
}

export type Realloc = (old: number, oldSize: number, align: number, size: number) => number

/** Guest code that runs inside a lowering: it can be stopped, not suspended. */
export interface Fence {
  enter(): void
  leave(): void
}

const NO_BYTES = new Uint8Array(0)
const NO_VIEW = new DataView(new ArrayBuffer(0))

export class Canon {
  readonly handles: Handles
  readonly traffic: Traffic
  /** Views of the memory as it is now; `fresh` after anything that may have grown it. */
  bytes: Uint8Array = NO_BYTES
  view: DataView = NO_VIEW
  readonly #memory: WebAssembly.Memory | undefined
  readonly #marks: Marks | undefined
  readonly #realloc: Realloc | undefined
  readonly #fence: Fence

  constructor(
    memory: WebAssembly.Memory | undefined,
    marks: Marks | undefined,
    realloc: Realloc | undefined,
    handles: Handles,
    traffic: Traffic,
    fence: Fence,
  ) {
    this.#memory = memory
    this.#marks = marks
    this.#realloc = realloc
    this.handles = handles
    this.traffic = traffic
    this.#fence = fence
  }

  /** A grown memory detaches its buffer, and the old view is empty then. */
  fresh(): this {
    if (this.bytes.length === 0 && this.#memory) {
      const buffer = this.#memory.buffer
      this.bytes = new Uint8Array(buffer)
      this.view = new DataView(buffer)
    }
    return this
  }

  /** Checks a place that the guest names, before anything is read there. */
  check(at: number, size: number, align: number, what: string): void {
    if (at % align !== 0) throw new Trap(`${what} at ${at} is not aligned to ${align}`)
    if (at + size > this.bytes.length) throw new Trap(`${what} at ${at} with ${size} bytes is out of bounds of memory`)
  }

  /** Like `check`, for a place that is written. */
  claim(at: number, size: number, align: number, what: string): void {
    this.check(at, size, align, what)
    this.#marks?.add(at, size)
  }

  alloc(align: number, size: number): number {
    if (!this.#realloc) throw new Trap('no cabi_realloc for a value that needs memory')
    this.#fence.enter()
    const at = this.#realloc(0, 0, align, size) >>> 0
    this.#fence.leave()
    this.fresh()
    this.claim(at, size, align, 'what cabi_realloc returned')
    return at
  }
}
