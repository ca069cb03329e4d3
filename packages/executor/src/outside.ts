/**
 * @module outside: what surrounds a call, without a process, a file or a socket: what goes in is checked, what it asks is
 * answered within its grants and limits, what comes out is read. With `program`, all of an executor that a browser runs;
 * connections, state and files are engines that the page brings. It imports no `node:` module in anything it reaches.
 */

export {
  type CallError,
  type CallInput,
  type CallResult,
  type LogLine,
  TRIGGER_HOOKS,
  type TriggerHook,
  type Usage,
} from './call.ts'
export { answerOf, callError, resultOf } from './calls/answer.ts'
export { createMocks, MOCK, type Mock, type Mocks, shownBody } from './calls/mocks.ts'
export { prepare } from './calls/prepare.ts'
export { callMessage } from './cells/ticket.ts'
export { decodeJson, encodeJson } from './codec.ts'
export type { Description } from './description.ts'
export type { Effect, EffectKind } from './effect.ts'
export { asReference, type Files, fileId, storeUploads } from './effects/files.ts'
export type { HttpClient } from './effects/http/client.ts'
export { type CallOutside, createOutside } from './effects/outside.ts'
export { Slots } from './effects/slots.ts'
export type { OutsideEngines } from './effects/state.ts'
export { memoryStore } from './effects/store/memory.ts'
export { ERRORS, PieceError, Refused } from './errors.ts'
export { defaultLimits, type Limits } from './limits.ts'
export { askOf, type Manifest, readManifest } from './manifest.ts'
export { collect, sentences, Violations } from './piece/violations.ts'
export type { DoneMessage, Messages } from './wire.ts'
