/**
 * @module arenas: what is free in the blocks that QuickJS cuts its chunks of the heap into. Bytes of freed blocks are read by no
 * correct program: what allocates takes them for garbage.
 */
import type { Range } from '../heap.ts'

/** QuickJS asks for 4 KiB at a time and cuts them into blocks of one size, each with 8 bytes of its own before it. */
const ARENA_BYTES = 4096
const ARENA_HEADER_BYTES = 24
const BLOCK_HEADER_BYTES = 8
const NO_BLOCK = 0xffff
const BLOCK_SIZES = [
  16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352,
  384, 416, 448, 480, 512,
]

/** The free blocks of the arena in a chunk, without their headers; none unless its counts and its list agree. */
function freeInArena(view: DataView, [from, to]: Range): Range[] {
  if (to - from < ARENA_BYTES - BLOCK_SIZES.at(-1)!) return []
  const blockSize = BLOCK_SIZES[view.getUint8(from + 16)]
  if (blockSize === undefined) return []
  const [usedBlocks, blocks, first] = [18, 20, 22].map((offset) => view.getUint16(from + offset, true))
  const fits = Math.floor((ARENA_BYTES - ARENA_HEADER_BYTES) / blockSize)
  if (blocks !== fits || from + ARENA_HEADER_BYTES + blocks * blockSize > to) return []
  const free: Range[] = []
  let block = first!
  while (block < blocks && free.length <= blocks) {
    const at = from + ARENA_HEADER_BYTES + block * blockSize
    free.push([at + BLOCK_HEADER_BYTES, at + blockSize])
    block = view.getUint16(at, true)
  }
  return block === NO_BLOCK && free.length === blocks - usedBlocks! ? free : []
}

/** Free blocks inside of chunks in use. */
export function freeBlocks(image: Uint8Array, used: readonly Range[]): Range[] {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  return used.flatMap((range) => freeInArena(view, range))
}
