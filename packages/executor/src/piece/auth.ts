/** @module piece/auth: the one table of connection types: how a description declares one, and what a call hands over for it. */
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import { AUTH_PROPERTIES, checkProps, type Properties } from '../properties.ts'
import { collect, type Violation, Violations } from './violations.ts'

const closed = { additionalProperties: false } as const
const text = Type.String({ minLength: 1 })
const field = Type.Object({ displayName: text, description: Type.Optional(Type.String()) }, closed)
const base = {
  displayName: Type.Optional(text),
  description: Type.Optional(Type.String()),
  required: Type.Optional(Type.Boolean()),
}

/** A row: `declaration` stands in the description, `value` is what `auth` of a call holds; `types` are the tags it may carry. */
function row<T extends string, D extends TProperties>(
  type: T,
  declares: D,
  value: TObject,
  types: readonly string[] = [type],
) {
  return { declaration: Type.Object({ type: Type.Literal(type), ...base, ...declares }, closed), value, types }
}

/** Values keep unknown keys: Activepieces sends more than a piece reads (`data`, `claimed_at`, `token_url` …). */
const holds = (properties: TProperties): TObject =>
  Type.Object({ type: Type.String(), ...properties }, { additionalProperties: true })

const ROWS = {
  SECRET_TEXT: row('SECRET_TEXT', {}, holds({ secret_text: Type.String() })),
  BASIC_AUTH: row(
    'BASIC_AUTH',
    { username: field, password: field },
    holds({ username: Type.String(), password: Type.String() }),
  ),
  CUSTOM_AUTH: row(
    'CUSTOM_AUTH',
    {
      props: AUTH_PROPERTIES,
      refresh: Type.Optional(Type.Object({ defaultExpiresIn: Type.Optional(Type.Integer({ minimum: 1 })) }, closed)),
    },
    holds({}),
  ),
  OAUTH2: row(
    'OAUTH2',
    {
      authUrl: text,
      tokenUrl: text,
      scope: Type.Array(Type.String()),
      prompt: Type.Optional(Type.Enum(['none', 'consent', 'login', 'omit'])),
      pkce: Type.Optional(Type.Boolean()),
      pkceMethod: Type.Optional(Type.Enum(['plain', 'S256'])),
      authorizationMethod: Type.Optional(Type.Enum(['HEADER', 'BODY'])),
      grantType: Type.Optional(Type.String()),
      extra: Type.Optional(Type.Record(Type.String(), Type.String())),
      props: Type.Optional(AUTH_PROPERTIES),
    },
    holds({ access_token: Type.String() }),
    ['OAUTH2', 'CLOUD_OAUTH2', 'PLATFORM_OAUTH2'],
  ),
  OIDC: row('OIDC', { props: Type.Optional(AUTH_PROPERTIES) }, holds({})),
} as const

export type AuthType = keyof typeof ROWS
export type Auth = { [T in AuthType]: Static<(typeof ROWS)[T]['declaration']> }[AuthType]
export const AUTH_TYPES = Object.keys(ROWS) as AuthType[]
export const AUTH = Type.Unsafe<Auth>(Type.Union(Object.values(ROWS).map((one) => one.declaration as TSchema)))
export const authDeclarationOf = (type: AuthType): TSchema => ROWS[type].declaration

/** Each text of a connection is looked for in whatever is kept of a call: what they may be bounds what that costs. */
const AUTH_TEXTS = 256
const AUTH_CHARS = 256 * 1024

function sizeOf(value: unknown, size = { texts: 0, chars: 0 }): { texts: number; chars: number } {
  if (typeof value === 'string') {
    size.texts++
    size.chars += value.length
  } else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    for (const item of Object.values(value)) sizeOf(item, size)
  return size
}

/** The least that the first of them takes, as JSON. */
function exampleOf([first]: readonly Auth[]): string {
  const keys = Object.keys(ROWS[first!.type].value.properties).filter((key) => key !== 'type')
  const props = (first as { props?: Properties }).props
  return JSON.stringify({
    type: first!.type,
    ...Object.fromEntries(keys.map((key) => [key, '…'])),
    ...(props ? { props: Object.fromEntries(Object.keys(props).map((key) => [key, '…'])) } : {}),
  })
}

export interface CheckedAuth {
  /** As it came, with the connection's own form converted; undefined: there is none. */
  auth: unknown
  violations: Violation[]
}

/** Checks the connection of a call against those that the piece declares. `required`: the action or trigger needs one. */
export function checkAuth(declared: readonly Auth[] | undefined, value: unknown, required: boolean): CheckedAuth {
  const violations = new Violations()
  const none = (): CheckedAuth => ({ auth: undefined, violations: violations.all() })
  const types = (declared ?? []).flatMap((one) => ROWS[one.type].types)
  if (value === undefined || value === null) {
    if (required && types.length > 0)
      violations.add(
        ['auth'],
        `is required: a connection of type ${types.join(' or ')}, such as ${exampleOf(declared!)}`,
      )
    return none()
  }
  if (types.length === 0) {
    violations.add(['auth'], 'this piece declares no connection')
    return none()
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    violations.add(['auth'], `must be a connection such as ${exampleOf(declared!)}`)
    return none()
  }
  const type = (value as { type?: unknown }).type
  const match = declared!.find((one) => (ROWS[one.type].types as readonly unknown[]).includes(type))
  if (match === undefined) {
    violations.add(['auth', 'type'], `must be one of ${types.join(', ')}`)
    return none()
  }
  collect(violations, ROWS[match.type].value, value, ['auth'])
  const { texts, chars } = sizeOf(value)
  if (texts > AUTH_TEXTS) violations.add(['auth'], `holds ${texts} texts; at most ${AUTH_TEXTS}`)
  if (chars > AUTH_CHARS) violations.add(['auth'], `holds ${chars} characters; at most ${AUTH_CHARS}`)
  const form = (match as { props?: Properties }).props
  if (form === undefined || violations.count > 0) return { auth: value, violations: violations.all() }
  const checked = checkProps(form, (value as { props?: unknown }).props, { at: ['auth', 'props'] })
  return { auth: { ...value, props: checked.props }, violations: checked.violations }
}
