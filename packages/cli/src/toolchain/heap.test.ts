import { expect, test } from 'vitest'
import { clearStack, readHeap } from './heap.ts'

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

/** As a heap is that could not grow where it ended: a fence, a page of somebody else, another segment. */
function twoSegments(): { image: Uint8Array; second: number } {
  const page = 65_536
  const first = heap(many)
  const image = new Uint8Array(4 * page)
  const view = new DataView(image.buffer)
  const end = first.length - FOOT - 4096
  image.set(first.subarray(0, end))
  // What was left of the first segment is one chunk in use, and the fence ends with its page.
  view.setUint32(end + 4, (page - 24 - end) | 2 | 1, true)
  for (let at = page - 24; at + 4 < page; at += 4) view.setUint32(at + 4, 7, true)
  image.fill(0xee, page, 2 * page)
  const second = heap(many)
  image.set(second.subarray(HEAP_BASE + 8, second.length - FOOT - 4096), 2 * page + 8)
  const top = 2 * page + 8 + (second.length - FOOT - 4096 - HEAP_BASE - 8)
  view.setUint32(top + 4, (image.length - FOOT - top) | 1, true)
  view.setUint32(image.length - FOOT + 4, FOOT, true)
  return { image, second: 2 * page }
}

test('a heap goes on behind a page of somebody else', () => {
  const { image, second } = twoSegments()
  const { free: ranges } = readHeap(image, HEAP_BASE)!
  expect(ranges).toHaveLength(81)
  expect(ranges.filter(([from]) => from >= second)).toHaveLength(41)
  expect(ranges.some(([from, to]) => to > 65_536 && from < second)).toBe(false)
})

test('the stack is cleared, and nothing above it', () => {
  const { image } = twoSegments()
  image.fill(0xcc, 0, HEAP_BASE)
  clearStack(image, { heapBase: HEAP_BASE, stackPointer: 512 })
  expect([image[0], image[511], image[512]]).toEqual([0, 0, 0xcc])
})

test('a stack above the heap is left alone', () => {
  const image = new Uint8Array(4096).fill(0xcc)
  clearStack(image, { heapBase: HEAP_BASE, stackPointer: 2048 })
  expect(image.includes(0)).toBe(false)
})
