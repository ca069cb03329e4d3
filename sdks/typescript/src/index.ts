/** @module @ap-wasm/piece: write an automation piece in TypeScript and run it as a WebAssembly component. */
import { setHost } from './host.ts'
import { nativeHost } from './native.ts'

export { type Action, type ActionParams, createAction, type OutputField } from './action.ts'
export {
  type Auth,
  type AuthParam,
  type AuthProperties,
  type AuthValue,
  type BasicAuth,
  type BasicAuthValue,
  type CustomAuth,
  type CustomAuthValue,
  type OAuth2,
  type OAuth2Value,
  type Oidc,
  type OidcValue,
  PieceAuth,
  type SecretTextAuth,
  type SecretTextValue,
  type Validity,
} from './auth.ts'
export type {
  ActionContext,
  Files,
  RespondResponse,
  Run,
  Schedule,
  TriggerContext,
  Waitpoint,
  WebhookPayload,
} from './context.ts'
export { Failure, type FailureOptions } from './failure.ts'
export type { PieceFile } from './files.ts'
export { env } from './host.ts'
export { ensureOk, retryAfterMs } from './http.ts'
export type { Encoding } from './payload.ts'
export { createPiece, type Events, type Piece, PieceCategory, type PieceParams } from './piece.ts'
export { DedupeStrategy, type Polling, pollingHelper } from './polling.ts'
export {
  type DateRange,
  type DropdownOption,
  type DropdownState,
  type Properties,
  Property,
  type PropertyContext,
  PropertyType,
  type PropsValue,
} from './property.ts'
export { type Store, StoreScope } from './store.ts'
export {
  createTrigger,
  type Trigger,
  type TriggerParams,
  TriggerStrategy,
  WebhookHandshakeStrategy,
} from './trigger.ts'

/** Whether this runs in a component, where the runtime has brought the host along before the piece's modules. */
declare const __AP_COMPONENT__: boolean | undefined

if (typeof __AP_COMPONENT__ === 'undefined') setHost(nativeHost())
