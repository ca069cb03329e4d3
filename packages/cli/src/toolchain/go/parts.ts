/** @module parts: whose the bytes of a Go module are: the code of each package by its functions' names, the data of all. */
import { Cursor, MODULE_SECTION, type Section, sectionsOf, withSections } from '../sections.ts'

const CUSTOM = 0
const FUNCTION_NAMES = 1
const IMPORTED_FUNCTION = 0

const nameOf = ({ id, body }: Section): string | undefined => (id === CUSTOM ? new Cursor(body).name() : undefined)

/** What only reports read. */
export const withoutNames = (module: Uint8Array): Uint8Array =>
  withSections(
    module,
    sectionsOf(module).filter((section) => section.id !== CUSTOM),
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
    // Go imports functions alone.
    if (cursor.byte() === IMPORTED_FUNCTION) functions++
    cursor.u32()
  }
  return functions
}

/** In names of functions all but letters, digits and dots is `_`. */
const GROUPS: readonly [name: string, start: RegExp][] = [
  ['code of the SDK', /^github\.com_ap_wasm_piece_go/],
  ['code of other modules', /^[a-z0-9-]+\.[a-z]+_[^.]*\./],
  ['code of net, crypto, mime', /^(net|crypto|vendor|mime|compress)[._]/],
  ['code of encoding, reflect, log', /^(encoding|reflect|log)[._]/],
]
const RUNTIME = 'code of the Go runtime and library'

/** They add up to the module without names. `own` is the piece's module path. */
export function moduleParts(module: Uint8Array, own: string): { name: string; bytes: number }[] {
  const ownStart = own.replaceAll(/[^\w.]/g, '_')
  const groupOf = (name: string): string => {
    if (name.startsWith('main.') || name.startsWith(`${ownStart}_`)) return 'code of the piece'
    return GROUPS.find(([, start]) => start.test(name))?.[0] ?? RUNTIME
  }
  const sections = sectionsOf(module)
  const names = functionNames(sections)
  const parts = new Map<string, number>()
  const add = (name: string, bytes: number): void => void parts.set(name, (parts.get(name) ?? 0) + bytes)
  let index = importedFunctions(sections)
  for (const { id, body } of sections) {
    if (id === MODULE_SECTION.code) {
      const cursor = new Cursor(body)
      for (let left = cursor.u32(); left > 0; left--, index++) {
        const bytes = cursor.u32()
        cursor.at += bytes
        add(groupOf(names.get(index) ?? ''), bytes)
      }
    } else if (id === MODULE_SECTION.data) add('data: texts, types, tables of functions', body.length)
  }
  return [...parts].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes)
}
