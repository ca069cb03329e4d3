/** @module parts: where the bytes of a C piece go, by what its linker says that it kept. */

/** `-  3e8  20   ap_piece.o:(ap_copy)`: sizes in hexadecimal; the indented line after it names the symbol once more. */
const KEPT = /^\s*\S+\s+[0-9a-f]+\s+([0-9a-f]+)\s{1,9}(\S.*?):\(/

/** `names`: the piece's own objects by file name. */
export function mapParts(
  component: Uint8Array,
  map: string,
  names: ReadonlyMap<string, string>,
): { name: string; bytes: number }[] {
  const sizes = new Map<string, number>()
  for (const line of map.split('\n')) {
    const [, size, place] = KEPT.exec(line) ?? []
    if (size === undefined || place === undefined) continue
    const name = partOf(place, names)
    sizes.set(name, (sizes.get(name) ?? 0) + Number.parseInt(size, 16))
  }
  const known = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  const parts = [...sizes].map(([name, bytes]) => ({ name, bytes }))
  return [...parts, { name: 'types, adapter and the rest', bytes: component.length - known }].sort(
    (a, b) => b.bytes - a.bytes,
  )
}

function partOf(place: string, names: ReadonlyMap<string, string>): string {
  const file = place.split(/[/\\]/).at(-1)!
  const own = names.get(file)
  if (own !== undefined) return own
  if (file === 'yyjson.o') return 'yyjson'
  if (file.startsWith('ap_') || file === 'piece.o') return 'ap_piece'
  return 'libc'
}
