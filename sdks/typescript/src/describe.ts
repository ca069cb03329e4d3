/** @module describe: the description of a piece, as the contract says: its definitions without their functions. */
import type { Described } from './action.ts'
import type { Auth, AuthProperties } from './auth.ts'
import type { Piece } from './piece.ts'
import type { Properties, Property } from './property.ts'
import type { Trigger } from './trigger.ts'
import { VERSION } from './version.ts'

/** Keeps the keys named, in their order, that have a value. */
function pick<T extends object>(value: T, keys: readonly (keyof T)[]): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])))
}

const isFunction = (value: unknown) => typeof value === 'function'

function describeProperty(property: Property): Record<string, unknown> {
  const dynamic = isFunction(property.options) || isFunction(property.props)
  return {
    ...pick(property, ['type', 'displayName', 'description', 'required', 'defaultValue', 'variant']),
    ...(property.properties && { properties: describeProps(property.properties) }),
    ...(property.options !== undefined && !isFunction(property.options) && { options: property.options }),
    ...(dynamic && { refreshers: property.refreshers ?? [] }),
    ...(property.refreshOnSearch !== undefined && { refreshOnSearch: property.refreshOnSearch }),
  }
}

export function describeProps(props: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(props).map(([name, property]) => [name, describeProperty(property)]))
}

const AUTH_KEYS = [
  'type',
  'displayName',
  'description',
  'required',
  'username',
  'password',
  'authUrl',
  'tokenUrl',
  'scope',
  'prompt',
  'pkce',
  'pkceMethod',
  'authorizationMethod',
  'grantType',
  'extra',
] as const

function describeAuth(auth: Auth): Record<string, unknown> {
  const { props, refresh } = auth as { props?: AuthProperties; refresh?: { defaultExpiresIn?: number } }
  return {
    ...pick(auth as Auth & Record<(typeof AUTH_KEYS)[number], unknown>, AUTH_KEYS),
    ...(props && { props: describeProps(props as Properties) }),
    ...(refresh && { refresh: pick(refresh, ['defaultExpiresIn']) }),
  }
}

function describeCommon(item: Described<Properties>, hasAuth: boolean): Record<string, unknown> {
  return {
    displayName: item.displayName,
    description: item.description ?? '',
    props: describeProps(item.props),
    requireAuth: item.requireAuth ?? hasAuth,
    ...pick(item, ['outputSchema', 'outputJsonSchema', 'sampleOutput', 'audience', 'aiMetadata']),
  }
}

/** Activepieces' rule: what can be tested by calling is, the rest waits for a real event. */
function testStrategy(trigger: Trigger): 'TEST_FUNCTION' | 'SIMULATION' {
  if (trigger.type === 'POLLING' || trigger.type === 'MANUAL' || trigger.test) return 'TEST_FUNCTION'
  if (trigger.type === 'APP_WEBHOOK' && trigger.sampleData !== undefined && trigger.sampleData !== null)
    return 'TEST_FUNCTION'
  return 'SIMULATION'
}

/** What `describe` returns, as a value. */
export function describe(piece: Piece): Record<string, unknown> {
  const { params } = piece
  const hasAuth = piece.auth.length > 0
  const actions = [...piece.actions.values()].map((action) => [
    action.name,
    { ...describeCommon(action, hasAuth), ...pick(action, ['errorHandlingOptions']) },
  ])
  const triggers = [...piece.triggers.values()].map((trigger) => [
    trigger.name,
    {
      ...describeCommon(trigger, hasAuth),
      type: trigger.type,
      sampleData: trigger.sampleData ?? null,
      testStrategy: testStrategy(trigger),
      ...pick(trigger, ['handshakeConfiguration', 'renewConfiguration']),
    },
  ])
  return {
    contract: '0.1',
    encoding: piece.encoding.name,
    sdk: { language: 'typescript', version: VERSION },
    displayName: params.displayName,
    description: params.description ?? '',
    ...pick(params, ['logoUrl']),
    authors: params.authors ?? [],
    categories: params.categories ?? [],
    ...(hasAuth && { auth: piece.auth.map(describeAuth) }),
    actions: Object.fromEntries(actions),
    triggers: Object.fromEntries(triggers),
  }
}
