/**
 * @module cell/wrappers: between wasm and an import that may suspend V8 puts a wrapper, which it compiles when the first
 * program with such a type of function is instantiated, a quarter of a millisecond each. Whoever has one shares it; so a
 * cell has those of the world from its birth on.
 */
import { type CoreCode, Suspending } from '../linker/jspi.ts'

/** Core parameters of the functions that wait. None has a core result: what it answers goes through memory. */
export const WAITING = ['i', 'ii', 'iii', 'iiii', 'iiiiii', 'iiiiiii', 'ili', 'iili', 'iilii', 'li']

const CODES: Readonly<Record<string, number>> = { i: 0x7f, l: 0x7e }
const HEAD = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const SECTION = { type: 1, import: 2 }
const FUNCTION_TYPE = 0x60

/** A wrapper lives as long as an instance that has it. */
const kept: WebAssembly.Instance[] = []

export function makeWrappers(): void {
  const section = (id: number, items: number[][]): number[] => {
    const content = [items.length, ...items.flat()]
    return [id, content.length, ...content]
  }
  const types = WAITING.map((params) => [FUNCTION_TYPE, params.length, ...[...params].map((one) => CODES[one]!), 0])
  // Of module "" the function "", of each type.
  const imports = WAITING.map((_, type) => [0, 0, 0, type])
  const bytes = Uint8Array.from([...HEAD, ...section(SECTION.type, types), ...section(SECTION.import, imports)])
  // V8 tells functions apart by how many parameters they name: none, as those of linker/imports.ts.
  const never: CoreCode = (...flat) => flat
  kept.push(new WebAssembly.Instance(new WebAssembly.Module(bytes), { '': { '': new Suspending(never) } }))
}
