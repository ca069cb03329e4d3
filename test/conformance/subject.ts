/** @module subject: one language's pieces on a real executor, and what a step of a case makes of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Call,
  type CallError,
  type CallResult,
  createExecutor,
  createOutside,
  type Description,
  type Executor,
  embedManifest,
  encodeJson,
  type LogLine,
  type Manifest,
  memoryStore,
  PieceError,
  type Rehearsal,
} from '@ap-wasm/executor'
import { built } from '../built.ts'
import type { Step, Variant } from './case.ts'
import type { Servers } from './servers.ts'

export type Ended = CallResult | { ok: false; error: CallError }
export type Store = ReturnType<typeof memoryStore>
type Scope = 'flow' | 'project'
type Capabilities = NonNullable<Manifest['capabilities']>

export interface Subject {
  component(of: Variant): Promise<Uint8Array>
  /** What its `describe` returns, with nothing granted. */
  describe(of: Variant): Promise<unknown>
  call(step: Step, store: Store): Promise<{ result: Ended; logs: LogLine[] }>
  /** `<file>:<line>` of the one line of its sources that holds the text. */
  placeOf(text: string): string
  close(): Promise<void>
}

const TENANT = 'conformance'
export const PROJECT = 'project'
export const FLOW = 'flow'
const STORE_BYTES = 64 * 1024 ** 2
const NOW = Date.UTC(2026, 0, 1)

/** What each variant asks for, beside its variables. */
const asks = ({ origins }: Servers): Record<Variant, Capabilities> => ({
  all: {
    http: [origins.a, origins.b, origins.closed],
    store: ['flow', 'project'],
    files: ['read', 'write'],
    run: ['respond', 'stop', 'wait'],
  },
  some: { http: [origins.b], store: ['flow'], files: ['write'], run: ['respond'] },
  rest: { http: [origins.b], store: ['project'], files: ['read'], run: ['stop', 'wait'] },
  msgpack: {},
})

export async function startSubject(language: string, servers: Servers): Promise<Subject> {
  const data = await mkdtemp(join(tmpdir(), 'ap-wasm-conformance-'))
  const executor = await createExecutor(
    { data, cells: 1, isolation: 'shared', logLevel: 'silent', drainMs: 0, egressPrivate: ['127.0.0.0/8'] },
    { compareEvery: 1 },
  )
  const component = (of: Variant) =>
    built(`test/conformance/${of === 'msgpack' ? 'msgpack' : 'pieces'}/${language}`, language)
  const deployed = new Map<Variant, Promise<string>>()
  const nameOf = (of: Variant): Promise<string> => {
    const found = deployed.get(of) ?? deploy(executor, of, component(of), asks(servers)[of])
    deployed.set(of, found)
    return found
  }
  return {
    component,
    describe: async (of) => executor.describe(TENANT, await component(of)),
    async call(step, store) {
      const call = callOf(step, await nameOf(step.of ?? 'all'))
      const rehearsal: Rehearsal = {
        ...(step.live !== true && { fixed: { clockStart: step.now ?? NOW, seed: seedOf(step.seed ?? 1) } }),
        grants: { ...GRANTED, ...withoutEnv(asks(servers)[step.of ?? 'all']), env: step.env ?? {} },
        outside: (about, engines) => createOutside(about, { ...engines, store }),
      }
      const result = await ended(executor, call, rehearsal)
      return { result, logs: 'callId' in result ? executor.ledger.get(TENANT, result.callId).logs : [] }
    },
    placeOf: (text) => placeOf(join(import.meta.dirname, 'pieces', language), text),
    async close() {
      await executor.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

const GRANTED = { http: [], store: [], files: [], run: [] }
const withoutEnv = ({ env: _, ...rest }: Capabilities) => rest
const seedOf = (seed: number): string => seed.toString(16).padStart(64, '0')

async function deploy(
  executor: Executor,
  of: Variant,
  component: Promise<Uint8Array>,
  capabilities: Capabilities,
): Promise<string> {
  const env = of === 'msgpack' ? {} : { env: { GREETING: { required: false }, SECOND: { required: false } } }
  const description = (await executor.describe(TENANT, await component)) as Description
  const { language } = description.sdk
  const manifest = { name: `conformance-${of}`, version: '0.1.0', language, description }
  const artifact = embedManifest(await component, {
    ...manifest,
    capabilities: { ...capabilities, ...env },
  } as Manifest)
  const { name } = await executor.add(TENANT, artifact)
  return name
}

function callOf(step: Step, piece: string): Call {
  const { props, auth, payload, webhookUrl, searchValue, secret, run, limits, action, trigger, hook, resolve } = step
  const given = Object.entries({ props, auth, payload, webhookUrl, searchValue, secret })
  const input = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  const of = { tenant: TENANT, piece, version: '0.1.0', ...(limits && { limits }) }
  if (resolve !== undefined) return { ...of, kind: 'resolve', name: resolve, input }
  const within = { ...input, run: { flowId: FLOW, projectId: PROJECT, ...run } }
  return trigger === undefined
    ? { ...of, kind: 'action', name: action!, input: within }
    : { ...of, kind: 'trigger', name: trigger, hook: hook!, input: within }
}

/** A call that is refused before it runs is an answer of the executor, too. */
async function ended(executor: Executor, call: Call, rehearsal: Rehearsal): Promise<Ended> {
  try {
    return await executor.call(call, rehearsal)
  } catch (error) {
    if (!(error instanceof PieceError)) throw error
    const { code, fault, status, retry, message } = error
    return { ok: false, error: { code, fault, status, retry, detail: message } }
  }
}

const place = (scope: Scope) => ({
  ...{ tenant: TENANT, scope, owner: scope === 'flow' ? FLOW : PROJECT },
  piece: 'conformance-all',
})

/** A store of a case's own, with what stands in it before. */
export function storeWith(values: Record<string, Record<string, unknown>> = {}): Store {
  const store = memoryStore({ bytesPerPiece: STORE_BYTES })
  for (const [scope, entries] of Object.entries(values))
    for (const [key, value] of Object.entries(entries)) store.put(place(scope as Scope), key, encodeJson(value))
  return store
}

/** As JSON text, which is what SDKs keep. */
export async function valuesIn(store: Store): Promise<Record<string, Record<string, unknown>>> {
  const found: Record<string, Record<string, unknown>> = {}
  for (const scope of ['flow', 'project'] as const)
    for (const key of await store.keys(place(scope), '', undefined, 1000)) {
      found[scope] ??= {}
      found[scope][key] = JSON.parse(Buffer.from((await store.get(place(scope), key))!).toString('utf8'))
    }
  return found
}

/** Sources are texts; what tools made is in folders that no repository keeps. */
const SOURCE = /\.(rs|go|py|ts|c|h)$/
const MADE = /(^|\/)(node_modules|target|dist|\.venv|__pycache__)\//

function placeOf(folder: string, text: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const found = files
    .filter((file) => SOURCE.test(file) && !MADE.test(file))
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => (line.includes(text) ? [`${file.split('/').at(-1)}:${i + 1}`] : [])),
    )
  if (found.length !== 1) throw new Error(`"${text}" stands at ${found.join(', ') || 'no place'}; it must stand once`)
  return found[0]!
}
