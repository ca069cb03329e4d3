/** @module resolve: what surrounds a call: options of dropdowns, dynamic properties, checks of a connection, an app's events. */
import { type Auth, bareValue } from './auth.ts'
import type { WebhookPayload } from './context.ts'
import { describeProps } from './describe.ts'
import { Failure } from './failure.ts'
import type { Piece } from './piece.ts'
import type { DropdownState, Properties, Property, PropertyContext } from './property.ts'

/** The input of `resolve` (docs/contract.md). */
export interface ResolveInput {
  props?: Record<string, unknown>
  auth?: unknown
  searchValue?: string
  payload?: WebhookPayload
  secret?: string
}

const unknownPath = (path: string) => new Failure('unknown_path', `there is nothing to resolve at "${path}"`)

type Compute<T> = (values: Record<string, unknown>, context: PropertyContext) => Promise<T>

const values = (input: ResolveInput) => ({ ...input.props, auth: input.auth })
const context = (input: ResolveInput): PropertyContext =>
  input.searchValue === undefined ? {} : { searchValue: input.searchValue }

const dynamicProps = (property: Property, input: ResolveInput): Promise<Properties> =>
  (property.props as Compute<Properties>)(values(input), context(input))

/** Walks `<property>`, `<dynamic>/<inner>` or `<array>/items/<inner>`. */
async function propertyAt(path: string, props: Properties, steps: string[], input: ResolveInput): Promise<Property> {
  const [name, ...rest] = steps
  const property = name !== undefined && Object.hasOwn(props, name) ? props[name] : undefined
  if (property === undefined) throw unknownPath(path)
  if (rest.length === 0) return property
  if (property.type === 'DYNAMIC') return propertyAt(path, await dynamicProps(property, input), rest, input)
  if (property.type === 'ARRAY' && property.properties && rest[0] === 'items') {
    return propertyAt(path, property.properties, rest.slice(1), input)
  }
  throw unknownPath(path)
}

async function resolveProperty(
  path: string,
  props: Properties,
  steps: string[],
  input: ResolveInput,
): Promise<unknown> {
  const property = await propertyAt(path, props, steps, input)
  if (property.type === 'DYNAMIC') return { props: describeProps(await dynamicProps(property, input)) }
  if (typeof property.options !== 'function') throw unknownPath(path)
  return (property.options as Compute<DropdownState>)(values(input), context(input))
}

interface Checks extends Auth {
  validate?: (context: { auth: unknown }) => Promise<unknown>
  getConnectionIdentifier?: (context: { auth: unknown }) => Promise<string>
  refresh?: { generate: (context: { auth: unknown }) => Promise<unknown> }
}

/** The piece's connection that a value belongs to. */
function authOf(piece: Piece, value: unknown): Checks {
  const type = typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : undefined
  const match = piece.auth.find((auth) => auth.type === (type?.endsWith('OAUTH2') ? 'OAUTH2' : type))
  const found = match ?? (type === undefined && piece.auth.length === 1 ? piece.auth[0] : undefined)
  if (found === undefined)
    throw new Failure('invalid_input', `auth.type: the piece has no connection of type ${type ?? 'unknown'}`)
  return found as Checks
}

async function resolveAuth(piece: Piece, path: string, input: ResolveInput): Promise<unknown> {
  const auth = authOf(piece, input.auth)
  const given = { auth: bareValue(input.auth) }
  if (path === 'auth/validate') return auth.validate ? auth.validate(given) : { valid: true }
  if (path === 'auth/identifier' && auth.getConnectionIdentifier) return auth.getConnectionIdentifier(given)
  if (path === 'auth/refresh' && auth.refresh) return auth.refresh.generate(given)
  throw unknownPath(path)
}

async function resolveEvents(piece: Piece, path: string, input: ResolveInput): Promise<unknown> {
  const { events } = piece.params
  if (events === undefined) throw unknownPath(path)
  const payload = input.payload ?? { body: undefined, headers: {}, queryParams: {} }
  if (path === 'events/verify') return events.verify({ payload, webhookSecret: input.secret ?? '' })
  const parsed = await events.parseAndReply({ payload })
  if (parsed.reply) return { reply: { status: 200, ...parsed.reply } }
  return { event: parsed.event, identifierValue: parsed.identifierValue }
}

/** Computes what stands at `path`. */
export async function resolve(piece: Piece, path: string, input: ResolveInput): Promise<unknown> {
  if (path === 'auth/validate' || path === 'auth/identifier' || path === 'auth/refresh')
    return resolveAuth(piece, path, input)
  if (path === 'events/parse' || path === 'events/verify') return resolveEvents(piece, path, input)
  const [kind, name, word, ...steps] = path.split('/')
  const item =
    kind === 'actions'
      ? piece.actions.get(name ?? '')
      : kind === 'triggers'
        ? piece.triggers.get(name ?? '')
        : undefined
  if (item === undefined || word !== 'props') throw unknownPath(path)
  return resolveProperty(path, item.props, steps, input)
}
