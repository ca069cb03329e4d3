/** @module difference: what is not as a case expects it, in lines. `{"$has": text}`, `{"$match": pattern}` and `{"$any": true}` expect less than a value. */
import { isDeepStrictEqual } from 'node:util'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** Long values are told by their ends. */
const shown = (value: unknown): string => {
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 200)} … ${text.slice(-50)}` : text
}

/** `exact`: keys that are not expected must not be there. */
export function differences(expected: unknown, actual: unknown, path: string, exact = true): string[] {
  if (isRecord(expected) && '$any' in expected) return actual === undefined ? [`${path}: expected something`] : []
  if (isRecord(expected) && '$has' in expected)
    return String(actual).includes(String(expected.$has))
      ? []
      : [`${path}: ${shown(actual)} lacks ${shown(expected.$has)}`]
  if (isRecord(expected) && '$match' in expected)
    return new RegExp(String(expected.$match), 'u').test(String(actual))
      ? []
      : [`${path}: ${shown(actual)} does not match ${expected.$match}`]
  if (isRecord(expected) && isRecord(actual)) {
    const keys = exact ? new Set([...Object.keys(expected), ...Object.keys(actual)]) : Object.keys(expected)
    return [...keys].flatMap((key) => differences(own(expected, key), own(actual, key), `${path}.${key}`, exact))
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return [`${path}: expected ${expected.length} items, got ${actual.length}: ${shown(actual)}`]
    return expected.flatMap((item, i) => differences(item, actual[i], `${path}[${i}]`, exact))
  }
  if (expected instanceof Uint8Array && actual instanceof Uint8Array && Buffer.compare(expected, actual) === 0)
    return []
  return isDeepStrictEqual(expected, actual) ? [] : [`${path}: expected ${shown(expected)}, got ${shown(actual)}`]
}

const own = (record: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined
