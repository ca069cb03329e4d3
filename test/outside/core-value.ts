/** @module outside/core-value: constants and expectations of a core script, as text for a module and as what JavaScript holds. */
import { headOf, type List, type Node } from './wast.ts'

const wordAt = (value: Node, index: number): string => {
  const item = (value as List).items[index]
  return item?.kind === 'word' ? item.word : ''
}

/** The type of a constant; undefined: a reference, which only JavaScript can hand over. */
export const typeOf = (value: Node): string | undefined =>
  /^(i32|i64|f32|f64|v128)\.const$/.exec(headOf(value) ?? '')?.[1]

/** How the bits of a value become integers, which JavaScript reads without loss. */
export const BITS: Readonly<Record<string, { types: readonly string[]; of: (get: string) => string }>> = {
  i32: { types: ['i32'], of: (get) => get },
  i64: { types: ['i64'], of: (get) => get },
  f32: { types: ['i32'], of: (get) => `(i32.reinterpret_f32 ${get})` },
  f64: { types: ['i64'], of: (get) => `(i64.reinterpret_f64 ${get})` },
  v128: {
    types: ['i64', 'i64'],
    of: (get) => `(i64x2.extract_lane 0 ${get}) (i64x2.extract_lane 1 ${get})`,
  },
}

export const constantText = (value: Node): string =>
  `(${(value as List).items.map((item) => (item.kind === 'word' ? item.word : '')).join(' ')})`

const LANES: Readonly<Record<string, { count: number; bits: number }>> = {
  i8x16: { count: 16, bits: 8 },
  i16x8: { count: 8, bits: 16 },
  i32x4: { count: 4, bits: 32 },
  i64x2: { count: 2, bits: 64 },
  f32x4: { count: 4, bits: 32 },
  f64x2: { count: 2, bits: 64 },
}

/** What one value must be: a constant under a mask, because the standard leaves bits of a NaN open. */
export interface Expectation {
  readonly type: string
  /** The constant as text; a NaN that is only a class stands as 0 in it. */
  readonly text: string
  /** For each integer of `BITS`. */
  readonly masks: readonly bigint[]
  readonly nans: readonly bigint[]
}

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n
function lane(text: string, bits: number): { text: string; mask: bigint; nan: bigint } {
  const canonical = bits === 32 ? 0x7fc00000n : 0x7ff8000000000000n
  if (text === 'nan:canonical') return { text: '0', mask: ones(bits - 1), nan: canonical }
  // An arithmetic NaN has all bits of a canonical one, and any others.
  if (text === 'nan:arithmetic') return { text: '0', mask: canonical, nan: canonical }
  return { text, mask: ones(bits), nan: 0n }
}

export function expectationOf(value: Node): Expectation | undefined {
  const type = typeOf(value)
  if (type === undefined) return undefined
  if (type !== 'v128') {
    const one = lane(wordAt(value, 1), type.endsWith('32') ? 32 : 64)
    return { type, text: `(${type}.const ${one.text})`, masks: [one.mask], nans: [one.nan] }
  }
  const shape = wordAt(value, 1)
  const { count, bits } = LANES[shape]!
  const lanes = Array.from({ length: count }, (_, i) => lane(wordAt(value, 2 + i), bits))
  const half = (at: number, of: 'mask' | 'nan'): bigint =>
    lanes.slice(at, at + count / 2).reduce((sum, one, i) => sum | (one[of] << BigInt(i * bits)), 0n)
  return {
    type,
    text: `(v128.const ${shape} ${lanes.map((one) => one.text).join(' ')})`,
    masks: [half(0, 'mask'), half(count / 2, 'mask')],
    nans: [half(0, 'nan'), half(count / 2, 'nan')],
  }
}

/** `a` or `b` of `(either a b)`. */
export const alternativesOf = (value: Node): readonly Node[] =>
  headOf(value) === 'either' ? (value as List).items.slice(1) : [value]

const hosts = new Map<string, object>()
/** The object that a number stands for: the same for every mention. */
function host(number: string): object {
  const known = hosts.get(number) ?? { host: number }
  hosts.set(number, known)
  return known
}

/** A hexadecimal float, as C writes it. */
function floatOf(text: string): number {
  const clean = text.replaceAll('_', '')
  if (/nan/.test(clean)) return Number.NaN
  if (/inf/.test(clean)) return clean.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const hex = /^([+-]?)0x([0-9a-f]+)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i.exec(clean)
  if (!hex) return Number(clean)
  const [, sign, whole = '', fraction = '', exponent = '0'] = hex
  const mantissa = Number.parseInt(whole + fraction, 16)
  return (sign === '-' ? -1 : 1) * mantissa * 2 ** (Number(exponent) - fraction.length * 4)
}

/** An argument as JavaScript hands it over; throws where it cannot. */
export function javascriptOf(value: Node): unknown {
  const text = wordAt(value, 1).replaceAll('_', '')
  switch (headOf(value)) {
    case 'i32.const':
      return Number(BigInt.asIntN(32, integer(text)))
    case 'i64.const':
      return BigInt.asIntN(64, integer(text))
    case 'f32.const':
    case 'f64.const':
      return floatOf(text)
    case 'ref.null':
      return null
    case 'ref.extern':
    case 'ref.host':
      return host(text)
    default:
      throw new TypeError(`${headOf(value)} cannot be handed over`)
  }
}

const integer = (text: string): bigint =>
  text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace(/^\+/, ''))

/** Whether what JavaScript was answered is what a reference's expectation says. */
export function refersTo(value: Node, seen: unknown): boolean {
  switch (headOf(value)) {
    case 'ref.null':
      return seen === null
    case 'ref.func':
      return typeof seen === 'function'
    case 'ref.extern':
    case 'ref.host':
      return wordAt(value, 1) === '' ? seen !== null : seen === host(wordAt(value, 1))
    default:
      return seen !== null
  }
}
