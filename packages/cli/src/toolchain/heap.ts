/**
 * @module heap: what of a frozen memory nobody reads: free chunks of wasi-libc's allocator, dlmalloc, and the unwound stack.
 * What allocates takes the bytes of a freed chunk for garbage; in a component they would cost its size.
 */

/** From, to: offsets into the memory. */
export type Range = readonly [from: number, to: number]

export interface Heap {
  /** Of free chunks what holds no links. */
  free: Range[]
  /** What the chunks in use hold. */
  used: Range[]
}

/** The first chunk of a segment of the heap: its user part is aligned to 16. */
const firstChunk = (segment: number): number => ((segment + 8 + 15) & ~15) - 8

const PREVIOUS_IN_USE = 1
const IN_USE = 2
/** Links of a free chunk: head, forward, back, children, parent, bin. */
const LINKS_BYTES = 32
/** What dlmalloc keeps at the end of a segment, after the chunk that it carves new ones from. */
const TOP_FOOT_BYTES = 56
/** In place of chunks at the end of a segment that another one follows. */
const FENCE = 7
/** Fewer chunks than any heap with an interpreter has. */
const MIN_CHUNKS = 100
/** Somebody else grew the memory: then the heap goes on at one of the next pages. */
const PAGE_BYTES = 65_536

interface Segment extends Heap {
  /** Where the heap may go on; undefined: it ends with the memory. */
  next: number | undefined
}

/** From the first chunk of a segment to its end; undefined unless every chunk on the way agrees with its neighbours. */
function readSegment(view: DataView, begin: number): Segment | undefined {
  const length = view.byteLength
  const free: Range[] = []
  const used: Range[] = []
  let previousInUse = true
  for (let at = firstChunk(begin); at + 8 <= length; ) {
    const head = view.getUint32(at + 4, true)
    if (head === FENCE) return { free, used, next: Math.ceil((at + 8) / PAGE_BYTES) * PAGE_BYTES }
    const size = head & ~7
    const inUse = (head & IN_USE) !== 0
    const next = at + size
    if (size < 16 || ((head & PREVIOUS_IN_USE) !== 0) !== previousInUse || next + 8 > length) return undefined
    if (!inUse && next + TOP_FOOT_BYTES === length) {
      if (view.getUint32(next + 4, true) !== TOP_FOOT_BYTES) return undefined
      free.push([at + 8, next])
      return { free, used, next: undefined }
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

/** The chunks, found by walking the heap from its first one to its end; undefined where it is not what this reader knows. */
export function readHeap(image: Uint8Array, heapBase: number): Heap | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  const segments: Segment[] = []
  for (let begin = heapBase; begin < image.length; ) {
    const segment = readSegment(view, begin)
    if (segment === undefined) {
      if (segments.length === 0) return undefined
      // Behind a fence: this page is another's.
      begin += PAGE_BYTES
      continue
    }
    segments.push(segment)
    if (segment.next === undefined) {
      const [free, used] = [segments.flatMap((one) => one.free), segments.flatMap((one) => one.used)]
      return used.length + free.length < MIN_CHUNKS ? undefined : { free, used }
    }
    begin = segment.next
  }
  return undefined
}

/** Nothing is called while a memory rests: the stack, which grows down from its pointer to 0, is empty. */
export function clearStack(image: Uint8Array, { heapBase, stackPointer }: { heapBase: number; stackPointer: number }) {
  if (stackPointer < heapBase) image.fill(0, 0, stackPointer)
}
