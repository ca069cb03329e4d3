/** @module parts: which crate the bytes of a Rust module are of. */
import { dataBytes, functionsOf } from '../functions.ts'

export interface Part {
  name: string
  bytes: number
}

/** What std is made of. */
const STD: ReadonlySet<string> = new Set(
  'std core alloc compiler_builtins panic_abort dlmalloc hashbrown memchr rustc_demangle addr2line gimli object miniz_oxide adler2 std_detect wasi unwind cfg_if libc'.split(
    ' ',
  ),
)

/** `_RNvNtCs1_4core3fmt5write`, `_ZN4core3fmt5write17h…E`, `_ZN50_$LT$alloc..string..String$u20$as…`: core, core, alloc. */
export function crateOf(symbol: string): string | undefined {
  const modern = /^_R.*?C(?:s[0-9a-zA-Z]*_)?(\d+)_?([A-Za-z_]\w*)/.exec(symbol)
  if (modern) return modern[2]!.slice(0, Number(modern[1]))
  const legacy = /^_ZN(\d+)(.*)$/.exec(symbol)
  if (!legacy) return undefined
  const path = legacy[2]!.slice(0, Number(legacy[1]))
  return path.startsWith('_$LT$') ? /([a-z_]\w*?)\.\./.exec(path)?.[1] : path
}

/** Bytes of code by crate, and of data. The rest of the component is what the caller knows of. */
export function moduleParts(module: Uint8Array): Part[] {
  const crates = new Map<string, number>()
  for (const { name, bytes } of functionsOf(module)) {
    const crate = crateOf(name)
    const part = crate === undefined ? 'C library and glue' : STD.has(crate) ? 'std' : crate
    crates.set(part, (crates.get(part) ?? 0) + bytes)
  }
  const parts = [...crates].map(([name, bytes]) => ({ name, bytes }))
  return [...parts, { name: 'data', bytes: dataBytes(module) }].sort((a, b) => b.bytes - a.bytes)
}
