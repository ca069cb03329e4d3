/** @module settings/kinds: how a setting is read from text (flag, environment) and how a value handed over in code is checked. */
import ipaddr from 'ipaddr.js'

export interface Kind<T> {
  /** Completes the sentence "expected …". */
  readonly expected: string
  /** Undefined: the text does not say such a value. */
  fromText(text: string): T | undefined
  fits(value: unknown): value is T
}

const SCALES: Record<string, Record<string, number>> = {
  bytes: { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  ms: { '': 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 },
}

/** A whole number; bytes may be written `64MiB`, times `30s`, `7d`, and large counts `1e11`. */
export function whole(
  min: number,
  max: number,
  unit: 'ms' | 'bytes' | 'count' | 'instructions' = 'count',
): Kind<number> {
  const scales = SCALES[unit] ?? { '': 1 }
  const suffixes = Object.keys(scales).filter(Boolean)
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
  return {
    expected: `a whole number${unit === 'count' ? '' : ` of ${unit}`} from ${min} to ${max}${suffixes.length > 0 ? ` (suffixes: ${suffixes.join(', ')})` : ''}`,
    fromText(text) {
      const match = /^(\d+(?:e\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim())
      const scale = scales[match?.[2] ?? '']
      if (!match || scale === undefined) return undefined
      const value = Number(match[1]) * scale
      return fits(value) ? value : undefined
    },
    fits,
  }
}

export const text = (expected: string, accepts: (value: string) => boolean = () => true): Kind<string> => {
  const fits = (value: unknown): value is string => typeof value === 'string' && accepts(value)
  return { expected, fits, fromText: (value) => (fits(value) ? value : undefined) }
}

export const choice = <const T extends string>(...values: readonly T[]): Kind<T> => {
  const fits = (value: unknown): value is T => values.includes(value as T)
  return { expected: `one of ${values.join(', ')}`, fits, fromText: (value) => (fits(value) ? value : undefined) }
}

/** Texts between commas; an empty text is the empty list. */
export const list = (item: Kind<string>): Kind<readonly string[]> => {
  const fits = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((v) => item.fits(v))
  return {
    expected: `a list, separated by commas, of: ${item.expected}`,
    fits,
    fromText(value) {
      const items = value.split(',').map((one) => one.trim())
      const kept = items.filter((one) => one !== '')
      return fits(kept) ? kept : undefined
    },
  }
}

const httpUrl = (value: string, isWhole: (url: URL) => boolean): boolean => {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && isWhole(url)
}

export const url = text(
  'an http or https URL without query',
  (value) => value === '' || httpUrl(value, (u) => !u.search),
)
export const origin = text('an origin such as https://app.example.com', (value) =>
  httpUrl(value, (u) => u.origin === value),
)
export const cidr = text('an address range such as 10.0.0.0/8', (value) => ipaddr.isValidCIDR(value))
