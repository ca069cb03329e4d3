import { expect, test } from 'vitest'
import { freeBlocks, type Range, readHeap } from './heap.ts'
import { tidySnapshot } from './snapshot.ts'

const HEAP_BASE = 1024
const FOOT = 56

/** A heap of dlmalloc: chunks from the base on, then the top and what stands behind it. */
function heap(chunks: { size: number; free?: boolean }[]): Uint8Array {
  const size = HEAP_BASE + 8 + chunks.reduce((sum, chunk) => sum + chunk.size, 0) + 4096
  const image = new Uint8Array(size + FOOT)
  const view = new DataView(image.buffer)
  let at = HEAP_BASE + 8
  let previousInUse = true
  for (const chunk of [...chunks, { size: size - at - chunks.reduce((sum, one) => sum + one.size, 0), free: true }]) {
    view.setUint32(at + 4, chunk.size | (previousInUse ? 1 : 0) | (chunk.free ? 0 : 2), true)
    image.fill(0xaa, at + 8, at + chunk.size)
    at += chunk.size
    if (chunk.free) view.setUint32(at, chunk.size, true)
    previousInUse = !chunk.free
  }
  view.setUint32(at + 4, FOOT, true)
  return image
}

const many = Array.from({ length: 120 }, (_, i) => ({ size: 64, free: i % 3 === 1 }))

test('the free chunks of a heap, their links apart', () => {
  const { free: ranges, used } = readHeap(heap(many), HEAP_BASE)!
  expect(used).toHaveLength(80)
  expect(used[0]).toEqual([HEAP_BASE + 16, HEAP_BASE + 8 + 68])
  expect(ranges).toHaveLength(41)
  expect(ranges[0]).toEqual([HEAP_BASE + 8 + 64 + 32, HEAP_BASE + 8 + 128])
})

test.each<[string, (image: Uint8Array) => void]>([
  [
    'a chunk whose size leads outside',
    (image) => new DataView(image.buffer).setUint32(HEAP_BASE + 12, 0x7fff_fff3, true),
  ],
  [
    'a chunk that disagrees with the one before',
    (image) => new DataView(image.buffer).setUint32(HEAP_BASE + 12, 64 | 2, true),
  ],
  ['a free chunk whose foot disagrees', (image) => new DataView(image.buffer).setUint32(HEAP_BASE + 8 + 128, 60, true)],
  ['an end without the foot', (image) => image.fill(0, image.length - FOOT)],
])('is left alone with %s', (_name, damage) => {
  const image = heap(many)
  damage(image)
  expect(readHeap(image, HEAP_BASE)).toBeUndefined()
})

test('a heap of a few chunks is no engine’s', () => {
  expect(readHeap(heap([{ size: 64 }]), HEAP_BASE)).toBeUndefined()
})

test('a component without such a module stays as it is', () => {
  const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])
  expect(tidySnapshot(empty)).toEqual(empty)
})

/** An arena of blocks of 64 bytes in a chunk of its own; those in `free` are listed in this order. */
function arena(free: number[]): { image: Uint8Array; view: DataView; chunk: Range } {
  const [from, blockSize, blocks] = [16, 64, 63]
  const chunk: Range = [from, from + 24 + blocks * blockSize + 4]
  const image = new Uint8Array(chunk[1]).fill(0xaa)
  const view = new DataView(image.buffer)
  view.setUint8(from + 16, 6)
  view.setUint16(from + 18, blocks - free.length, true)
  view.setUint16(from + 20, blocks, true)
  view.setUint16(from + 22, free[0] ?? 0xffff, true)
  for (const [n, block] of free.entries()) view.setUint16(from + 24 + block * blockSize, free[n + 1] ?? 0xffff, true)
  return { image, view, chunk }
}

test('the free blocks of an arena, their headers apart', () => {
  const { image, chunk } = arena([2, 0])
  expect(freeBlocks(image, [chunk])).toEqual([
    [16 + 24 + 2 * 64 + 8, 16 + 24 + 3 * 64],
    [16 + 24 + 8, 16 + 24 + 64],
  ])
  const full = arena([])
  expect(freeBlocks(full.image, [full.chunk])).toEqual([])
})

test.each<[string, (view: DataView) => void]>([
  ['a size of blocks that is none', (view) => view.setUint8(16 + 16, 31)],
  ['more blocks than fit', (view) => view.setUint16(16 + 20, 64, true)],
  ['another count than its list', (view) => view.setUint16(16 + 18, 60, true)],
  ['a list that leads outside', (view) => view.setUint16(16 + 24 + 0 * 64, 63, true)],
  ['a list that never ends', (view) => view.setUint16(16 + 24 + 0 * 64, 2, true)],
])('what looks like an arena is left alone with %s', (_name, damage) => {
  const { image, view, chunk } = arena([2, 0])
  damage(view)
  expect(freeBlocks(image, [chunk])).toEqual([])
})
