/**
 * @module properties: the one table of property types. A row says how the description declares the type and what becomes of
 * a value: the check, and Activepieces' conversions (a numeric text is a NUMBER, a JSON text is a JSON or OBJECT).
 */
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import { Equal } from 'typebox/value'
import type { FileRef } from './call.ts'
import { type Path, setKey } from './codec/value.ts'
import { decodeJson } from './codec.ts'
import { type Violation, Violations } from './violations.ts'

/** A name of an action, a trigger, a property. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/
export const NAME_RULE = 'a letter or _, then up to 63 letters, digits, _ or -'
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

export interface CheckedProps {
  /** Converted, with the defaults filled in; to be used only if there is no violation. */
  props: Record<string, unknown>
  violations: Violation[]
  uploads: Upload[]
}

interface Visit {
  violations: Violations
  uploads: Upload[]
  /** The form is being filled: what is required may still be missing. */
  partial: boolean
}

const closed = { additionalProperties: false } as const
const withOptions = Type.Object({
  options: Type.Object(
    {
      options: Type.Array(Type.Object({ label: Type.String(), value: Type.Unknown() }, closed)),
      disabled: Type.Optional(Type.Boolean()),
      placeholder: Type.Optional(Type.String()),
    },
    closed,
  ),
})
const withRefreshers = { refreshers: Type.Array(Type.String()) }
const withSearch = { ...withRefreshers, refreshOnSearch: Type.Optional(Type.Boolean()) }

/** The converted value, `refused` after the violation was added, or undefined where there is nothing to hand over. */
type Convert<P = unknown> = (value: unknown, property: P, at: Path, visit: Visit) => unknown
const refused = Symbol('refused')

const refuse = (visit: Visit, at: Path, message: string): typeof refused => {
  visit.violations.add(at, message)
  return refused
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** The kind of a value for a message; never the value itself, which may be a secret. */
const kindOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return 'bytes'
  return (
    { string: 'text', number: 'a number', bigint: 'a number', boolean: 'true or false' }[typeof value as string] ??
    'an object'
  )
}

const text: Convert = (value, _property, at, visit) =>
  typeof value === 'string' ? value : refuse(visit, at, `expected text, got ${kindOf(value)}`)

const NUMERIC = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const number: Convert = (value, _property, at, visit) => {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value !== 'string') return refuse(visit, at, `expected a number, got ${kindOf(value)}`)
  const trimmed = value.trim()
  const converted = NUMERIC.test(trimmed) ? Number(trimmed) : Number.NaN
  return Number.isFinite(converted) ? converted : refuse(visit, at, 'expected a number, got a text that is none')
}

const checkbox: Convert = (value, _property, at, visit) =>
  typeof value === 'boolean' ? value : refuse(visit, at, `expected true or false, got ${kindOf(value)}`)

const INSTANT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/
/** In UTC, where the text names no zone. */
const instant = (value: unknown, at: Path, visit: Visit): string | typeof refused => {
  if (typeof value !== 'string') return refuse(visit, at, `expected an ISO 8601 text, got ${kindOf(value)}`)
  const match = INSTANT.exec(value.trim())
  const zone = match?.[3]?.replace(/^([+-]..)(..)$/, '$1:$2') ?? 'Z'
  const date = new Date(match === null ? Number.NaN : `${match[1]}T${match[2] ?? '00:00'}${zone}`)
  return Number.isNaN(date.getTime())
    ? refuse(visit, at, 'expected an ISO 8601 text such as 2026-01-31T12:00:00Z')
    : date.toISOString()
}

