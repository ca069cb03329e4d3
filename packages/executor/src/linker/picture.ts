/**
 * @module picture: what the start of a language left in an instance, and how another call gets an instance in that state:
 * one that was used is put back, a new one is filled. What may be pictured at all is decided in rules.ts.
 */
import type { HandleNumbers } from './handles.ts'
import type { Instance } from './instance.ts'
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

/** Runs are whole pages of the machine: a page of zeros that nobody touched stays untouched. */
const BLOCK_BYTES = 4096
/** So much is looked at before it is cleared. */
const LOOK_BYTES = 16 * 1024
const ZEROS = new Uint8Array(LOOK_BYTES)

/** Node's is a memcmp; a browser has none. */
const same: (a: Uint8Array, b: Uint8Array) => boolean =
  typeof Buffer === 'undefined' ? (a, b) => a.every((byte, i) => byte === b[i]) : (a, b) => Buffer.compare(a, b) === 0

export const bytesOf = (picture: Picture): number =>
  picture.memories.reduce((sum, { data, runs }) => sum + data.length + runs.byteLength, 0)

/** The linear memory of an instance of it. */
export const memoryOf = (picture: Picture): number => picture.memories.reduce((sum, { bytes }) => sum + bytes, 0)

/** Of an instance that has started and that no rule forbids to be pictured. */
export const takePicture = (instance: Instance, clockMs: number, environment: boolean): Picture => ({
  memories: instance.memories.map(({ buffer }) => pictureOf(new Uint8Array(buffer))),
  globals: instance.globals.map(({ value }) => value as number | bigint),
  handles: instance.handleNumbers,
  meter: instance.meter.state,
  clockMs,
  environment,
})

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

/** The memories of one instance beside its picture, part by part. Holds as long as none of them grows. */
export class Likeness {
  readonly #instance: Instance
  readonly #picture: Picture
  /** Where the picture has something, and what. */
  readonly #runs: { readonly here: Uint8Array; readonly there: Uint8Array }[] = []
  /** Where it has nothing. */
  readonly #gaps: Uint8Array[] = []

  constructor(instance: Instance, picture: Picture) {
    this.#instance = instance
    this.#picture = picture
    picture.memories.forEach(({ runs, data }, i) => {
      const memory = new Uint8Array(instance.memories[i]!.buffer)
      let read = 0
      let end = 0
      for (let r = 0; r < runs.length; r += 2) {
        const at = runs[r]!
        const length = runs[r + 1]!
        this.#gap(memory, end, at)
        end = at + length
        this.#runs.push({ here: memory.subarray(at, end), there: data.subarray(read, (read += length)) })
      }
      this.#gap(memory, end, memory.length)
    })
  }

  #gap(memory: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at += LOOK_BYTES) this.#gaps.push(memory.subarray(at, Math.min(to, at + LOOK_BYTES)))
  }

  /** Makes the instance what it was when the picture was taken. */
  restore(): void {
    for (const { here, there } of this.#runs) here.set(there)
    // Looked at first: writing zeros into a page that nobody touched would make it take memory.
    for (const gap of this.#gaps) if (!same(gap, ZEROS.subarray(0, gap.length))) gap.fill(0)
    const { globals, handles, meter } = this.#picture
    this.#instance.globals.forEach((global, i) => {
      global.value = globals[i]
    })
    this.#instance.handleNumbers = handles
    this.#instance.meter.state = meter
  }

  /** The first place where the instance is not as in the picture. */
  difference(): string | undefined {
    const { globals, handles, meter } = this.#picture
    const instance = this.#instance
    for (const { here, there } of this.#runs) if (!same(here, there)) return `memory near ${here.byteOffset}`
    for (const gap of this.#gaps) if (!same(gap, ZEROS.subarray(0, gap.length))) return `memory near ${gap.byteOffset}`
    const global = instance.globals.findIndex(({ value }, i) => !Object.is(value, globals[i]))
    if (global >= 0) return `mutable global ${global}`
    if (JSON.stringify(instance.handleNumbers) !== JSON.stringify(handles)) return 'numbers of handles'
    if (JSON.stringify(instance.meter.state) !== JSON.stringify(meter)) return 'the meter'
    return undefined
  }
}
