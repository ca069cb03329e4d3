/** @module difference: where two JSON values differ. */
import { type Path, showPath } from './codec.ts'

/** The first place, or undefined where they are equal; the order of keys does not count. */
export function differenceOf(a: unknown, b: unknown): string | undefined {
  const at = difference(a, b, [])
  return at === undefined ? undefined : showPath(at)
}

function difference(a: unknown, b: unknown, at: Path): Path | undefined {
  if (a === b) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return at
  if (Array.isArray(a) !== Array.isArray(b)) return at
  const keys = Array.isArray(a)
    ? Array.from({ length: Math.max(a.length, (b as unknown[]).length) }, (_, i) => i)
    : [...new Set([...Object.keys(a), ...Object.keys(b)])]
  for (const key of keys) {
    const place = [...at, key]
    if (!Object.hasOwn(a, key) || !Object.hasOwn(b, key)) return place
    const found = difference(a[key as keyof typeof a], b[key as keyof typeof b], place)
    if (found !== undefined) return found
  }
  return undefined
}
