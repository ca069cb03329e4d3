/**
 * @module picture-bytes: a picture as bytes, for the disk and for another cell: four bytes of length, a JSON head, then runs
 * and data of each memory. Every length is checked where it is read: who wrote them was a cell, too.
 */
import type { HandleNumbers } from './handles.ts'
import type { MeterState } from './meter.ts'
import { BLOCK_BYTES, type MemoryPicture, type Picture } from './picture.ts'
import { concat } from './reader.ts'

interface Head {
  memories: { bytes: number; runs: number; data: number }[]
  /** A 64-bit one as text. */
  globals: (number | string)[]
  handles: HandleNumbers[]
  meter: MeterState
  clockMs: number
  environment: boolean
}

const LENGTH_BYTES = 4
const RUN_BYTES = 8
const MOST_MEMORY_BYTES = 2 ** 32

/** JSON knows no -0. */
const toText = (value: number | bigint): number | string =>
  typeof value === 'bigint'
    ? `${value}`
    : Object.is(value, -0) || !Number.isFinite(value)
      ? `f${value === 0 ? '-0' : value}`
      : value
const fromText = (text: number | string): number | bigint =>
  typeof text === 'number' ? text : text.startsWith('f') ? Number(text.slice(1)) : BigInt(text)

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

export function encodePicture({ memories, globals, ...more }: Picture): Uint8Array<ArrayBuffer> {
  const head: Head = {
    memories: memories.map(({ bytes, runs, data }) => ({ bytes, runs: runs.length / 2, data: data.length })),
    globals: globals.map(toText),
    ...more,
    handles: [...more.handles],
  }
  const json = new TextEncoder().encode(JSON.stringify(head))
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, json.length)
  return concat([length, json, ...memories.flatMap(({ runs, data }) => [bytesOf(runs), data])])
}

/** Throws a RangeError for bytes that are no picture. */
export function decodePicture(given: Uint8Array): Picture {
  // A Buffer's slices would be no copies.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  if (bytes.length < LENGTH_BYTES) throw new RangeError('a picture that is cut off')
  let at = LENGTH_BYTES
  const take = (length: number): Uint8Array => {
    const part = bytes.slice(at, (at += length))
    if (part.length !== length) throw new RangeError('a picture that is cut off')
    return part
  }
  const headBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const { memories, globals, handles, meter, clockMs, environment } = headOf(take(headBytes))
  return {
    memories: memories.map(({ bytes, runs, data }) =>
      checked({ bytes, runs: numbers(take(runs * RUN_BYTES)), data: take(data) }),
    ),
    globals: globals.map(fromText),
    handles,
    meter,
    clockMs,
    environment,
  }
}

function headOf(bytes: Uint8Array): Head {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Head
  } catch {
    throw new RangeError('a picture without a head')
  }
}

const numbers = ({ buffer, byteLength }: Uint8Array): Uint32Array => new Uint32Array(buffer, 0, byteLength / 4)

function checked(memory: MemoryPicture): MemoryPicture {
  const { bytes, runs, data } = memory
  let [end, held] = [0, 0]
  for (let i = 0; i < runs.length; i += 2) {
    if (runs[i]! < end) throw new RangeError('a picture whose runs overlap')
    if (runs[i]! % BLOCK_BYTES || runs[i + 1]! % BLOCK_BYTES) throw new RangeError('a picture whose runs are no blocks')
    end = runs[i]! + runs[i + 1]!
    held += runs[i + 1]!
  }
  if (!(end <= bytes && bytes <= MOST_MEMORY_BYTES && held === data.length))
    throw new RangeError('a picture whose runs are not in its memory')
  return memory
}
