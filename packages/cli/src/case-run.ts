/** @module case-run: a test case in the real executor: its clock and its random repeat, its requests are answered by mocks. */
import { createHash } from 'node:crypto'
import {
  askOf,
  type Call,
  type CallError,
  type CallOutside,
  type CallResult,
  compare,
  createMocks,
  createOutside,
  differenceLines,
  encodeJson,
  type Manifest,
  type Mocks,
  memoryStore,
  type OutsideContext,
  type OutsideEngines,
  PieceError,
  type Rehearsal,
  shownBody,
  type Usage,
} from '@ap-wasm/executor'
import { type Case, DEFAULT_NOW } from './cases.ts'
import type { LocalExecutor } from './local-executor.ts'

export interface CaseRun {
  /** Why it failed, in lines; none: it passed. */
  problems: string[]
  /** What it answered, as a case expects it. */
  answered: NonNullable<Case['expect']>
  usage?: Usage
  callId?: string
  wallMs: number
}

type Store = OutsideEngines['store']
type Scope = 'flow' | 'project'
/** As much as a test has use for. */
const STORE_BYTES = 64 * 1024 ** 2
const OWNERS = { flow: 'flow', project: 'project' } as const

/** Seeds of a call are 32 bytes; a person writes 1. */
const seedOf = (seed: number): string => createHash('sha256').update(String(seed)).digest('hex')

export function callOf(one: Case, { name, version }: Manifest, auth: unknown = one.auth): Omit<Call, 'tenant'> {
  const { props, payload, webhookUrl, searchValue, secret } = one
  const given = { props, payload, webhookUrl, searchValue, secret, auth }
  const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const run = { projectId: OWNERS.project, flowId: OWNERS.flow, ...one.run }
  const what =
    one.action !== undefined
      ? { kind: 'action' as const, name: one.action }
      : one.trigger !== undefined
        ? { kind: 'trigger' as const, name: one.trigger, hook: one.hook! }
        : { kind: 'resolve' as const, name: one.resolve! }
  return { piece: name, version, ...what, input: what.kind === 'resolve' ? input : { ...input, run } }
}

/** Everything but the requests: clock, random, variables, what stands in the store. */
export async function rehearsalOf(
  one: Case,
  manifest: Manifest,
  outside: (context: OutsideContext, engines: OutsideEngines) => CallOutside,
  env: Record<string, string> = one.env ?? {},
): Promise<{ rehearsal: Rehearsal; storeAfter(): Promise<Record<string, Record<string, unknown>>> }> {
  let context: OutsideContext | undefined
  const before = one.store ?? {}
  let store = memoryStore({ bytesPerPiece: STORE_BYTES })
  const rehearsal: Rehearsal = {
    fixed: { clockStart: Date.parse(one.now ?? DEFAULT_NOW), seed: seedOf(one.seed ?? 1) },
    grants: { ...askOf(manifest), env },
    outside: (about, engines) => {
      context = about
      store = memoryStore({ bytesPerPiece: STORE_BYTES })
      for (const [scope, values] of Object.entries(before))
        for (const [key, value] of Object.entries(values ?? {}))
          store.put(placeOf(about, scope as Scope), key, encodeJson(value))
      return outside(about, { ...engines, store })
    },
  }
  return {
    rehearsal,
    storeAfter: async () => (context ? storeValues(store, context) : {}),
  }
}

const placeOf = ({ tenant, piece, run }: OutsideContext, scope: Scope) => ({
  ...{ tenant, piece, scope },
  owner: (scope === 'flow' ? run.flowId : run.projectId) ?? OWNERS[scope],
})

async function storeValues(store: Store, context: OutsideContext): Promise<Record<string, Record<string, unknown>>> {
  const found: Record<string, Record<string, unknown>> = {}
  for (const scope of ['flow', 'project'] as const) {
    const place = placeOf(context, scope)
    for (const key of await store.keys(place, '', undefined, 1_000)) {
      const value = await store.get(place, key)
      found[scope] ??= {}
      found[scope][key] = value && storedValue(value)
    }
  }
  return found
}

/** SDKs keep JSON; what another wrote is shown as base64. */
function storedValue(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return bytes.toBase64()
  }
}

export async function runCase(executor: LocalExecutor, one: Case, manifest: Manifest): Promise<CaseRun> {
  let mocks: Mocks = createMocks(one.http ?? [])
  const { rehearsal, storeAfter } = await rehearsalOf(one, manifest, (context, engines) => {
    mocks = createMocks(one.http ?? [])
    return createOutside(context, { ...engines, http: mocks.client(engines.http) })
  })
  const began = performance.now()
  const result = await called(executor, callOf(one, manifest), rehearsal)
  const wallMs = performance.now() - began
  const answered = await answeredOf(result, one, storeAfter)
  const problems = [...mockProblems(mocks), ...expectProblems(one, answered, result), ...fuelProblems(one, result)]
  const ran = 'usage' in result ? { usage: result.usage, callId: result.callId } : {}
  return { problems, answered, wallMs, ...ran }
}

