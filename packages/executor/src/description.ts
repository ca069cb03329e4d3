/**
 * @module description: what a piece's `describe` returns. The schema is written once: the TypeScript type, the JSON Schema
 * for the other SDKs (`wit/description.schema.json`) and the checks come from it.
 */
import Type, { type Static, type TSchema } from 'typebox'
import type { Path } from './codec/value.ts'
import { AUTH, AUTH_TYPES, type Auth, type AuthType, authDeclarationOf } from './piece/auth.ts'
import { isCron } from './piece/cron.ts'
import { collect, sentences, Violations } from './piece/violations.ts'
import {
  checkProps,
  declarationOf,
  NAME,
  NAME_RULE,
  PROPERTIES,
  type Property,
  type PropertyType,
  TYPES_IN,
} from './properties.ts'

export const CATEGORIES = [
  'ARTIFICIAL_INTELLIGENCE',
  'COMMUNICATION',
  'COMMERCE',
  'CORE',
  'UNIVERSAL_AI',
  'FLOW_CONTROL',
  'BUSINESS_INTELLIGENCE',
  'ACCOUNTING',
  'PRODUCTIVITY',
  'CONTENT_AND_FILES',
  'DEVELOPER_TOOLS',
  'CUSTOMER_SUPPORT',
  'FORMS_AND_SURVEYS',
  'HUMAN_RESOURCES',
  'PAYMENT_PROCESSING',
  'MARKETING',
  'SALES_AND_CRM',
] as const

const closed = { additionalProperties: false } as const
const title = Type.String({ minLength: 1, maxLength: 256 })
const prose = Type.String({ maxLength: 8192 })
const toggle = Type.Object({ defaultValue: Type.Optional(Type.Boolean()), hide: Type.Optional(Type.Boolean()) }, closed)

/** Activepieces' own shape of an output; it nests through `children` and `listItems`, and grows: other keys pass. */
export interface OutputField {
  key: string
  label?: string
  children?: OutputField[]
  listItems?: OutputField[]
  [more: string]: unknown
}
const outputField = Type.Unsafe<OutputField>(
  Type.Object(
    { key: Type.String({ minLength: 1 }), label: Type.Optional(Type.String()) },
    { additionalProperties: true },
  ),
)

const callable = <P extends TSchema>(props: P) => ({
  displayName: title,
  description: prose,
  props,
  requireAuth: Type.Boolean(),
  outputSchema: Type.Optional(
    Type.Object({ fields: Type.Array(outputField), itemLabel: Type.Optional(Type.String()) }, closed),
  ),
  outputJsonSchema: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Boolean()])),
  sampleOutput: Type.Optional(Type.Unknown()),
  audience: Type.Optional(Type.Enum(['human', 'ai', 'both'])),
  aiMetadata: Type.Optional(
    Type.Object({ description: Type.Optional(prose), idempotent: Type.Optional(Type.Boolean()) }, closed),
  ),
})

const action = <P extends TSchema>(props: P) =>
  Type.Object(
    {
      ...callable(props),
      errorHandlingOptions: Type.Optional(
        Type.Object({ retryOnFailure: Type.Optional(toggle), continueOnFailure: Type.Optional(toggle) }, closed),
      ),
    },
    closed,
  )

const trigger = <P extends TSchema, R extends TSchema>(props: P, renew: R) =>
  Type.Object(
    {
      ...callable(props),
      type: Type.Enum(['POLLING', 'WEBHOOK', 'APP_WEBHOOK', 'MANUAL']),
      sampleData: Type.Unknown(),
      testStrategy: Type.Enum(['TEST_FUNCTION', 'SIMULATION']),
      handshakeConfiguration: Type.Optional(
        Type.Object(
          {
            strategy: Type.Enum(['NONE', 'HEADER_PRESENT', 'QUERY_PRESENT', 'BODY_PARAM_PRESENT']),
            paramName: Type.Optional(Type.String({ minLength: 1 })),
          },
          closed,
        ),
      ),
      renewConfiguration: Type.Optional(renew),
    },
    closed,
  )

const renew = Type.Union([
  Type.Object({ strategy: Type.Literal('NONE') }, closed),
  Type.Object({ strategy: Type.Literal('CRON'), cronExpression: Type.String() }, closed),
])

const description = <A extends TSchema, C extends TSchema, T extends TSchema>(auth: A, actions: C, triggers: T) =>
  Type.Object(
    {
      contract: Type.Literal('0.1'),
      encoding: Type.Enum(['json', 'msgpack']),
      sdk: Type.Object({ language: title, version: title }, closed),
      displayName: title,
      description: prose,
      logoUrl: Type.Optional(Type.String({ maxLength: 2048 })),
      authors: Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 }),
      categories: Type.Array(Type.Enum([...CATEGORIES]), { uniqueItems: true }),
      auth: Type.Optional(Type.Array(auth)),
      actions: Type.Record(Type.String(), actions),
      triggers: Type.Record(Type.String(), triggers),
    },
    closed,
  )

export const DESCRIPTION = description(AUTH, action(PROPERTIES), trigger(PROPERTIES, renew))
export type Description = Static<typeof DESCRIPTION>
export type Trigger = Description['triggers'][string]

/** The same without what a union would only say "matches none of 18" about: those parts are judged one by one below. */
const any = Type.Unknown()
const FRAME = description(any, action(any), trigger(any, any))

