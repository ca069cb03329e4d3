/**
 * @module errors: the one table of what can go wrong here. Its keys are the codes of problem answers; docs/registry-tables.md
 * is generated from it.
 */

import {
  CodedError,
  type CodedErrorOptions,
  type FieldsOf,
  type NoFields as None,
  errorRow as row,
} from '@ap-wasm/executor'

export type { Fault } from '@ap-wasm/executor'

export const ERRORS = {
  AR_BAD_REQUEST: row(
    'caller',
    400,
    false,
    'The request is malformed',
    (f: { detail: string }) => f.detail,
    'Mend the request as the detail says; the shape is in /openapi.json.',
  ),
  AR_BODY_TOO_LARGE: row(
    'caller',
    413,
    false,
    'The body is too large',
    (f: { bytes: number; limit: number }) => `the body has ${f.bytes} bytes; at most ${f.limit} are taken`,
    'Send less: `ap-wasm build` prints what an artifact is made of.',
  ),
  AR_UNSUPPORTED_MEDIA_TYPE: row(
    'caller',
    415,
    false,
    'The media type is not taken here',
    (f: { got: string; accepted: string }) => `content-type is "${f.got}"; taken here: ${f.accepted}`,
    'Send one of those.',
  ),
  AR_UNAUTHORIZED: row(
    'caller',
    401,
    false,
    'Nobody is signed in',
    (f: { detail: string }) => f.detail,
    'Sign in: `ap-wasm login`, or the page /sign-in; a token goes into `Authorization: Bearer …`.',
  ),
  AR_SIGN_IN_FAILED: row(
    'caller',
    401,
    false,
    'Name and password do not belong together',
    (_: None) => 'there is no account with that name and password',
    'Check both; an account is made on the page /sign-up.',
  ),
  AR_PASSKEY_REFUSED: row(
    'caller',
    401,
    false,
    'The passkey does not open it',
    (f: { detail: string }) => f.detail,
    'Try again, or sign in with the password: a passkey is added on the page /account.',
  ),
  AR_FORBIDDEN: row(
    'caller',
    403,
    false,
    'The token does not reach so far',
    (f: { scope: string; name: string }) => `the token is for "${f.scope}" alone; this is "${f.name}"`,
    'Make a token for that name on the page /account.',
  ),
  AR_FORBIDDEN_ORIGIN: row(
    'caller',
    403,
    false,
    'The request comes from another site',
    (f: { origin: string }) => `a form of this registry was sent from "${f.origin}"`,
    'Open the page here, and send it from there.',
  ),
  AR_NOT_MODERATOR: row(
    'caller',
    403,
    false,
    'Only a moderator may',
    (f: { account: string }) => `"${f.account}" is no moderator of this registry`,
    'Ask an operator: `ap-wasm-registry moderator <account>`.',
  ),
  AR_NOT_OWNER: row(
    'caller',
    403,
    false,
    'The name belongs to somebody else',
    (f: { name: string; account: string; owners: string }) =>
      `"${f.name}" belongs to ${f.owners || 'the registry'}; "${f.account}" is none of them`,
    'Publish below a scope of your own, or ask an owner to add you.',
  ),
  AR_ROUTE_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is nothing here',
    (f: { method: string; path: string }) => `${f.method} ${f.path} leads nowhere`,
    'Begin at /, or read /openapi.json.',
  ),
  AR_PIECE_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such piece',
    (f: { name: string }) => `no piece is named "${f.name}"`,
    'Look for it: `ap-wasm search`, or the page /search.',
  ),
  AR_PIECE_HIDDEN: row(
    'caller',
    410,
    false,
    'A moderator has hidden it',
    (f: { what: string; reason: string }) => `${f.what} was hidden: ${f.reason}`,
    'Do not use it. Its owner was told, and may answer the moderators.',
  ),
  AR_VERSION_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such version',
    (f: { name: string; version: string; available: string }) =>
      `no version of "${f.name}" matches "${f.version}"; there are: ${f.available || 'none'}`,
    'Ask for one of those, a range, or `latest`; what was withdrawn is found by its exact version alone.',
  ),
  AR_DIGEST_NOT_FOUND: row(
    'caller',
    404,
    false,
    'No artifact has that digest',
    (f: { digest: string }) => `nothing published here is ${f.digest}`,
    'Take the digest from the page or the API of a version.',
  ),
  AR_ACCOUNT_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such account',
    (f: { account: string }) => `no account is named "${f.account}"`,
    'Check the name.',
  ),
  AR_ACCOUNT_REFUSED: row(
    'caller',
    422,
    false,
    'The account cannot be made',
    (f: { reasons: readonly string[] }) => f.reasons.join('; '),
    'Mend what is named.',
  ),
  AR_RANGE_UNSATISFIABLE: row(
    'caller',
    416,
    false,
    'There are no such bytes',
    (f: { range: string; bytes: number }) => `range "${f.range}" lies outside of ${f.bytes} bytes`,
    'Ask for bytes that exist, or for all.',
  ),
  AR_ARTIFACT_REFUSED: row(
    'piece',
    422,
    false,
    'The artifact is refused',
    (f: { reasons: readonly string[] }) => f.reasons.join('; '),
    'Mend every reason, build again with `ap-wasm build`, and publish again: nothing was kept.',
  ),
  AR_VERSION_EXISTS: row(
    'caller',
    409,
    false,
    'The version exists with other bytes',
    (f: { name: string; version: string; digest: string }) =>
      `"${f.name}" ${f.version} is ${f.digest}; a version never changes, withdrawn or not`,
    'Raise the version in piece.json, build and publish again.',
  ),
  AR_LOGIN_PENDING: row(
    'caller',
    409,
    true,
    'Nobody has consented yet',
    (f: { userCode: string }) => `the code ${f.userCode} waits for somebody to enter it`,
    'Ask again after `intervalMs`.',
  ),
  AR_LOGIN_ENDED: row(
    'caller',
    410,
    false,
    'The code has ended',
    (f: { detail: string }) => f.detail,
    'Begin again: `ap-wasm login`.',
  ),
  AR_QUOTA_EXCEEDED: row(
    'caller',
    429,
    true,
    'The quota is used up',
    (f: { detail: string }) => f.detail,
    'Do what the detail says, or wait for what `retry-after` says.',
  ),
  AR_RATE_LIMITED: row(
    'caller',
    429,
    true,
    'Too many requests',
    (f: { limit: number; seconds: number }) => `more than ${f.limit} requests in ${f.seconds} s came from one address`,
    'Wait for what `retry-after` says.',
  ),
  AR_SATURATED: row(
    'host',
    503,
    true,
    'Too many uploads at once',
    (f: { waiting: number; limit: number }) =>
      `${f.waiting} bytes of uploads are under way; ${f.limit} are taken at once`,
    'Try again in a moment.',
  ),
  AR_JUDGE_FAILED: row(
    'host',
    503,
    true,
    'The artifact could not be judged',
    (f: { detail: string }) => `the inspector failed through no fault of the artifact: ${f.detail}`,
    'Try again: nothing was kept.',
  ),
  AR_BLOB_LOST: row(
    'host',
    500,
    false,
    'The bytes are lost',
    (f: { digest: string }) => `the artifact ${f.digest} is not in the storage`,
    'The operator restores it from a backup; publishing the same bytes again puts them back, too.',
  ),
  AR_STORAGE_FAILED: row(
    'host',
    503,
    true,
    'The storage does not answer',
    (f: { detail: string }) => f.detail,
    'Try again; the operator looks at the storage.',
  ),
  AR_DATA_LOCKED: row(
    'host',
    503,
    false,
    'The data folder is in use',
    (f: { folder: string }) => `another registry uses ${f.folder}`,
    'Stop it, or name another folder: --data, AP_REGISTRY_DATA.',
  ),
  AR_ADDRESS_UNUSABLE: row(
    'host',
    503,
    false,
    'The address cannot be listened on',
    (f: { host: string; port: number; why: string }) => `${f.host} port ${f.port}: ${f.why}`,
    'Name another with --port and --host; port 0 takes a free one.',
  ),
  AR_SETTING_INVALID: row(
    'caller',
    400,
    false,
    'A setting is wrong',
    (f: { setting: string; value: string; expected: string }) => `${f.setting} is "${f.value}"; expected ${f.expected}`,
    'Mend the flag or the variable of that name; docs/registry-tables.md lists all of them.',
  ),
  AR_INTERNAL: row(
    'host',
    500,
    true,
    'The registry failed',
    (_: None) => 'an unexpected error was logged',
    'Report it with the time of the request.',
  ),
} as const

export type ErrorCode = keyof typeof ERRORS
export type ErrorFields<C extends ErrorCode> = FieldsOf<typeof ERRORS, C>

export class RegistryError<C extends ErrorCode = ErrorCode> extends CodedError<typeof ERRORS, C> {
  override readonly name = 'RegistryError'

  constructor(code: C, fields: ErrorFields<C>, options?: CodedErrorOptions) {
    super(ERRORS, code, fields, options)
  }
}
