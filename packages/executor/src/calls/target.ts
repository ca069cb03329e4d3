/**
 * @module calls/target: the part of a piece that a call is for: which properties it takes, what of the request becomes its
 * input, and what it may answer (docs/contract.md, «Inputs and outputs»).
 */
import Type, { type TSchema } from 'typebox'
import type { Call, CallInput, TriggerHook } from '../call.ts'
import type { Description, Trigger } from '../description.ts'
import { PieceError } from '../errors.ts'
import { PROPERTIES, type Properties, type Property } from '../properties.ts'

type InputKey = 'payload' | 'webhookUrl' | 'searchValue' | 'secret'

export interface Target {
  properties: Properties
  /** A form that is being filled: what is required may be missing. */
  partial: boolean
  /** `none`: a connection is neither needed nor handed over. */
  auth: 'required' | 'optional' | 'none'
  /** Whether `props` and `run` are part of the input. */
  takes: { props: boolean; run: boolean }
  /** What else of the request is part of the input; anything more is refused. */
  keys: readonly InputKey[]
  /** Of `keys`, those that must be there. */
  needs: readonly InputKey[]
  /** What the output must be; anything where it is absent. */
  output?: TSchema
}

const TEST_ITEMS = 5

const record = Type.Record(Type.String(), Type.Unknown())
const response = Type.Object({
  status: Type.Integer({ minimum: 100, maximum: 599 }),
  headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  body: Type.Optional(Type.Unknown()),
})
const enabled = Type.Union([
  Type.Null(),
  Type.Object({
    schedule: Type.Optional(
      Type.Union([
        Type.Object({ cronExpression: Type.String(), timezone: Type.Optional(Type.String()) }),
        Type.Object({ intervalMs: Type.Integer({ minimum: 1 }) }),
      ]),
    ),
    listeners: Type.Optional(
      Type.Array(Type.Object({ events: Type.Array(Type.String()), identifierValue: Type.String() })),
    ),
  }),
])
const HOOK_OUTPUTS: Readonly<Record<TriggerHook, TSchema>> = {
  'on-enable': enabled,
  'on-start': enabled,
  'on-renew': enabled,
  'on-disable': Type.Null(),
  handshake: response,
  run: Type.Array(Type.Unknown()),
  test: Type.Array(Type.Unknown(), { maxItems: TEST_ITEMS }),
}

const options = Type.Object({
  options: Type.Array(Type.Object({ label: Type.String(), value: Type.Unknown() })),
  disabled: Type.Optional(Type.Boolean()),
  placeholder: Type.Optional(Type.String()),
})
const RESOLVED: Readonly<Partial<Record<Property['type'], TSchema>>> = {
  DROPDOWN: options,
  MULTI_SELECT_DROPDOWN: options,
  DYNAMIC: Type.Object({ props: PROPERTIES }),
}

/** Paths that are no property. `on`: what the description must hold for the path to mean something. */
const FIXED_PATHS: Readonly<
  Record<string, { on: 'auth' | 'events'; keys: readonly InputKey[]; needs: readonly InputKey[]; output: TSchema }>
> = {
  'auth/validate': {
    on: 'auth',
    keys: [],
    needs: [],
    output: Type.Union([
      Type.Object({ valid: Type.Literal(true) }),
      Type.Object({ valid: Type.Literal(false), error: Type.String() }),
    ]),
  },
  'auth/identifier': { on: 'auth', keys: [], needs: [], output: Type.String() },
  'auth/refresh': {
    on: 'auth',
    keys: [],
    needs: [],
    output: Type.Object({ access_token: Type.String(), expires_in: Type.Optional(Type.Number()) }),
  },
  'events/parse': {
    on: 'events',
    keys: ['payload'],
    needs: ['payload'],
    output: Type.Union([
      Type.Object({ event: Type.String(), identifierValue: Type.String() }),
      Type.Object({ reply: response }),
    ]),
  },
  'events/verify': { on: 'events', keys: ['payload', 'secret'], needs: ['payload'], output: Type.Boolean() },
}

const names = (members: Readonly<Record<string, unknown>>): string => Object.keys(members).join(', ')
const own = <T>(members: Readonly<Record<string, T>>, name: string | undefined): T | undefined =>
  name !== undefined && Object.hasOwn(members, name) ? members[name] : undefined

