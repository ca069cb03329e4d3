/**
 * @module properties: the one table of property types. A row says how the description declares the type and what becomes of
 * a value: the check, and Activepieces' conversions (a numeric text is a NUMBER, a JSON text is a JSON or OBJECT).
 */
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import type { FileRef } from './call.ts'
import { type Path, setKey } from './codec/value.ts'
import {
  type Convert,
  checkbox,
  choice,
  choices,
  DATE_RANGE_PRESETS,
  dateRange,
  file,
  instant,
  isRecord,
  json,
  kindOf,
  list,
  number,
  object,
  refuse,
  refused,
  text,
  type Upload,
  type Visit,
} from './piece/property-values.ts'
import { type Violation, Violations } from './piece/violations.ts'

export type { Upload } from './piece/property-values.ts'

/** A name of an action, a trigger, a property. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/
export const NAME_RULE = 'a letter or _, then up to 63 letters, digits, _ or -'

export interface CheckedProps {
  /** Converted, with the defaults filled in; to be used only if there is no violation. */
  props: Record<string, unknown>
  violations: Violation[]
  uploads: Upload[]
  /** Every FILE value; those that were uploaded have a reference once they are stored. */
  files: Partial<FileRef>[]
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
  const visit: Visit = { violations: new Violations(), uploads: [], files: [], partial }
  const props = visitProps(properties, values ?? {}, at, visit)
  return {
    props: props === refused ? {} : (props as Record<string, unknown>),
    violations: visit.violations.all(),
    uploads: visit.uploads,
    files: visit.files,
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