export type Ended = CallResult | { ok: false; error: CallError }

/** A call that is refused before it runs is an answer of the executor, too. */
export async function called(
  executor: LocalExecutor,
  call: Omit<Call, 'tenant'>,
  rehearsal: Rehearsal,
): Promise<Ended> {
  try {
    return await executor.call(call, rehearsal)
  } catch (error) {
    if (!(error instanceof PieceError) || error.fault === 'host') throw error
    const { code, fault, status, retry, message } = error
    return { ok: false, error: { code, fault, status, retry, detail: message } }
  }
}

/** As JSON callers see it. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(new TextDecoder().decode(encodeJson(value)))

export async function answeredOf(
  result: Ended,
  { expect = {} }: Case,
  storeAfter: () => Promise<Record<string, Record<string, unknown>>>,
): Promise<NonNullable<Case['expect']>> {
  const outcome: NonNullable<Case['expect']> = result.ok
    ? { output: plain(result.output) ?? null }
    : 'failure' in result
      ? { failure: plain(result.failure) as NonNullable<Case['expect']>['failure'] & {} }
      : { error: { code: result.error.code } }
  const { files = [], ...asked } = 'effects' in result ? result.effects : {}
  const effects = { ...(plain(asked) as object), ...(files.length > 0 ? { files: files.map(fileWords) } : {}) }
  const had = expect.effects !== undefined || Object.keys(effects).length > 0
  return {
    ...outcome,
    ...(had ? { effects } : {}),
    ...(expect.store === undefined ? {} : { store: await storeAfter() }),
  }
}

/** Of a file that was written; its reference differs in each run. */
const fileWords = ({ filename, mediaType, size }: { filename: string; mediaType: string; size: number }) => ({
  ...{ filename, mediaType, size },
})

function expectProblems({ expect }: Case, answered: NonNullable<Case['expect']>, result: Ended): string[] {
  const ended = (['output', 'failure', 'error'] as const).find((key) => expect?.[key] !== undefined)
  if (!expect || !ended) return ['the case expects nothing yet; --update writes what it answers now']
  const problems: string[] = []
  if (!(ended in answered))
    problems.push(
      `expected ${ended === 'output' ? 'an output' : `the ${ended} ${expect[ended]?.code}`}, got ${outcomeWords(result)}`,
    )
  else if (ended === 'output') problems.push(...differenceLines(compare('output', expect.output, answered.output)))
  else problems.push(...named(ended, expect[ended]!, answered[ended]!))
  if (expect.effects) problems.push(...named('effects', expect.effects, answered.effects ?? {}))
  if (expect.store) problems.push(...differenceLines(compare('store', expect.store, answered.store)))
  return problems
}

/** Compares the members that the case names. */
function named(path: string, expected: object, actual: object): string[] {
  const part = Object.fromEntries(Object.entries(actual).filter(([key]) => Object.hasOwn(expected, key)))
  return differenceLines(compare(path, expected, part))
}

export function outcomeWords(result: Ended): string {
  if (result.ok) return 'an output'
  if ('failure' in result) return `the failure ${result.failure.code}: ${result.failure.message}`
  return `the error ${result.error.code}: ${result.error.detail}`
}

function mockProblems({ unmatched, unused }: Mocks): string[] {
  return [
    ...unmatched.flatMap(({ request, nearest }) => [
      `no mock answers ${request.method} ${request.url}`,
      ...(request.body.length > 0 ? [`  its body: ${shownBody(request.body)}`] : []),
      ...(nearest
        ? [`  the nearest that is left is http[${nearest.index}]:`, ...nearest.differences.map((line) => `    ${line}`)]
        : ['  no mock is left; add one to http, or record it with --record']),
    ]),
    ...unused.map(
      ({ mock, index }) => `http[${index}] was not asked for: ${mock.request.method ?? 'GET'} ${mock.request.url}`,
    ),
  ]
}

function fuelProblems({ maxFuel }: Case, result: Ended): string[] {
  if (maxFuel === undefined || !('usage' in result) || result.usage.fuel <= maxFuel) return []
  const { fuel, hostCalls, bytesIn, bytesOut } = result.usage
  const top = Object.entries(hostCalls)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([name, count]) => `${name} ${count}×`)
  return [
    `fuel: it used ${fuel.toLocaleString('en')}; maxFuel is ${maxFuel.toLocaleString('en')}`,
    `  host calls cost 1,000 each and 1 a byte: ${top.join(', ') || 'none'}; ${bytesIn + bytesOut} bytes over HTTP`,
  ]
}
