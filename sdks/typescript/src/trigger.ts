/** @module trigger: one thing that starts a flow. */
import type { Described } from './action.ts'
import type { AuthParam } from './auth.ts'
import type { RespondResponse, TriggerContext } from './context.ts'
import type { Properties } from './property.ts'

/** How a trigger learns of what happened. */
export const TriggerStrategy = {
  /** It is run on a schedule and asks. */
  POLLING: 'POLLING',
  /** A URL of its own is called. */
  WEBHOOK: 'WEBHOOK',
  /** One URL of the whole app is called. */
  APP_WEBHOOK: 'APP_WEBHOOK',
  /** A person starts it. */
  MANUAL: 'MANUAL',
} as const
export type TriggerStrategy = (typeof TriggerStrategy)[keyof typeof TriggerStrategy]

/** How a webhook proves itself to the app that will call it. */
export const WebhookHandshakeStrategy = {
  NONE: 'NONE',
  HEADER_PRESENT: 'HEADER_PRESENT',
  QUERY_PRESENT: 'QUERY_PRESENT',
  BODY_PARAM_PRESENT: 'BODY_PARAM_PRESENT',
} as const
export type WebhookHandshakeStrategy = (typeof WebhookHandshakeStrategy)[keyof typeof WebhookHandshakeStrategy]

export interface TriggerParams<A extends AuthParam, P extends Properties> extends Described<P> {
  /** The connection; gives `context.auth` its type. */
  auth?: A
  type: TriggerStrategy
  sampleData: unknown
  handshakeConfiguration?: { strategy: WebhookHandshakeStrategy; paramName?: string }
  renewConfiguration?: { strategy: 'NONE' } | { strategy: 'CRON'; cronExpression: string }
  onEnable(context: TriggerContext<A, P>): Promise<unknown>
  onDisable(context: TriggerContext<A, P>): Promise<unknown>
  onStart?(context: TriggerContext<A, P>): Promise<unknown>
  onRenew?(context: TriggerContext<A, P>): Promise<unknown>
  onHandshake?(context: TriggerContext<A, P>): Promise<RespondResponse>
  /** The items that start a flow each. */
  run(context: TriggerContext<A, P>): Promise<unknown[]>
  /** Up to five items to show while the flow is built. */
  test?(context: TriggerContext<A, P>): Promise<unknown[]>
}

/** A trigger, as `createPiece` takes it. */
// biome-ignore lint/suspicious/noExplicitAny: a list holds triggers over different properties.
export interface Trigger extends TriggerParams<any, any> {
  kind: 'trigger'
}

/** Defines a trigger. */
export function createTrigger<const A extends AuthParam = undefined, P extends Properties = Properties>(
  params: TriggerParams<A, P>,
): TriggerParams<A, P> & { kind: 'trigger' } {
  return { kind: 'trigger', ...params }
}
