/**
 * @module calls/prepare: from a call and the version that it runs to what a cell is handed: limits, checked properties, stored
 * files, the encoded input. Whatever it refuses, it refuses before anything ran or was billed.
 */

import type { Call, CallInput } from '../call.ts'
import { type Encoding, encodeAs } from '../codec.ts'
import { PieceError } from '../errors.ts'
import { LIMIT_NAMES, type Limits, lowered } from '../limits.ts'
import type { Manifest } from '../manifest.ts'
import { checkAuth } from '../piece/auth.ts'
import { checkProps, type Upload } from '../properties.ts'
import { inputViolations, type Target, targetOf } from './target.ts'

/** `run` with its defaults (docs/contract.md). */
export interface Run {
  id: string
  projectId: string
  flowId?: string
  resumeUrl?: string
  attempt: number
  executionType: 'BEGIN' | 'RESUME'
  testing: boolean
  deadline: string
}

export interface Prepared {
  target: Target
  limits: Limits
  encoding: Encoding
  /** As the piece sees it. */
  auth: unknown
  run: Run
  /** By `performance.now()`: the wall time of the call counts from here. */
  acceptedAt: number
  /** References that stand in FILE properties: what the call may read. One elsewhere, as in a webhook's body, is data. */
  files: ReadonlySet<string>
  /** What `init` and the function are handed: decoded, for the record. */
  values: { config: unknown; input: Record<string, unknown> }
  config: Uint8Array
  input: Uint8Array
}

/** Puts the bytes of FILE properties where their references can be read from. */
export type StoreUploads = (uploads: readonly Upload[], limits: Limits) => Promise<void>

export async function prepare(
  call: Call,
  manifest: Manifest,
  about: {
    acceptedAt: number
    limits: Limits
    /** What the piece is told: a rehearsal tells the same each time. */
    seen: { callId: string; now: number }
  },
  store: StoreUploads,
): Promise<Prepared> {
  const { description } = manifest
  const target = targetOf(description, call)
  const limits = callLimits(about.limits, manifest.limits, call.limits)
  const { props, auth, uploads, files } = checkedInput(target, manifest, call.input)
  await store(uploads, limits)

  const run = runOf(call.input, about.seen.callId, about.seen.now + limits.wallMs)
  const input = assemble(target, call.input, props, auth, run)
  const config = configOf(manifest)
  const { encoding } = description
  const encoded = encodeAs(encoding, input)
  if (encoded.length > limits.inputBytes)
    throw new PieceError('AP_INPUT_TOO_LARGE', { bytes: encoded.length, inputBytes: limits.inputBytes })
  return {
    target,
    limits,
    encoding,
    auth,
    run,
    acceptedAt: about.acceptedAt,
    files: new Set(files.flatMap(({ reference }) => reference ?? [])),
    values: { config: config.value, input },
    config: config.bytes,
    input: encoded,
  }
}

interface Config {
  value: unknown
  bytes: Uint8Array
}
const configs = new WeakMap<Manifest, Config>()

/** What `init` is handed: the same in all calls of a version. */
function configOf(manifest: Manifest): Config {
  const known = configs.get(manifest)
  if (known) return known
  const { name, version, description } = manifest
  const value = { piece: { name, version } }
  const config = { value, bytes: encodeAs(description.encoding, value) }
  configs.set(manifest, config)
  return config
}

/** The smallest of what the operator allows, the piece says of itself and the caller asks; a caller may not ask for more. */
function callLimits(
  operator: Limits,
  manifest: Partial<Limits> | undefined,
  asked: Partial<Limits> | undefined,
): Limits {
  const allowed = lowered(operator, manifest)
  if (asked === undefined) return allowed
  for (const name of LIMIT_NAMES) {
    const value = asked[name]
    if (value !== undefined && value > allowed[name])
      throw new PieceError('AP_LIMIT_TOO_HIGH', { limit: name, asked: value, allowed: allowed[name] })
  }
  return lowered(allowed, asked)
}

function checkedInput(target: Target, manifest: Manifest, input: CallInput) {
  const { props, violations, uploads, files } = checkProps(target.properties, input.props, {
    partial: target.partial,
  })
  const takesAuth = target.auth !== 'none'
  const checked = takesAuth
    ? checkAuth(manifest.description.auth, input.auth, target.auth === 'required')
    : { auth: undefined, violations: [] }
  const all = [...violations, ...checked.violations, ...inputViolations(target, input)]
  if (!target.takes.props && Object.keys(input.props ?? {}).length > 0)
    all.push({ path: 'props', message: 'are not taken here' })
  if (all.length > 0) throw new PieceError('AP_INVALID_PROPS', { violations: all })
  return { props, auth: checked.auth, uploads, files }
}

function runOf({ run }: CallInput, callId: string, deadlineAt: number): Run {
  return {
    id: callId,
    projectId: 'default',
    attempt: 1,
    executionType: 'BEGIN',
    testing: false,
    ...run,
    deadline: new Date(deadlineAt).toISOString(),
  }
}

function assemble(target: Target, from: CallInput, props: unknown, auth: unknown, run: Run): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  if (target.takes.props) input.props = props
  if (auth !== undefined) input.auth = auth
  for (const key of target.keys) if (from[key] !== undefined) input[key] = from[key]
  if (target.takes.run) input.run = run
  return input
}
