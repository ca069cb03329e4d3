/**
 * @module heap: what is free in the heap of a snapshot, as dlmalloc and QuickJS over it keep their books. Bytes of freed blocks
 * are read by no correct program: what allocates takes them for garbage.
 */

/** From, to: offsets into the memory. */
export type Range = readonly [from: number, to: number]

export interface Heap {
  /** Of free chunks what holds no links. */
  free: Range[]
  /** What the chunks in use hold. */
  used: Range[]
}

/** The first chunk of dlmalloc's heap: its user part is aligned to 16. */
const firstChunk = (heapBase: number): number => ((heapBase + 8 + 15) & ~15) - 8

const PREVIOUS_IN_USE = 1
const IN_USE = 2
/** Links of a free chunk: head, forward, back, children, parent, bin. */
const LINKS_BYTES = 32
/** What dlmalloc keeps at the end of a segment, after the chunk that it carves new ones from. */
const TOP_FOOT_BYTES = 56
/** Fewer chunks than any heap with a JavaScript engine has. */
const MIN_CHUNKS = 100

/**
 * The chunks, found by walking the heap from its first one to its end; undefined unless every chunk on the way agrees with
 * its neighbours, for then the heap is not what this reader knows.
 */
export function readHeap(image: Uint8Array, heapBase: number): Heap | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  const free: Range[] = []
  const used: Range[] = []
  let chunks = 0
  let previousInUse = true
  for (let at = firstChunk(heapBase); at + 16 <= image.length; chunks++) {
    const head = view.getUint32(at + 4, true)
    const size = head & ~7
    const inUse = (head & IN_USE) !== 0
    const next = at + size
    if (size < 16 || ((head & PREVIOUS_IN_USE) !== 0) !== previousInUse || next + 8 > image.length) return undefined
    if (!inUse && next + TOP_FOOT_BYTES === image.length) {
      if (view.getUint32(next + 4, true) !== TOP_FOOT_BYTES || chunks < MIN_CHUNKS) return undefined
      free.push([at + 8, next])
      return { free, used }
    }
    if (inUse) used.push([at + 8, next + 4])
    else {
      if (view.getUint32(next, true) !== size) return undefined
      if (size > LINKS_BYTES) free.push([at + LINKS_BYTES, next])
    }
    previousInUse = inUse
    at = next
  }
  return undefined
}

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
