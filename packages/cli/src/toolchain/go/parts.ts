/** @module parts: whose the bytes of a Go module are: the code of each package by its functions' names, the data of all. */
import { dataBytes, functionsOf } from '../functions.ts'

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
  const parts = new Map<string, number>()
  const add = (name: string, bytes: number): void => void parts.set(name, (parts.get(name) ?? 0) + bytes)
  for (const { name, bytes } of functionsOf(module)) add(groupOf(name), bytes)
  add('data: texts, types, tables of functions', dataBytes(module))
  return [...parts].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes)
}
