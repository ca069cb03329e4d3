/**
 * @module props: the values of properties as a run function is handed them. The host has checked and converted them before;
 * what is checked here again is what a run function must be able to rely on.
 */
import { Failure } from './failure.ts'
import { type FileRef, openFile } from './files.ts'
import type { Properties, Property } from './property.ts'

interface Violation {
  path: string
  message: string
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

type Rule = [expected: string, fits: (value: unknown) => boolean]
const TEXT: Rule = ['text', (value) => typeof value === 'string']
const LIST: Rule = ['a list', Array.isArray]

/** What a value of each type must be; types without a row take anything. */
const RULES: Partial<Record<Property['type'], Rule>> = {
  SHORT_TEXT: TEXT,
  LONG_TEXT: TEXT,
  RICH_TEXT: TEXT,
  DATE_TIME: TEXT,
  COLOR: TEXT,
  NUMBER: ['a number', (value) => (typeof value === 'number' && !Number.isNaN(value)) || typeof value === 'bigint'],
  CHECKBOX: ['true or false', (value) => typeof value === 'boolean'],
  FILE: ['a file', (value) => isRecord(value) && typeof value.reference === 'string'],
  OBJECT: ['an object', isRecord],
  DYNAMIC: ['an object', isRecord],
  ARRAY: LIST,
  STATIC_MULTI_SELECT_DROPDOWN: LIST,
  MULTI_SELECT_DROPDOWN: LIST,
}

/** Numbers arrive as text from forms. */
function converted(property: Property, value: unknown): unknown {
  if (property.type === 'NUMBER' && typeof value === 'string' && value.trim() !== '') return Number(value)
  return value
}

/** The value of the property `name` in what stands at `path`. */
function readValue(property: Property, given: unknown, path: string, name: string, violations: Violation[]): unknown {
  if (property.type === 'MARKDOWN') return undefined
  const value = converted(property, given ?? property.defaultValue)
  if (value === undefined || value === null) {
    if (property.required) violations.push({ path: `${path}.${name}`, message: 'is required' })
    return undefined
  }
  const rule = RULES[property.type]
  if (rule && !rule[1](value)) {
    violations.push({ path: `${path}.${name}`, message: `must be ${rule[0]}` })
    return undefined
  }
  if (property.type === 'FILE') return openFile(value as FileRef)
  if (property.type === 'ARRAY' && property.properties) {
    const { properties } = property
    return (value as unknown[]).map((item, index) => {
      const at = `${path}.${name}[${index}]`
      if (isRecord(item)) return readProps(properties, item, at, violations)
      violations.push({ path: at, message: 'must be an object' })
      return undefined
    })
  }
  return value
}

function readProps(
  props: Properties,
  given: Record<string, unknown>,
  path: string,
  violations: Violation[],
): Record<string, unknown> {
  const values = { ...given }
  for (const name of Object.keys(props)) {
    const value = readValue(props[name]!, given[name], path, name, violations)
    if (value === undefined) delete values[name]
    else values[name] = value
  }
  return values
}

/** Values with defaults filled in and files opened; throws `invalid_input` that names every wrong one by its path. */
export function propsValue(props: Properties, given: unknown): Record<string, unknown> {
  const violations: Violation[] = []
  const values = readProps(props, isRecord(given) ? given : {}, 'props', violations)
  if (violations.length === 0) return values
  const message = violations.map((violation) => `${violation.path} ${violation.message}`).join('; ')
  throw new Failure('invalid_input', message, { detail: { violations } })
}
