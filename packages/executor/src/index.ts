/**
 * @module executor: runs pieces.
 * @example
 * const executor = await createExecutor({ data: './data' })
 * const { name } = await executor.add('default', bytes)
 * const result = await executor.call({ tenant: 'default', piece: name, version: 'latest', kind: 'action', name: 'echo', input: {} })
 * await executor.close()
 */
import type { DeskOptions } from './desk.ts'
import { Executor } from './executor.ts'
import { completeSettings, type Settings } from './settings.ts'

export const createExecutor = (settings: Partial<Settings> = {}, options: DeskOptions = {}): Promise<Executor> =>
  Executor.open(completeSettings(settings), options)

export type {
  Call,
  CallError,
  CallInput,
  CallResult,
  Effects,
  Failure,
  FileRef,
  LogLine,
  RunInfo,
  TriggerHook,
  Usage,
} from './call.ts'
export { TRIGGER_HOOKS } from './call.ts'
export { CONNECTION_ERRORS, createMocks, MOCK, type Mock, type Mocks, shownBody } from './calls/mocks.ts'
export type { Rehearsal } from './calls/underway.ts'
export { byteWords, costWords, countWords, usageWords } from './calls/usage-words.ts'
export { CAPABILITY_NAMES, type CapabilityName } from './capabilities.ts'
export type { Encoding } from './codec.ts'
export { decodeJson, decodeMsgpack, encodeJson, encodeMsgpack } from './codec.ts'
export { CATEGORIES, type Description } from './description.ts'
export type { Deployed } from './desk/deploy.ts'
export { createKeys, type KeyInfo, type Keys, ROLES, type Role } from './desk/keys.ts'
export { DIGEST, digestOf } from './digest.ts'
export type { Effect, EffectReply } from './effect.ts'
export type { HttpClient } from './effects/http/client.ts'
export {
  type CallOutside,
  type Capabilities,
  createOutside,
  exceeds,
  type Grants,
  missing,
  type OutsideContext,
  type OutsideEngines,
  parsePattern,
} from './effects/index.ts'
export { memoryStore } from './effects/store/memory.ts'
export { CodedError, type CodedErrorOptions, errorRow, type FieldsOf, type NoFields } from './errors/coded.ts'
export { ERRORS, type ErrorCode, type Fault, PieceError, Refused } from './errors.ts'
export type { Executor, OpenFile, Readiness } from './executor.ts'
export type { InterfaceNames } from './inspect/examine.ts'
export { type Inspection, inspect } from './inspect.ts'
export { HOST_LIMITS, type HostLimitName, LIMIT_NAMES, LIMITS, type LimitName, type Limits } from './limits.ts'
export {
  type Ask,
  askOf,
  checkPieceJson,
  embedManifest,
  type Manifest,
  PIECE_JSON_SCHEMA,
  type PieceJson,
  readManifest,
} from './manifest.ts'
export { compare, type Difference, differenceLines } from './piece/comparison.ts'
export {
  type Envelope,
  isPublicKey,
  keyIdOf,
  newSigningKey,
  openEnvelope,
  type SigningKey,
  sealEnvelope,
} from './piece/envelope.ts'
export { type Permission, type PermissionChange, permissionDiff, permissions } from './piece/permissions.ts'
export type { PartSize } from './piece/sizes.ts'
export { collect, sentences, Violations } from './piece/violations.ts'
export { createRedactor, type Redactor } from './records/redact.ts'
export { type CallRecord, createRecorder, type RecordedBody, type RecordedEffect } from './records.ts'
export { type Serving, serve } from './serve.ts'
export { boundConnections } from './server/connections.ts'
export { createServer, type Server } from './server.ts'
export { choice, type Kind, list, origin, text, url, whole } from './settings/kinds.ts'
export { type Row as SettingRow, type SettingTable, settingRow, settingTable } from './settings/table.ts'
export {
  completeSettings,
  environmentOf,
  flagOf,
  SETTINGS,
  type Settings,
  settingsFromArguments,
  settingsFromEnvironment,
} from './settings.ts'
export { sweepTemporary, writeAtomic } from './state/atomic-file.ts'
export { State } from './state.ts'
