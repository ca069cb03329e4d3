/** @module action: one thing that a piece does. */
import type { AuthParam } from './auth.ts'
import type { ActionContext } from './context.ts'
import type { Properties } from './property.ts'

/** One field of a result, for the form that shows it. */
export interface OutputField {
  key: string
  label?: string
  value?: string
  format?: string
  description?: string
  dynamicKey?: boolean
  labelKey?: string
  currency?: string
  children?: OutputField[]
  listItems?: OutputField[]
}

/** Words that actions and triggers share. */
export interface Described<P extends Properties> {
  /** Letters, digits, `_` and `-`; the name by which it is called. */
  name: string
  displayName: string
  description?: string
  props: P
  /** False when it also works without a connection. True unless said, if the piece has one. */
  requireAuth?: boolean
  outputSchema?: { fields: OutputField[]; itemLabel?: string }
  outputJsonSchema?: Record<string, unknown>
  sampleOutput?: unknown
  /** Who it is offered to. */
  audience?: 'human' | 'ai' | 'both'
  /** What a language model should know about it. */
  aiMetadata?: { description?: string; idempotent?: boolean }
}

interface Toggle {
  defaultValue?: boolean
  hide?: boolean
}

export interface ActionParams<A extends AuthParam, P extends Properties> extends Described<P> {
  /** The connection; gives `context.auth` its type. */
  auth?: A
  errorHandlingOptions?: { retryOnFailure?: Toggle; continueOnFailure?: Toggle }
  /** Does it. What it returns is the result; what it throws is the failure. */
  run(context: ActionContext<A, P>): Promise<unknown> | unknown
}

/** An action, as `createPiece` takes it. */
// biome-ignore lint/suspicious/noExplicitAny: a list holds actions over different properties.
export interface Action extends ActionParams<any, any> {
  kind: 'action'
}

/** Defines an action. */
export function createAction<const A extends AuthParam = undefined, P extends Properties = Properties>(
  params: ActionParams<A, P>,
): ActionParams<A, P> & { kind: 'action' } {
  return { kind: 'action', ...params, run: (context) => params.run(context) }
}
