/**
 * @module errors: the one table of what can go wrong. Its keys are the codes of problem answers and of `CallResult.error`;
 * `docs/errors.md` is generated from it, so a row is the whole of adding an error.
 */

import {
  CodedError,
  type CodedErrorOptions,
  type FieldsOf,
  type NoFields as None,
  errorRow as row,
} from './errors/coded.ts'

export type { Fault } from './errors/coded.ts'

export const ERRORS = {
  AP_BAD_REQUEST: row(
    'caller',
    400,
    false,
    'The request is malformed',
    (f: { detail: string }) => f.detail,
    'Mend the request as the detail says; the shape is in /openapi.json.',
  ),
  AP_BAD_JSON: row(
    'caller',
    400,
    false,
    'The body is not valid JSON',
    (f: { at: string; detail: string }) => `invalid JSON at ${f.at}: ${f.detail}`,
    'Send JSON without duplicate keys, lone surrogates, nesting over 512 or more than 500,000 values.',
  ),
  AP_BAD_MSGPACK: row(
    'caller',
    400,
    false,
    'The body is not valid MessagePack',
    (f: { at: string; detail: string }) => `invalid MessagePack at ${f.at}: ${f.detail}`,
    'Send one MessagePack value: text keys, no extensions, no NaN, nesting up to 512, at most 500,000 values.',
  ),
  AP_UNSUPPORTED_MEDIA_TYPE: row(
    'caller',
    415,
    false,
    'The content type is not understood here',
    (f: { got: string; accepted: string }) => `content-type "${f.got}" is not accepted; accepted: ${f.accepted}`,
    'Set the header, for example `content-type: application/json`.',
  ),
  AP_BODY_TOO_LARGE: row(
    'caller',
    413,
    false,
    'The body is too large',
    (f: { bytes: number; limit: number; name: string }) =>
      `the body has ${f.bytes} bytes or more; ${f.name} is ${f.limit}`,
    'Send less, or ask the operator to raise the limit.',
  ),
  AP_INPUT_TOO_LARGE: row(
    'caller',
    413,
    false,
    'The input is too large',
    (f: { bytes: number; inputBytes: number }) =>
      `the encoded input has ${f.bytes} bytes; inputBytes is ${f.inputBytes}`,
    'Send less, or hand the bytes over as a file.',
  ),
  AP_UNAUTHORIZED: row(
    'caller',
    401,
    false,
    'A key is needed',
    (_: None) => 'the Authorization header holds no key that this executor knows',
    'Send `Authorization: Bearer <key>`; for ap-wasm, --key or AP_WASM_KEY. `ap-wasm key add` makes a key.',
  ),
  AP_FORBIDDEN: row(
    'caller',
    403,
    false,
    'The key lacks a role',
    (f: { role: string; roles: string }) => `this needs the role "${f.role}"; the key has: ${f.roles || 'none'}`,
    'Use a key with that role; `ap-wasm key add --role …` makes one.',
  ),
  AP_FORBIDDEN_ORIGIN: row(
    'caller',
    403,
    false,
    'The request comes from elsewhere',
    (f: { header: string; value: string }) =>
      `without keys only this machine may call: ${f.header} "${f.value}" is not a loopback name of this server`,
    'Call 127.0.0.1 directly, or create a key with `ap-wasm key add`.',
  ),
  AP_ROUTE_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such route',
    (f: { method: string; path: string }) => `${f.method} ${f.path} is not a route of this server`,
    'The routes and their methods are listed at /docs.',
  ),
  AP_PIECE_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such piece',
    (f: { name: string }) => `no piece named "${f.name}" is deployed here`,
    'Deploy it with `ap-wasm deploy`, or list the pieces with GET /v1/pieces.',
  ),
  AP_VERSION_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such version',
    (f: { name: string; version: string; available: string }) =>
      `no version of "${f.name}" matches "${f.version}"; deployed and usable: ${f.available || 'none'}`,
    'Ask for one of those, a range, or `latest`.',
  ),
  AP_VERSION_DISABLED: row(
    'caller',
    409,
    false,
    'The version is disabled',
    (f: { name: string; version: string }) => `version ${f.version} of "${f.name}" was disabled`,
    'Enable it, or call another version.',
  ),
  AP_QUOTA_EXCEEDED: row(
    'caller',
    413,
    false,
    'The tenant has no room left',
    (f: { what: string; bytes: number; held: number; limit: number; name: string }) =>
      `${f.what} has ${f.bytes} bytes and the tenant holds ${f.held} already; ${f.name} is ${f.limit}`,
    'The operator raises that limit.',
  ),
  AP_VERSION_EXISTS: row(
    'caller',
    409,
    false,
    'The version exists with other bytes',
    (f: { name: string; version: string; digest: string }) =>
      `"${f.name}" ${f.version} is deployed as ${f.digest}; a version is immutable`,
    'Raise the version in piece.json and build again.',
  ),
  AP_GRANTS_MISSING: row(
    'caller',
    403,
    false,
    'The piece waits for consent',
    (f: { name: string; version: string; missing: string }) =>
      `"${f.name}" ${f.version} asks for what was not granted: ${f.missing}`,
    'Look at the difference and consent: `ap-wasm deploy`, or PUT /v1/pieces/{name}/grants.',
  ),
  AP_GRANT_EXCEEDS_ASK: row(
    'caller',
    422,
    false,
    'The grant is wider than what is asked',
    (f: { grants: string }) => `no deployed version asks for: ${f.grants}`,
    'Grant only what the piece asks for; GET the grants to see it.',
  ),
  AP_ACTION_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such action',
    (f: { name: string; action: string; available: string }) =>
      `"${f.name}" has no action "${f.action}"; it has: ${f.available || 'none'}`,
    'Call one of those.',
  ),
  AP_TRIGGER_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such trigger',
    (f: { name: string; trigger: string; available: string }) =>
      `"${f.name}" has no trigger "${f.trigger}"; it has: ${f.available || 'none'}`,
    'Call one of those.',
  ),
  AP_PATH_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is nothing to resolve at that path',
    (f: { path: string }) => `"${f.path}" is no dynamic property, connection check or event hook of this piece`,
    'The paths are in docs/contract.md.',
  ),
  AP_INVALID_PROPS: row(
    'caller',
    422,
    false,
    'The properties do not fit',
    (f: { violations: readonly { path: string; message: string }[] }) =>
      f.violations.map((v) => `${v.path}: ${v.message}`).join('; '),
    'Mend what is named; GET /v1/pieces/{name}/{version} shows every property with its type.',
  ),
  AP_INVALID_COMPONENT: row(
    'caller',
    422,
    false,
    'The artifact is refused',
    (f: { reasons: readonly string[] }) => f.reasons.join('; '),
    'Mend every reason and build again with `ap-wasm build`.',
  ),
  AP_LIMIT_TOO_HIGH: row(
    'caller',
    422,
    false,
    'A limit is above what is allowed',
    (f: { limit: string; asked: number; allowed: number }) =>
      `${f.limit} ${f.asked} was asked; at most ${f.allowed} is allowed here`,
    'Ask for less; a call may only lower a limit.',
  ),
  AP_IDEMPOTENCY_MISMATCH: row(
    'caller',
    422,
    false,
    'The Idempotency-Key was used for another call',
    (f: { key: string }) => `Idempotency-Key "${f.key}" belongs to a call with another body`,
    'Use a new key for a new call.',
  ),
  AP_IDEMPOTENCY_RUNNING: row(
    'caller',
    409,
    true,
    'The call with that Idempotency-Key still runs',
    (f: { key: string; callId: string }) => `call ${f.callId} with Idempotency-Key "${f.key}" has not ended`,
    'Ask again later with the same key.',
  ),
  AP_CALL_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such call',
    (f: { callId: string }) => `no call ${f.callId} of this tenant is in the ledger`,
    'List the calls with GET /v1/calls.',
  ),
  AP_NO_RECORD: row(
    'caller',
    409,
    false,
    'The call was not recorded',
    (f: { callId: string; record: string }) => `call ${f.callId} has no record; AP_WASM_RECORD is "${f.record}"`,
    'Set AP_WASM_RECORD=all (or errors) and run it again.',
  ),
  AP_REPLAY_DIVERGED: row(
    'piece',
    409,
    false,
    'The replay asked for something else',
    (f: { seq: number; expected: string; got: string }) =>
      `effect ${f.seq} of the record is ${f.expected}; the piece asked for ${f.got}`,
    'The build or its input differs from the recorded call: compare the two.',
  ),
  AP_FILE_NOT_FOUND: row(
    'caller',
    404,
    false,
    'There is no such file',
    (f: { id: string }) => `file ${f.id} does not exist, has expired, or its signature is wrong`,
    'Take the address as the call answered it; files live for AP_WASM_FILE_RETENTION_MS, seven days. Or call the piece again.',
  ),
  AP_CANCELLED: row(
    'caller',
    499,
    true,
    'The caller went away',
    (f: { ranMs: number }) => `the call was cancelled after ${f.ranMs} ms`,
    'Call again.',
  ),

  AP_WALL_EXCEEDED: row(
    'piece',
    504,
    true,
    'The call took too long',
    (f: { ranMs: number; wallMs: number }) => `the call ran ${f.ranMs} ms; wallMs is ${f.wallMs}`,
    'Do less per call, or raise limits.wallMs in piece.json up to the ceiling.',
  ),
  AP_CPU_EXCEEDED: row(
    'piece',
    504,
    false,
    'The call used too much CPU',
    (f: { cpuMs: number; limit: number }) => `the call used ${f.cpuMs} ms of CPU; cpuMs is ${f.limit}`,
    'Look for a runaway loop, or raise limits.cpuMs up to the ceiling.',
  ),
  AP_FUEL_EXCEEDED: row(
    'piece',
    504,
    false,
    'The call used too much fuel',
    (f: { fuel: number; limit: number }) => `the call executed ${f.fuel} instructions; fuel is ${f.limit}`,
    'Look for a runaway loop, or raise limits.fuel up to the ceiling.',
  ),
  AP_START_EXCEEDED: row(
    'piece',
    504,
    false,
    'The piece did not start',
    (f: { fuel: number; startFuel: number }) =>
      `the start of the language's runtime executed ${f.fuel} instructions; startFuel is ${f.startFuel}`,
    'Do less at module level.',
  ),
  AP_REALLOC_EXCEEDED: row(
    'piece',
    504,
    false,
    'The allocator did not return',
    (f: { cpuMs: number; reallocCpuMs: number }) =>
      `cabi_realloc or post-return used ${f.cpuMs} ms of CPU; reallocCpuMs is ${f.reallocCpuMs}`,
    'The toolchain exports a broken allocator: use a released SDK.',
  ),
  AP_MEMORY_EXCEEDED: row(
    'piece',
    507,
    false,
    'The call used too much memory',
    (f: { bytes: number; memoryBytes: number; cellBytes?: number }) =>
      f.cellBytes === undefined
        ? `the call holds ${f.bytes} bytes of linear memory; memoryBytes is ${f.memoryBytes}`
        : `the call holds ${f.bytes} bytes of linear memory, the most of all in its cell, whose budget is ${f.cellBytes}`,
    'Stream instead of collecting, or raise limits.memoryBytes up to the ceiling.',
  ),
  AP_OUTPUT_TOO_LARGE: row(
    'piece',
    502,
    false,
    'The output is too large',
    (f: { bytes: number; outputBytes: number }) => `the output has ${f.bytes} bytes; outputBytes is ${f.outputBytes}`,
    'Return less, or write a file and return its reference.',
  ),
  AP_OUTPUT_INVALID: row(
    'piece',
    502,
    false,
    'The output cannot be read',
    (f: { detail: string }) => `the piece returned something that its contract does not allow: ${f.detail}`,
    'Return a value of the shape in docs/contract.md.',
  ),
  AP_TRAPPED: row(
    'piece',
    502,
    false,
    'The piece crashed',
    (f: { detail: string }) => f.detail,
    'Mend the bug at the place named; `ap-wasm replay` runs a recorded call again.',
  ),
  AP_EXITED: row(
    'piece',
    502,
    false,
    'The piece ended its process',
    (f: { status: number }) => `the piece called exit(${f.status}); a piece returns instead`,
    'Return a value or a failure.',
  ),
  AP_HANDLES_EXCEEDED: row(
    'piece',
    502,
    false,
    'The piece holds too many handles',
    (f: { handles: number; limit: number }) => `${f.handles} handles are open; ${f.limit} are allowed`,
    'Close streams, responses and pollables after use.',
  ),
  AP_HUNG: row(
    'piece',
    504,
    false,
    'The piece blocked its process',
    (f: { silentMs: number }) =>
      `the cell was silent for ${f.silentMs} ms while this call had the processor; the cell was killed`,
    'One operation took too long to be interrupted: make it smaller.',
  ),

  AP_SATURATED: row(
    'host',
    503,
    true,
    'Too many calls wait',
    (f: { waiting: number; max: number; what: string }) => `${f.waiting} ${f.what} wait; the queue holds ${f.max}`,
    'Try again later.',
  ),
  AP_DRAINING: row(
    'host',
    503,
    true,
    'The executor shuts down',
    (_: None) => 'the executor finishes its calls and takes no new ones',
    'Try again; another instance or a restart will answer.',
  ),
  AP_NO_CELL: row(
    'host',
    503,
    true,
    'No cell can run the call',
    (f: { detail: string }) => f.detail,
    'Look at the log of the executor; a cell fails at birth.',
  ),
  AP_CELL_LOST: row(
    'host',
    502,
    false,
    'The cell was lost',
    (f: { detail: string; why: string }) =>
      `the process that ran this call ended (${f.detail}); it was not run again: ${f.why}`,
    'Check what the call already did before you run it again.',
  ),
  AP_INTERRUPTED: row(
    'host',
    502,
    false,
    'The executor stopped during the call',
    (f: { callId: string }) => `the executor ended while call ${f.callId} ran; it was not run again`,
    'Check what the call already did before you run it again.',
  ),
  AP_STORAGE_FULL: row(
    'host',
    507,
    true,
    'The disk is full',
    (f: { what: string }) => `${f.what} could not be written: no space is left in the data folder`,
    'Free space, then try again: nothing half-written was kept.',
  ),
  AP_STORAGE_READ_ONLY: row(
    'host',
    507,
    true,
    'The disk is read-only',
    (f: { what: string }) => `${f.what} could not be written: the disk of the data folder is read-only`,
    'Find out why the disk went read-only, mount it for writing, and start again: nothing half-written was kept.',
  ),
  AP_TOO_MANY_OPEN_FILES: row(
    'host',
    503,
    true,
    'The process may open no more files',
    (f: { detail: string }) => f.detail,
    'Allow the executor more open files (`ulimit -n`, `LimitNOFILE=`), or send it fewer calls at once; then try again.',
  ),
  AP_UNRECORDED: row(
    'host',
    507,
    false,
    'The end of the call could not be written',
    (f: { callId: string }) => `call ${f.callId} ran and had effects; its answer could not be kept and is not known`,
    'Check what the call already did before you run it again; the data folder needs space, and a disk that can be written.',
  ),
  AP_ARTIFACT_LOST: row(
    'host',
    500,
    false,
    'The bytes of the piece are lost',
    (f: { digest: string; state: 'missing' | 'damaged' }) => `the artifact ${f.digest} is ${f.state}`,
    'Deploy the same artifact again: it is put back in its place.',
  ),
  AP_DATA_LOCKED: row(
    'host',
    503,
    false,
    'The data folder is in use',
    (f: { folder: string }) => `another executor uses ${f.folder}`,
    'Stop that executor, or name another folder: --data, AP_WASM_DATA.',
  ),
  AP_ADDRESS_UNUSABLE: row(
    'host',
    503,
    false,
    'The address cannot be listened on',
    (f: { host: string; port: number; why: string }) => `${f.host} port ${f.port}: ${f.why}`,
    'Name another with --port and --host, or end what listens there; port 0 takes a free one.',
  ),
  AP_LAYER_MISSING: row(
    'host',
    503,
    false,
    'A demanded layer of isolation is missing',
    (f: { missing: string; present: string }) =>
      `AP_WASM_REQUIRE_LAYERS names ${f.missing}; this machine has: ${f.present}`,
    'Install the layer, or demand less.',
  ),
  AP_SETTING_INVALID: row(
    'caller',
    400,
    false,
    'A setting is wrong',
    (f: { setting: string; value: string; expected: string }) => `${f.setting} is "${f.value}"; expected ${f.expected}`,
    'Mend the flag or the variable of that name; docs/settings.md lists all of them.',
  ),
  AP_INTERNAL: row(
    'host',
    500,
    true,
    'The executor failed',
    (_: None) => 'an unexpected error was logged',
    'Report it with the call id and the log line.',
  ),
} as const

export type ErrorCode = keyof typeof ERRORS
export type ErrorFields<C extends ErrorCode> = FieldsOf<typeof ERRORS, C>

/** A refusal or fault of ours; a piece's own refusal is a `Failure`, which is a normal result. */
export class PieceError<C extends ErrorCode = ErrorCode> extends CodedError<typeof ERRORS, C> {
  override readonly name = 'PieceError'

  constructor(code: C, fields: ErrorFields<C>, options?: CodedErrorOptions) {
    super(ERRORS, code, fields, options)
  }
}

/**
 * Bytes that the validator, the rewriter or the linker does not accept. `reasons` are whole sentences that name the
 * place, the value and the limit; the inspector gathers them all into one AP_INVALID_COMPONENT.
 */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly reasons: readonly string[]

  constructor(reasons: string | readonly string[]) {
    const list = typeof reasons === 'string' ? [reasons] : reasons
    super(list.join('; '))
    this.reasons = list
  }
}
