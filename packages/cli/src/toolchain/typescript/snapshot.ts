/**
 * @module snapshot: tidies the memory that the build froze. Two thirds of it are what compiling left behind: bytes of
 * freed blocks and of the unwound stack, which no correct program reads. They are cleared, as is the source of the SDK's
 * functions, and what remains is written as few data segments.
 */
import { clearStack, readHeap } from '../heap.ts'
import { PAGE_BYTES, readData, readGlobals, writeData } from '../image.ts'
import { Cursor, MODULE_SECTION, mapCoreModules, type Section, sectionsOf, u32, withSections } from '../sections.ts'
import { freeBlocks } from './arenas.ts'
import { dropSources, type Owned } from './function-source.ts'

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

function tidyModule(module: Uint8Array, owned: Owned | undefined): Uint8Array {
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
  const heap = readHeap(image, heapBase)
  if (heap === undefined) return module
  clearStack(image, { heapBase, stackPointer })
  if (owned) dropSources(image, heapBase, owned)
  for (const [from, to] of [...heap.free, ...freeBlocks(image, heap.used)]) image.fill(0, from, to)

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

/** The component with a tidy snapshot; with `owned`, without the sources of functions that are not the author's. */
export const tidySnapshot = (component: Uint8Array, owned?: Owned): Uint8Array =>
  mapCoreModules(component, (module) => tidyModule(module, owned))