/** Every violation with its place, in the author's terms; none: the value is a Description. */
export function checkDescription(value: unknown): string[] {
  const violations = new Violations()
  collect(violations, FRAME, value)
  if (isRecord(value)) {
    checkAuths(violations, value.auth)
    for (const kind of ['actions', 'triggers'] as const) {
      for (const [name, callable] of entries(value[kind])) {
        const at = [kind, name]
        if (!NAME.test(name)) violations.add(at, `is no name: ${NAME_RULE}`)
        if (!isRecord(callable)) continue
        checkProperties(violations, callable.props, [...at, 'props'], 'props')
        if (isRecord(callable.outputSchema))
          checkFields(violations, callable.outputSchema.fields, [...at, 'outputSchema', 'fields'])
        if (kind === 'triggers') checkTrigger(violations, callable, at)
      }
    }
  }
  return sentences(violations.all())
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const entries = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : [])

function checkAuths(violations: Violations, auths: unknown): void {
  if (!Array.isArray(auths)) return
  const seen = new Set<unknown>()
  auths.forEach((auth: unknown, i) => {
    const at = ['auth', i]
    const type = isRecord(auth) ? auth.type : undefined
    if (!(AUTH_TYPES as readonly unknown[]).includes(type)) {
      violations.add([...at, 'type'], `must be one of ${AUTH_TYPES.join(', ')}`)
      return
    }
    if (seen.has(type)) violations.add([...at, 'type'], `${type} is declared twice; each type once`)
    seen.add(type)
    const { props, ...rest } = auth as Record<string, unknown> & Partial<Auth>
    const schema = authDeclarationOf(type as AuthType)
    // The form's properties are judged one by one, so that a fault names the property and not the union.
    const inside = isRecord(props) ? { ...rest, props: {} } : auth
    collect(violations, schema, inside, at)
    if (isRecord(props)) checkProperties(violations, props, [...at, 'props'], 'auth')
  })
}

function checkProperties(violations: Violations, props: unknown, at: Path, where: keyof typeof TYPES_IN): void {
  if (props !== undefined && !isRecord(props)) violations.add(at, 'must be an object')
  for (const [name, property] of entries(props)) {
    const place = [...at, name]
    if (!NAME.test(name)) violations.add(place, `is no name: ${NAME_RULE}`)
    if (name === 'auth' && where === 'props') violations.add(place, 'is reserved for the connection')
    const type = isRecord(property) ? property.type : undefined
    if (!(TYPES_IN[where] as readonly unknown[]).includes(type)) {
      violations.add([...place, 'type'], `must be one of ${TYPES_IN[where].join(', ')}`)
      continue
    }
    checkProperty(
      violations,
      property as Record<string, unknown>,
      type as PropertyType,
      place,
      Object.keys(props as object),
    )
  }
}

function checkProperty(
  violations: Violations,
  property: Record<string, unknown>,
  type: PropertyType,
  at: Path,
  siblings: readonly string[],
): void {
  const before = violations.count
  const { properties, ...rest } = property
  const nested = type === 'ARRAY' && properties !== undefined
  collect(violations, declarationOf(type), nested ? { ...rest, properties: {} } : property, at)
  if (nested) checkProperties(violations, properties, [...at, 'properties'], 'items')
  for (const [i, refresher] of (Array.isArray(property.refreshers) ? property.refreshers : []).entries()) {
    const known = refresher === 'auth' || siblings.includes(refresher)
    if (!known || refresher === at.at(-1))
      violations.add([...at, 'refreshers', i], `"${refresher}" is neither "auth" nor another property here`)
  }
  if (violations.count > before || property.defaultValue === undefined || property.defaultValue === null) return
  const name = String(at.at(-1))
  const checked = checkProps(
    { [name]: property as Property },
    { [name]: property.defaultValue },
    { at: at.slice(0, -1) },
  )
  for (const { message } of checked.violations) violations.add([...at, 'defaultValue'], message)
  if (checked.files.length > 0) violations.add([...at, 'defaultValue'], 'a file cannot be a default')
}

function checkFields(violations: Violations, fields: unknown, at: Path): void {
  if (!Array.isArray(fields)) {
    violations.add(at, 'must be a list')
    return
  }
  fields.forEach((field: unknown, i) => {
    const place = [...at, i]
    // The first level was judged by the schema already.
    if (at.length > 4) collect(violations, outputField, field, place)
    if (!isRecord(field)) return
    for (const key of ['children', 'listItems'])
      if (field[key] !== undefined) checkFields(violations, field[key], [...place, key])
  })
}

function checkTrigger(violations: Violations, trigger: Record<string, unknown>, at: Path): void {
  const { handshakeConfiguration: handshake, renewConfiguration: renewal } = trigger
  if (isRecord(handshake)) {
    const needsName = typeof handshake.strategy === 'string' && handshake.strategy !== 'NONE'
    if (needsName && handshake.paramName === undefined)
      violations.add([...at, 'handshakeConfiguration', 'paramName'], `is needed by ${handshake.strategy}`)
  }
  if (renewal !== undefined) {
    const place = [...at, 'renewConfiguration']
    const strategy = isRecord(renewal) ? renewal.strategy : undefined
    const branch = renew.anyOf.find((one) => one.properties.strategy.const === strategy)
    if (branch === undefined) violations.add([...place, 'strategy'], 'must be one of NONE, CRON')
    else collect(violations, branch, renewal, place)
    const cron = (renewal as { cronExpression?: unknown } | null)?.cronExpression
    if (strategy === 'CRON' && typeof cron === 'string' && !isCron(cron))
      violations.add([...place, 'cronExpression'], `"${cron}" is no cron expression of five fields`)
  }
  const isHook = trigger.type === 'WEBHOOK' || trigger.type === 'APP_WEBHOOK'
  if (!isHook && isRecord(handshake) && handshake.strategy !== 'NONE')
    violations.add(
      [...at, 'handshakeConfiguration'],
      `a ${String(trigger.type)} trigger has no webhook to shake hands with`,
    )
}
