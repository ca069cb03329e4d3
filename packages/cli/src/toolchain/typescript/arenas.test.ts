import { expect, test } from 'vitest'
import type { Range } from '../heap.ts'
import { freeBlocks } from './arenas.ts'
import { tidySnapshot } from './snapshot.ts'

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