const dateRange: Convert = (value, _property, at, visit) => {
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

const FILENAME = /^[^/\\\u0000-\u001f\u007f]{1,255}$/
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}(?:\s*;[\x20-\x7e]{0,255})?$/i
const file: Convert = (value, _property, at, visit) => {
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
    return visit.violations.count > before ? refused : { filename, mediaType, size, reference }
  }
  const bytes = data instanceof Uint8Array ? data : typeof data === 'string' ? fromBase64(data) : undefined
  if (bytes === undefined) return refuse(visit, [...at, 'data'], 'expected bytes, in JSON as base64 text')
  if (visit.violations.count > before) return refused
  const stored: Record<string, unknown> = { filename, mediaType, size: bytes.length }
  visit.uploads.push({
    filename: filename as string,
    mediaType: mediaType as string,
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

/** A text that is JSON stands for what it says; forms send text. */
function parsed(value: string): unknown {
  try {
    return decodeJson(new TextEncoder().encode(value))
  } catch {
    return undefined
  }
}

const json: Convert = (value) => (typeof value === 'string' ? (parsed(value) ?? value) : value)

const object: Convert = (value, _property, at, visit) => {
  const converted = typeof value === 'string' ? parsed(value) : value
  return isRecord(converted) ? converted : refuse(visit, at, `expected an object, got ${kindOf(value)}`)
}

const choice: Convert<Static<typeof withOptions>> = (value, property, at, visit) =>
  oneOf(value, property.options.options) ? value : refuse(visit, at, notAnOption(property.options.options))

const choices: Convert<Static<typeof withOptions>> = (value, property, at, visit) => {
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
const oneOf = (value: unknown, options: readonly Option[]): boolean => options.some((one) => Equal(one.value, value))
const notAnOption = (options: readonly Option[]): string => {
  const shown = options.slice(0, 20).map((one) => JSON.stringify(one.value))
  return `is none of the options: ${shown.join(', ')}${options.length > shown.length ? ', …' : ''}`
}

const list: Convert = (value, _property, at, visit) =>
  Array.isArray(value) ? value : refuse(visit, at, `expected a list, got ${kindOf(value)}`)

const base = {
  displayName: Type.String({ minLength: 1 }),
  description: Type.Optional(Type.String()),
  required: Type.Boolean(),
  defaultValue: Type.Optional(Type.Unknown()),
}

/** One row: what a caller sends and the action sees, the declaration (the base, and what the type adds), the conversion. */
function row<T extends string, Extra extends TProperties>(
  type: T,
  value: string,
  extra: Extra,
  convert: Convert<Static<TObject<Extra>>>,
) {
  const declaration = Type.Object({ type: Type.Literal(type), ...base, ...extra }, closed)
  return { value, adds: Object.keys(extra), declaration, convert: convert as Convert<never> }
}

const markdownVariant = { variant: Type.Optional(Type.Enum(['BORDERLESS', 'INFO', 'WARNING', 'TIP'])) }

/** Types that stand by themselves: the items of an ARRAY hold these. */
const SIMPLE = {
  SHORT_TEXT: row('SHORT_TEXT', 'text', {}, text),
  LONG_TEXT: row('LONG_TEXT', 'text', {}, text),
  RICH_TEXT: row('RICH_TEXT', 'text', {}, text),
  MARKDOWN: row('MARKDOWN', 'none: a text of the form itself', markdownVariant, () => undefined),
  NUMBER: row('NUMBER', 'a number; a numeric text becomes one', {}, number),
  CHECKBOX: row('CHECKBOX', 'true or false', {}, checkbox),
  DATE_TIME: row(
    'DATE_TIME',
    'an ISO 8601 text; becomes its UTC form, and a text without zone is UTC',
    {},
    (value, _property, at, visit) => instant(value, at, visit),
  ),
  DATE_RANGE: row(
    'DATE_RANGE',
    `\`{ preset?, after?, before? }\`; a preset is one of ${DATE_RANGE_PRESETS.join(', ')}; the dates as in DATE_TIME`,
    { display: Type.Optional(Type.Literal('dropdown')) },
    dateRange,
  ),
  COLOR: row('COLOR', 'text', {}, text),
  FILE: row(
    'FILE',
    '`{ filename, mediaType, size, reference }`; a caller may send `{ filename, mediaType?, data }`, bytes or base64 text, which the host stores first',
    {},
    file,
  ),
  JSON: row('JSON', 'any value; a text that is JSON becomes what it says', {}, json),
  OBJECT: row('OBJECT', 'an object; a text that is one in JSON becomes it', {}, object),
  STATIC_DROPDOWN: row('STATIC_DROPDOWN', 'the value of one of the options', withOptions.properties, choice),
  STATIC_MULTI_SELECT_DROPDOWN: row(
    'STATIC_MULTI_SELECT_DROPDOWN',
    'a list of values of the options',
    withOptions.properties,
    choices,
  ),
  // What the piece itself offered: the host does not ask it again.
  DROPDOWN: row('DROPDOWN', 'any value; the piece offers the options when asked', withSearch, (value) => value),
  MULTI_SELECT_DROPDOWN: row('MULTI_SELECT_DROPDOWN', 'a list of such values', withSearch, list),
} as const
type SimpleType = keyof typeof SIMPLE
type SimpleProperty = { [T in SimpleType]: Static<(typeof SIMPLE)[T]['declaration']> }[SimpleType]

/** Any text may be a key in these schemas: `checkDescription` judges names, because a schema would not say which rule one broke. */
const named = <S extends TSchema>(schema: S) => Type.Record(Type.String(), schema)
const anyOf = (rows: Record<string, { declaration: TSchema }>) =>
  Type.Union(Object.values(rows).map((one) => one.declaration))

const array: Convert<{ properties?: Record<string, SimpleProperty> }> = (value, property, at, visit) => {
  if (!Array.isArray(value)) return refuse(visit, at, `expected a list, got ${kindOf(value)}`)
  const { properties } = property
  return properties === undefined ? value : value.map((item, i) => visitProps(properties, item, [...at, i], visit))
}

const ORDINARY = {
  ...SIMPLE,
  ARRAY: row(
    'ARRAY',
    'a list; with `properties`, of objects that are checked in turn',
    { properties: Type.Optional(Type.Unsafe<Record<string, SimpleProperty>>(named(anyOf(SIMPLE)))) },
    array,
  ),
  DYNAMIC: row('DYNAMIC', 'an object; the piece says its properties when asked', withRefreshers, object),
} as const

/** What a connection's own form may hold: nothing that needs a resolve or a file. */
const OF_AUTH = {
  SHORT_TEXT: SIMPLE.SHORT_TEXT,
  LONG_TEXT: SIMPLE.LONG_TEXT,
  SECRET_TEXT: row('SECRET_TEXT', 'text, never shown again', {}, text),
  MARKDOWN: SIMPLE.MARKDOWN,
  NUMBER: SIMPLE.NUMBER,
  CHECKBOX: SIMPLE.CHECKBOX,
  STATIC_DROPDOWN: SIMPLE.STATIC_DROPDOWN,
  STATIC_MULTI_SELECT_DROPDOWN: SIMPLE.STATIC_MULTI_SELECT_DROPDOWN,
} as const

const ROWS = { ...ORDINARY, ...OF_AUTH }
export type PropertyType = keyof typeof ROWS
export type Property = { [T in PropertyType]: Static<(typeof ROWS)[T]['declaration']> }[PropertyType]
export type Properties = Record<string, Property>

export const PROPERTIES = Type.Unsafe<Properties>(named(anyOf(ORDINARY)))
export const AUTH_PROPERTIES = Type.Unsafe<Properties>(named(anyOf(OF_AUTH)))

/** Where a property may stand decides which types it may have. */
export const TYPES_IN = {
  props: Object.keys(ORDINARY) as PropertyType[],
  items: Object.keys(SIMPLE) as PropertyType[],
  auth: Object.keys(OF_AUTH) as PropertyType[],
} as const

/** For the reference: one line for each type. */
export const PROPERTY_TABLE = Object.entries(ROWS).map(([type, { value, adds }]) => ({
  type: type as PropertyType,
  value,
  adds,
  places: (Object.keys(TYPES_IN) as (keyof typeof TYPES_IN)[]).filter((place) =>
    TYPES_IN[place].includes(type as PropertyType),
  ),
}))

export const declarationOf = (type: PropertyType): TSchema => ROWS[type].declaration

/**
 * Checks and converts what a caller sent: every violation at once. `partial` is for a form that is still being filled:
 * what is required may be missing.
 */
export function checkProps(
  properties: Properties,
  values: unknown,
  { at = ['props'], partial = false }: { at?: Path; partial?: boolean } = {},
): CheckedProps {
  const visit: Visit = { violations: new Violations(), uploads: [], partial }
  const props = visitProps(properties, values ?? {}, at, visit)
  return {
    props: props === refused ? {} : (props as Record<string, unknown>),
    violations: visit.violations.all(),
    uploads: visit.uploads,
  }
}

function visitProps(properties: Properties, values: unknown, at: Path, visit: Visit): unknown {
  if (!isRecord(values)) return refuse(visit, at, `expected an object, got ${kindOf(values)}`)
  const props: Record<string, unknown> = {}
  for (const key of Object.keys(values)) {
    if (Object.hasOwn(properties, key)) continue
    refuse(visit, [...at, key], `is no property here; there are: ${Object.keys(properties).join(', ') || 'none'}`)
  }
  for (const [key, property] of Object.entries(properties)) {
    const given = Object.hasOwn(values, key) ? values[key] : undefined
    // null is how JSON callers and forms say "nothing".
    const value = given ?? property.defaultValue
    const place = [...at, key]
    if (value !== undefined && value !== null) {
      const { convert } = ROWS[property.type]
      const converted = convert(value, property as never, place, visit)
      if (converted !== undefined && converted !== refused) setKey(props, key, converted)
    } else if (property.required && !visit.partial && property.type !== 'MARKDOWN') {
      refuse(visit, place, 'is required')
    }
  }
  return props
}
