/**
 * @module snapshot: tidies the memory that the build froze. Two thirds of it are what compiling left behind: bytes of
 * freed blocks and of the unwound stack, which no correct program reads. They are cleared, and what remains is written as
 * few data segments.
 */
import { PAGE_BYTES, readData, readGlobals, writeData } from '../image.ts'
import { Cursor, MODULE_SECTION, mapCoreModules, type Section, sectionsOf, u32, withSections } from '../sections.ts'

/** Values of exported i32 globals that are constants. */
function exportedConstants(sections: readonly Section[]): Map<string, number> {
  const find = (id: number) => sections.find((section) => section.id === id)?.body
  const [globals, exports] = [find(MODULE_SECTION.global), find(MODULE_SECTION.export)]
  const constants = new Map<string, number>()
  if (!globals || !exports) return constants
  const values = readGlobals(globals)
  const names = new Cursor(exports)
  for (let left = names.u32(); left > 0; left--) {
    const name = names.name()
    const [kind, index] = [names.byte(), names.u32()]
    const value = kind === 3 ? values[index]?.value : undefined
    if (value !== undefined) constants.set(name, value)
  }
  return constants
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
 * Ranges of free chunks, found by walking the heap from its first chunk to its end; undefined unless every chunk on the way
 * agrees with its neighbours, for then the heap is not what this reader knows.
 */
export function freeRanges(image: Uint8Array, heapBase: number): [from: number, to: number][] | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  const ranges: [number, number][] = []
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
      return [...ranges, [at + 8, next]]
    }
    if (!inUse) {
      if (view.getUint32(next, true) !== size) return undefined
      if (size > LINKS_BYTES) ranges.push([at + LINKS_BYTES, next])
    }
    previousInUse = inUse
    at = next
  }
  return undefined
}

function tidyModule(module: Uint8Array): Uint8Array {
  const sections = sectionsOf(module)
  const memory = sections.find((section) => section.id === MODULE_SECTION.memory)
  const data = sections.find((section) => section.id === MODULE_SECTION.data)
  const constants = exportedConstants(sections)
  const heapBase = constants.get('__heap_base')
  const stackPointer = constants.get('__stack_pointer')
  const segments = data && readData(data.body)
  if (!memory || !data || !segments || heapBase === undefined || stackPointer === undefined) return module

  const limits = new Cursor(memory.body)
  limits.take(2)
  const image = new Uint8Array(limits.u32() * PAGE_BYTES)
  for (const { offset, bytes } of segments) image.set(bytes, offset)
  const ranges = freeRanges(image, heapBase)
  if (ranges === undefined) return module
  // Nothing is called while a snapshot rests: the stack, which grows down from its pointer to 0, is empty.
  if (stackPointer < heapBase) image.fill(0, 0, stackPointer)
  for (const [from, to] of ranges) image.fill(0, from, to)

  const written = writeData(image)
  return withSections(
    module,
    sections.map((section) => {
      if (section === data) return { id: section.id, body: written.body }
      if (section.id === MODULE_SECTION.dataCount) return { id: section.id, body: Uint8Array.from(u32(written.count)) }
      return section
    }),
  )
}

/** The component with a tidy snapshot. */
export const tidySnapshot = (component: Uint8Array): Uint8Array => mapCoreModules(component, tidyModule)
