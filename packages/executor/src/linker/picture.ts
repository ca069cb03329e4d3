/**
 * @module picture: what the start of a language left in an instance, and how another call gets an instance in that state:
 * one that was used is put back, a new one is filled. What may be pictured at all is decided in rules.ts.
 */
import { LOG2_BLOCK_BYTES, MARK_REACH } from '../rewrite/index.ts'
import type { HandleNumbers } from './handles.ts'
import type { Instance } from './instance.ts'
import type { Marks } from './marks.ts'
import type { MeterState } from './meter.ts'

export interface MemoryPicture {
  /** Its length, zeros included. */
  readonly bytes: number
  /** Where what is not zero begins and how long it is, pair by pair. */
  readonly runs: Uint32Array
  /** The runs, one behind the other. */
  readonly data: Uint8Array
}

export interface Picture {
  readonly memories: readonly MemoryPicture[]
  readonly globals: readonly (number | bigint)[]
  /** Of each component instance that has a table of handles: none is open, but their numbers go on. */
  readonly handles: readonly HandleNumbers[]
  readonly meter: MeterState
  /** The monotonic clock at the end of the start. */
  readonly clockMs: number
  /** The start read the environment: what it found there is in the picture. */
  readonly environment: boolean
}

/** Runs are whole pages of the machine: a page of zeros that nobody touched stays untouched. Marks are of one each. */
export const BLOCK_BYTES = 1 << LOG2_BLOCK_BYTES
/** So much is looked at before it is cleared. */
const ZEROS = new Uint8Array(4 * BLOCK_BYTES)

/** Node's is a memcmp; a browser has none. */
const same: (a: Uint8Array, b: Uint8Array) => boolean =
  typeof Buffer === 'undefined' ? (a, b) => a.every((byte, i) => byte === b[i]) : (a, b) => Buffer.compare(a, b) === 0

export const bytesOf = (picture: Picture): number =>
  picture.memories.reduce((sum, { data, runs }) => sum + data.length + runs.byteLength, 0)

/** The linear memory of an instance of it. */
export const memoryOf = (picture: Picture): number => picture.memories.reduce((sum, { bytes }) => sum + bytes, 0)

/** Of an instance that has started and that no rule forbids to be pictured. */
export function takePicture(instance: Instance, clockMs: number, environment: boolean): Picture {
  const picture = {
    memories: instance.memories.map(({ buffer }) => pictureOf(new Uint8Array(buffer))),
    globals: instance.globals.map(({ value }) => value as number | bigint),
    handles: instance.handleNumbers,
    meter: instance.meter.state,
    clockMs,
    environment,
  }
  // What is written from here on makes it another.
  picture.memories.forEach(({ bytes }, i) => {
    instance.marks[i]?.clear(bytes / BLOCK_BYTES)
  })
  return picture
}

function pictureOf(memory: Uint8Array): MemoryPicture {
  const runs: number[] = []
  let held = 0
  for (let at = 0; at < memory.length; at += BLOCK_BYTES) {
    if (same(memory.subarray(at, at + BLOCK_BYTES), ZEROS.subarray(0, BLOCK_BYTES))) continue
    const last = runs.length - 2
    if (last >= 0 && runs[last]! + runs[last + 1]! === at) runs[last + 1]! += BLOCK_BYTES
    else runs.push(at, BLOCK_BYTES)
    held += BLOCK_BYTES
  }
  const data = new Uint8Array(held)
  let at = 0
  for (let i = 0; i < runs.length; i += 2) {
    data.set(memory.subarray(runs[i]!, runs[i]! + runs[i + 1]!), at)
    at += runs[i + 1]!
  }
  return { bytes: memory.length, runs: Uint32Array.from(runs), data }
}

/** Places of a picture's blocks in its data; -1 for one that is not there, which is zeros. */
const placesOf = new WeakMap<MemoryPicture, Int32Array>()

function places(picture: MemoryPicture): Int32Array {
  let known = placesOf.get(picture)
  if (known === undefined) {
    known = new Int32Array(picture.bytes / BLOCK_BYTES + 1).fill(-1)
    let held = 0
    for (let r = 0; r < picture.runs.length; r += 2) {
      const first = picture.runs[r]! / BLOCK_BYTES
      const blocks = picture.runs[r + 1]! / BLOCK_BYTES
      for (let i = 0; i < blocks; i++, held += BLOCK_BYTES) known[first + i] = held
    }
    placesOf.set(picture, known)
  }
  return known
}

/** Some blocks of a memory, and what they are in the picture. */
interface Part {
  readonly here: Uint8Array
  readonly there: Uint8Array
  readonly isZeros: boolean
}

