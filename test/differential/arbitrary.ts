/** @module differential/arbitrary: values of a type: its corners first, then what a seeded generator makes. */
import { camelCase, isTagged, type ValueType } from '../../packages/executor/src/linker/types.ts'

export type Random = (below: number) => number

export function seeded(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const integers = (bits: number, signed: boolean): number[] => {
  const top = 2 ** (signed ? bits - 1 : bits) - 1
  return signed ? [0, 1, -1, top, -top - 1] : [0, 1, top, top - 1]
}
const STRINGS = ['', 'a', 'zwölf Boxkämpfer', '\0', '日本語', '😀 and 👩‍👩‍👧', '\u{10ffff}', 'x'.repeat(3000), '"\\\n']

const CORNERS: Partial<Record<ValueType['kind'], readonly unknown[]>> = {
  bool: [true, false],
  s8: integers(8, true),
  u8: integers(8, false),
  s16: integers(16, true),
  u16: integers(16, false),
  s32: integers(32, true),
  u32: integers(32, false),
  s64: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
  u64: [0n, 1n, 2n ** 64n - 1n, 2n ** 63n],
  f32: [0, -0, 1.5, -1, Infinity, -Infinity, NaN, Math.fround(3.4e38), 2 ** -149],
  f64: [0, -0, 0.1, -1e300, Infinity, -Infinity, NaN, 5e-324],
  char: ['a', '\0', 'é', '\ud7ff', '\ue000', '😀', '\u{10ffff}'],
  string: STRINGS,
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!

/** One value, as our linker represents it. */
export function arbitrary(type: ValueType, random: Random): unknown {
  switch (type.kind) {
    case 'list': {
      const length = pick(random, [0, 1, 2, 3, 17])
      const items = Array.from({ length }, () => arbitrary(type.element, random))
      return type.element.kind === 'u8' ? Uint8Array.from(items as number[]) : items
    }
    case 'record':
      return Object.fromEntries(type.fields.map((f) => [camelCase(f.name), arbitrary(f.type, random)]))
    case 'tuple':
      return type.elements.map((e) => arbitrary(e, random))
    case 'flags':
      return Object.fromEntries(type.names.map((name) => [camelCase(name), random(2) === 1]))
    case 'enum':
      return pick(random, type.names)
    case 'variant': {
      const { name, type: payload } = pick(random, type.cases)
      return { tag: name, val: payload && arbitrary(payload, random) }
    }
    case 'result': {
      const tag = pick(random, ['ok', 'err'] as const)
      const payload = type[tag]
      return { tag, val: payload && arbitrary(payload, random) }
    }
    case 'option': {
      const some = random(3) > 0
      const val = some ? arbitrary(type.element, random) : undefined
      return isTagged(type) ? { tag: some ? 'some' : 'none', val } : val
    }
    case 'own':
    case 'borrow':
      throw new TypeError('a handle cannot be made up')
    default:
      return pick(random, CORNERS[type.kind]!)
  }
}

/** Every corner of a scalar; a number of made-up ones of anything else. */
export const samples = (type: ValueType, random: Random, count: number): readonly unknown[] =>
  CORNERS[type.kind] ?? Array.from({ length: count }, () => arbitrary(type, random))
