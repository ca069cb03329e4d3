import { expect, test } from 'vitest'
import { freeRanges, tidySnapshot } from './snapshot.ts'

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
  const ranges = freeRanges(heap(many), HEAP_BASE)!
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
  expect(freeRanges(image, HEAP_BASE)).toBeUndefined()
})

test('a heap of a few chunks is no engine’s', () => {
  expect(freeRanges(heap([{ size: 64 }]), HEAP_BASE)).toBeUndefined()
})

test('a component without such a module stays as it is', () => {
  const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])
  expect(tidySnapshot(empty)).toEqual(empty)
})