/** One memory of an instance beside its picture. Holds as long as it does not grow. */
class MemoryLikeness {
  readonly #memory: Uint8Array
  readonly #picture: MemoryPicture
  readonly #marks: Marks | undefined
  /** All of it; kept where every reset needs them. */
  readonly #parts: readonly Part[] | undefined

  constructor(memory: WebAssembly.Memory, picture: MemoryPicture, marks: Marks | undefined) {
    this.#memory = new Uint8Array(memory.buffer)
    this.#picture = picture
    this.#marks = marks
    this.#parts = marks === undefined ? this.#all() : undefined
  }

  get #blocks(): number {
    return this.#picture.bytes / BLOCK_BYTES
  }

  /** It is known to be like the picture: what is written from here on makes it another. */
  unmark(): void {
    this.#marks?.clear(this.#blocks)
  }

  fill(): void {
    for (const { here, there, isZeros } of this.#parts ?? this.#all()) {
      if (!isZeros) here.set(there)
      // Looked at first: writing zeros into a page that nobody touched would make it take memory.
      else if (!same(here, there)) here.fill(0)
    }
    this.unmark()
  }

  restore(): void {
    if (this.#marks === undefined) {
      this.fill()
      return
    }
    const known = places(this.#picture)
    this.#marks.take(this.#blocks, (from, to) => this.#putBack(known, from, to))
  }

  /** Blocks that are marked, and so far into the one behind as a store at their end may have reached. */
  #putBack(known: Int32Array, from: number, to: number): void {
    const end = Math.min(to * BLOCK_BYTES + MARK_REACH, this.#memory.length)
    for (let block = from; block * BLOCK_BYTES < end; ) {
      const at = block * BLOCK_BYTES
      const place = known[block]!
      do block++
      while (block <= to && known[block]! < 0 === place < 0)
      const stop = Math.min(block * BLOCK_BYTES, end)
      if (place < 0) this.#memory.fill(0, at, stop)
      else this.#memory.set(this.#picture.data.subarray(place, place + stop - at), at)
    }
  }

  /** The first place where it is not as in the picture. */
  difference(): number | undefined {
    return (this.#parts ?? this.#all()).find(({ here, there }) => !same(here, there))?.here.byteOffset
  }

  #all(): Part[] {
    const { runs, data } = this.#picture
    const parts: Part[] = []
    const zeros = (from: number, to: number): void => {
      for (let at = from; at < to; at += ZEROS.length) {
        const here = this.#memory.subarray(at, Math.min(to, at + ZEROS.length))
        parts.push({ here, there: ZEROS.subarray(0, here.length), isZeros: true })
      }
    }
    let [read, end] = [0, 0]
    for (let r = 0; r < runs.length; r += 2) {
      const at = runs[r]!
      const length = runs[r + 1]!
      zeros(end, at)
      end = at + length
      const there = data.subarray(read, (read += length))
      parts.push({ here: this.#memory.subarray(at, end), there, isZeros: false })
    }
    zeros(end, this.#memory.length)
    return parts
  }
}

/** An instance beside its picture, part by part. Holds as long as none of its memories grows. */
export class Likeness {
  readonly #instance: Instance
  readonly #picture: Picture
  readonly #memories: MemoryLikeness[]

  constructor(instance: Instance, picture: Picture) {
    this.#instance = instance
    this.#picture = picture
    this.#memories = picture.memories.map(
      (memory, i) => new MemoryLikeness(instance.memories[i]!, memory, instance.marks[i]),
    )
  }

  /** Makes an instance that was like the picture that again: where writes are marked, nothing else is looked at. */
  restore(): void {
    for (const memory of this.#memories) memory.restore()
    this.#restoreState()
  }

  /** Makes an instance, whatever it is, like the picture. */
  fill(): void {
    for (const memory of this.#memories) memory.fill()
    this.#restoreState()
  }

  #restoreState(): void {
    const { globals, handles, meter } = this.#picture
    this.#instance.globals.forEach((global, i) => {
      global.value = globals[i]
    })
    this.#instance.handleNumbers = handles
    this.#instance.meter.state = meter
  }

  /** The first place where the instance is not as in the picture; without one, nothing is marked any more. */
  difference(): string | undefined {
    const { globals, handles, meter } = this.#picture
    const instance = this.#instance
    for (const memory of this.#memories) {
      const at = memory.difference()
      if (at !== undefined) return `memory near ${at}`
    }
    const global = instance.globals.findIndex(({ value }, i) => !Object.is(value, globals[i]))
    if (global >= 0) return `mutable global ${global}`
    if (JSON.stringify(instance.handleNumbers) !== JSON.stringify(handles)) return 'numbers of handles'
    if (JSON.stringify(instance.meter.state) !== JSON.stringify(meter)) return 'the meter'
    for (const memory of this.#memories) memory.unmark()
    return undefined
  }
}
