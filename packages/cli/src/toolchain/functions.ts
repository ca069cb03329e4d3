/** @module functions: of a core module each function's name and bytes; for reports of what a component's bytes are. */
import { Cursor, MODULE_SECTION, type Section, sectionsOf, withSections } from './sections.ts'

const FUNCTION_NAMES = 1
const IMPORTED_FUNCTION = 0

const nameOf = ({ id, body }: Section): string | undefined =>
  id === MODULE_SECTION.custom ? new Cursor(body).name() : undefined

/** What only reports read, and what a component gets anew. */
export const withoutCustomSections = (module: Uint8Array): Uint8Array =>
  withSections(
    module,
    sectionsOf(module).filter(({ id }) => id !== MODULE_SECTION.custom),
  )

/** By index; imported functions come first. */
function functionNames(sections: readonly Section[]): Map<number, string> {
  const names = new Map<number, string>()
  const section = sections.find((one) => nameOf(one) === 'name')
  if (section === undefined) return names
  const cursor = new Cursor(section.body)
  cursor.name()
  while (!cursor.done) {
    const kind = cursor.byte()
    const end = cursor.u32() + cursor.at
    if (kind === FUNCTION_NAMES) for (let left = cursor.u32(); left > 0; left--) names.set(cursor.u32(), cursor.name())
    cursor.at = end
  }
  return names
}

function importedFunctions(sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === MODULE_SECTION.import)
  if (section === undefined) return 0
  const cursor = new Cursor(section.body)
  let functions = 0
  for (let left = cursor.u32(); left > 0; left--) {
    cursor.name()
    cursor.name()
    // Compilers for a component import functions alone.
    if (cursor.byte() === IMPORTED_FUNCTION) functions++
    cursor.u32()
  }
  return functions
}

/** In order; a function without a name has an empty one. */
export function functionsOf(module: Uint8Array): { name: string; bytes: number }[] {
  const sections = sectionsOf(module)
  const names = functionNames(sections)
  const code = sections.find(({ id }) => id === MODULE_SECTION.code)
  const cursor = new Cursor(code?.body ?? Uint8Array.of(0))
  const first = importedFunctions(sections)
  return Array.from({ length: cursor.u32() }, (_, index) => {
    const bytes = cursor.u32()
    cursor.at += bytes
    return { name: names.get(first + index) ?? '', bytes }
  })
}

export const dataBytes = (module: Uint8Array): number =>
  sectionsOf(module).reduce((sum, { id, body }) => sum + (id === MODULE_SECTION.data ? body.length : 0), 0)