export function targetOf(description: Description, call: Pick<Call, 'piece' | 'kind' | 'name' | 'hook'>): Target {
  switch (call.kind) {
    case 'action':
      return actionTarget(description, call.piece, call.name)
    case 'trigger':
      return triggerTarget(description, call.piece, call.name, call.hook)
    case 'resolve':
      return FIXED_PATHS[call.name] ? fixedTarget(description, call.name) : propertyTarget(description, call.name)
  }
}

function actionTarget({ actions }: Description, piece: string, name: string): Target {
  const action = own(actions, name)
  if (!action) throw new PieceError('AP_ACTION_NOT_FOUND', { name: piece, action: name, available: names(actions) })
  const auth = action.requireAuth ? 'required' : 'optional'
  return { properties: action.props, partial: false, auth, takes: { props: true, run: true }, keys: [], needs: [] }
}

function triggerTarget({ triggers }: Description, piece: string, name: string, hook: TriggerHook | undefined): Target {
  const trigger = own(triggers, name)
  if (!trigger) throw new PieceError('AP_TRIGGER_NOT_FOUND', { name: piece, trigger: name, available: names(triggers) })
  if (!hook) throw new PieceError('AP_BAD_REQUEST', { detail: 'a call of a trigger names its hook' })
  return {
    properties: trigger.props,
    partial: false,
    auth: trigger.requireAuth ? 'required' : 'optional',
    takes: { props: true, run: true },
    keys: takesPayload(trigger, hook) ? ['webhookUrl', 'payload'] : ['webhookUrl'],
    needs: hook === 'handshake' ? ['payload'] : [],
    output: HOOK_OUTPUTS[hook],
  }
}

const takesPayload = (trigger: Trigger, hook: TriggerHook): boolean =>
  hook === 'handshake' || (hook === 'run' && (trigger.type === 'WEBHOOK' || trigger.type === 'APP_WEBHOOK'))

function fixedTarget(description: Description, path: string): Target {
  const { on, ...rest } = FIXED_PATHS[path]!
  const declared =
    on === 'auth'
      ? (description.auth ?? []).length > 0
      : Object.values(description.triggers).some((trigger) => trigger.type === 'APP_WEBHOOK')
  if (!declared) throw new PieceError('AP_PATH_NOT_FOUND', { path })
  return {
    properties: {},
    partial: true,
    auth: on === 'auth' ? 'required' : 'none',
    takes: { props: false, run: false },
    ...rest,
  }
}

/** `actions/<a>/props/<p>`, `…/props/<dynamic>/<inner>`, `…/props/<array>/items/<inner>`; triggers alike. */
function propertyTarget(description: Description, path: string): Target {
  const [kind, member, props, name, ...inner] = path.split('/')
  const of = kind === 'actions' ? description.actions : kind === 'triggers' ? description.triggers : {}
  const owner = props === 'props' ? own<{ props: Properties }>(of, member) : undefined
  const property = own(owner?.props ?? {}, name)
  const output = property && resolvedBy(property, inner)
  if (!owner || !output) throw new PieceError('AP_PATH_NOT_FOUND', { path })
  return {
    properties: owner.props,
    partial: true,
    auth: 'optional',
    takes: { props: true, run: false },
    keys: ['searchValue'],
    needs: [],
    output,
  }
}

function resolvedBy(property: Property, inner: readonly string[]): TSchema | undefined {
  if (inner.length === 0) return RESOLVED[property.type]
  // What a dynamic property holds is known to the piece alone.
  if (property.type === 'DYNAMIC' && inner.length === 1) return Type.Union([options, record])
  if (property.type !== 'ARRAY' || inner.length !== 2 || inner[0] !== 'items') return undefined
  const item = own(property.properties ?? {}, inner[1])
  return item && RESOLVED[item.type]
}

/** What of the request is not for this target, or lacks. */
export function inputViolations(target: Target, input: CallInput): { path: string; message: string }[] {
  const keys: readonly InputKey[] = ['payload', 'webhookUrl', 'searchValue', 'secret']
  return [
    ...keys
      .filter((key) => input[key] !== undefined && !target.keys.includes(key))
      .map((path) => ({ path, message: 'is not taken here' })),
    ...target.needs.filter((key) => input[key] === undefined).map((path) => ({ path, message: 'is required' })),
  ]
}
