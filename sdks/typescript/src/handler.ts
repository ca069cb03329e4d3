/** @module handler: the five functions of the contract for one piece, in values and promises; the runtime puts them on the wire. */
import { actionContext, type CallInput, type Enabled, triggerContext } from './context.ts'
import { describe } from './describe.ts'
import { Failure } from './failure.ts'
import type { Piece } from './piece.ts'
import { propsValue } from './props.ts'
import { type ResolveInput, resolve } from './resolve.ts'
import type { Trigger } from './trigger.ts'

/** The moment in a trigger's life that it is called for. */
export type TriggerHook = 'on-enable' | 'on-disable' | 'on-start' | 'on-renew' | 'handshake' | 'run' | 'test'

/** At most this many items come out of a test. */
const TEST_ITEMS = 5

const isInput = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function inputOf<T>(value: unknown): T {
  if (!isInput(value)) throw new Failure('invalid_input', 'the input must be an object')
  return value as T
}

/** Its result, or a promise of it; what is wrong with the call is thrown at once. */
export function runAction(piece: Piece, name: string, given: unknown): unknown {
  const action = piece.actions.get(name)
  if (action === undefined) throw new Failure('unknown_action', `the piece has no action "${name}"`)
  const input = inputOf<CallInput>(given)
  needAuth(action.requireAuth ?? piece.auth.length > 0, input)
  return action.run(actionContext(input, propsValue(action.props, input.props), piece.encoding) as never)
}

function needAuth(required: boolean, input: CallInput): void {
  if (required && (input.auth === undefined || input.auth === null)) {
    throw new Failure('invalid_input', 'auth is required: choose a connection', {
      detail: { violations: [{ path: 'auth', message: 'is required' }] },
    })
  }
}

export function runTrigger(piece: Piece, name: string, hook: TriggerHook, given: unknown): Promise<unknown> {
  const trigger = piece.triggers.get(name)
  if (trigger === undefined) throw new Failure('unknown_trigger', `the piece has no trigger "${name}"`)
  const input = inputOf<CallInput>(given)
  needAuth(trigger.requireAuth ?? piece.auth.length > 0, input)
  const enabled: Enabled = {}
  const context = triggerContext(input, propsValue(trigger.props, input.props), enabled)
  return HOOKS[hook](trigger, context as never, enabled)
}

type Hook = (trigger: Trigger, context: never, enabled: Enabled) => Promise<unknown>

const asked = (enabled: Enabled): Enabled | null => (enabled.schedule || enabled.listeners ? enabled : null)

function items(trigger: Trigger, value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw new Failure('internal_error', `trigger "${trigger.name}" must return a list of items`)
}

const HOOKS: Record<TriggerHook, Hook> = {
  'on-enable': async (trigger, context, enabled) => {
    await trigger.onEnable(context)
    return asked(enabled)
  },
  'on-disable': async (trigger, context) => {
    await trigger.onDisable(context)
    return null
  },
  'on-start': async (trigger, context, enabled) => {
    await trigger.onStart?.(context)
    return asked(enabled)
  },
  'on-renew': async (trigger, context, enabled) => {
    await trigger.onRenew?.(context)
    return asked(enabled)
  },
  handshake: async (trigger, context) => ({ status: 200, ...(await trigger.onHandshake?.(context)) }),
  run: async (trigger, context) => items(trigger, await trigger.run(context)),
  test: async (trigger, context) => {
    const found = trigger.test
      ? await trigger.test(context)
      : trigger.type === 'MANUAL'
        ? [trigger.sampleData]
        : await trigger.run(context)
    return items(trigger, found).slice(0, TEST_ITEMS)
  },
}

export const runResolve = (piece: Piece, path: string, given: unknown): Promise<unknown> =>
  resolve(piece, path, inputOf<ResolveInput>(given))

export { describe }
