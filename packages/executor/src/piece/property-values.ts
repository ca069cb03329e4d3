/** @module piece/property-values: what becomes of a value, one function for each kind: the check and the conversion in one. */
import { Equal } from 'typebox/value'
import type { FileRef } from '../call.ts'
import type { Path } from '../codec/value.ts'
import { decodeJson } from '../codec.ts'
import type { Violations } from './violations.ts'

export const DATE_RANGE_PRESETS = [
  'any_time',
  'last_24_hours',
  'last_7_days',
  'last_30_days',
  'last_90_days',
  'this_month',
  'custom',
] as const

/** A file that the caller sent along: the host stores it and puts the reference where the bytes were. */
export interface Upload {
  filename: string
  mediaType: string
  data: Uint8Array
  replace(file: FileRef): void
}

export interface Visit {
  violations: Violations
  uploads: Upload[]
  /** Every FILE value; the reference of an upload stands there once it is stored. */
  files: Partial<FileRef>[]
  /** The form is being filled: what is required may still be missing. */
  partial: boolean
}

/** The converted value, `refused` after the violation was added, or undefined where there is nothing to hand over. */
export type Convert<P = unknown> = (value: unknown, property: P, at: Path, visit: Visit) => unknown
export const refused = Symbol('refused')

export const refuse = (visit: Visit, at: Path, message: string): typeof refused => {
  visit.violations.add(at, message)
  return refused
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** The kind of a value for a message; never the value itself, which may be a secret. */
export const kindOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return 'bytes'
  return (
    { string: 'text', number: 'a number', bigint: 'a number', boolean: 'true or false' }[typeof value as string] ??
    'an object'
  )
}

export const text: Convert = (value, _property, at, visit) =>
  typeof value === 'string' ? value : refuse(visit, at, `expected text, got ${kindOf(value)}`)

const NUMERIC = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
export const number: Convert = (value, _property, at, visit) => {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value !== 'string') return refuse(visit, at, `expected a number, got ${kindOf(value)}`)
  const trimmed = value.trim()
  const converted = NUMERIC.test(trimmed) ? Number(trimmed) : Number.NaN
  return Number.isFinite(converted) ? converted : refuse(visit, at, 'expected a number, got a text that is none')
}

export const checkbox: Convert = (value, _property, at, visit) =>
  typeof value === 'boolean' ? value : refuse(visit, at, `expected true or false, got ${kindOf(value)}`)

const INSTANT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/
/** In UTC, where the text names no zone. */
export const instant = (value: unknown, at: Path, visit: Visit): string | typeof refused => {
  if (typeof value !== 'string') return refuse(visit, at, `expected an ISO 8601 text, got ${kindOf(value)}`)
  const match = INSTANT.exec(value.trim())
  const zone = match?.[3]?.replace(/^([+-]..)(..)$/, '$1:$2') ?? 'Z'
  const date = new Date(match === null ? Number.NaN : `${match[1]}T${match[2] ?? '00:00'}${zone}`)
  return Number.isNaN(date.getTime())
    ? refuse(visit, at, 'expected an ISO 8601 text such as 2026-01-31T12:00:00Z')
    : date.toISOString()
}

export const dateRange: Convert = (value, _property, at, visit) => {
  if (!isRecord(value)) return refuse(visit, at, `expected { preset?, after?, before? }, got ${kindOf(value)}`)
  const range: Record<string, unknown> = {}
  let bad = false
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined || part === null || part === '') continue
    const place = [...at, key]
    let converted: unknown = refused
    if (key === 'after' || key === 'before') converted = instant(part, place, visit)
    else if (key !== 'preset') refuse(visit, place, 'is not a known key; expected preset, after, before')
    else if ((DATE_RANGE_PRESETS as readonly unknown[]).includes(part)) converted = part
    else refuse(visit, place, `must be one of ${DATE_RANGE_PRESETS.join(', ')}`)
    if (converted === refused) bad = true
    else range[key] = converted
  }
  return bad ? refused : range
}

export const FILENAME = /^[^/\\\u0000-\u001f\u007f]{1,255}$/
export const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}(?:\s*;[\x20-\x7e]{0,255})?$/i
export const file: Convert = (value, _property, at, visit) => {
  if (!isRecord(value))
    return refuse(
      visit,
      at,
      `expected { filename, mediaType, size, reference } or { filename, data }, got ${kindOf(value)}`,
    )
  const { filename, mediaType = 'application/octet-stream', size, reference, data } = value
  const before = visit.violations.count
  if (typeof filename !== 'string' || !FILENAME.test(filename))
    refuse(visit, [...at, 'filename'], 'expected a file name of up to 255 characters without / and \\')
  if (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType))
    refuse(visit, [...at, 'mediaType'], 'expected a media type such as text/csv')
  if (data === undefined) {
    if (typeof reference !== 'string' || reference === '')
      refuse(visit, [...at, 'reference'], 'expected the reference of a stored file (or data, its bytes)')
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      refuse(visit, [...at, 'size'], 'expected the number of bytes')
    if (visit.violations.count > before) return refused
    const given = { filename, mediaType, size, reference } as FileRef
    visit.files.push(given)
    return given
  }
  const bytes = data instanceof Uint8Array ? data : typeof data === 'string' ? fromBase64(data) : undefined
  if (bytes === undefined) return refuse(visit, [...at, 'data'], 'expected bytes, in JSON as base64 text')
  if (visit.violations.count > before) return refused
  const stored = { filename: filename as string, mediaType: mediaType as string, size: bytes.length }
  visit.files.push(stored)
  visit.uploads.push({
    filename: stored.filename,
    mediaType: stored.mediaType,
    data: bytes,
    replace: (file) => Object.assign(stored, file),
  })
  return stored
}

function fromBase64(encoded: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(encoded)
  } catch {
    return undefined
  }
}

/** A text that is JSON stands for what it says, any other for itself; forms send text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return decodeJson(new TextEncoder().encode(value))
  } catch {
    return value
  }
}

export const json: Convert = (value) => parsed(value)

export const object: Convert = (value, _property, at, visit) => {
  const converted = parsed(value)
  return isRecord(converted) ? converted : refuse(visit, at, `expected an object, got ${kindOf(value)}`)
}

export const choice: Convert<WithOptions> = (value, property, at, visit) =>
  oneOf(value, property.options.options) ? value : refuse(visit, at, notAnOption(property.options.options))

export const choices: Convert<WithOptions> = (value, property, at, visit) => {
  if (!Array.isArray(value)) return refuse(visit, at, `expected a list, got ${kindOf(value)}`)
  let bad = false
  value.forEach((item, i) => {
    if (oneOf(item, property.options.options)) return
    bad = true
    refuse(visit, [...at, i], notAnOption(property.options.options))
  })
  return bad ? refused : value
}

type Option = { label: string; value: unknown }
interface WithOptions {
  options: { options: readonly Option[] }
}
const oneOf = (value: unknown, options: readonly Option[]): boolean => options.some((one) => Equal(one.value, value))
const notAnOption = (options: readonly Option[]): string => {
  const shown = options.slice(0, 20).map((one) => JSON.stringify(one.value))
  return `is none of the options: ${shown.join(', ')}${options.length > shown.length ? ', …' : ''}`
}

export const list: Convert = (value, _property, at, visit) =>
  Array.isArray(value) ? value : refuse(visit, at, `expected a list, got ${kindOf(value)}`)
