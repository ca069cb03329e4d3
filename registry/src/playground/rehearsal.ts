/**
 * @module playground/rehearsal: a call from its form to its result, in the visitor's browser: checked as the executor checks
 * it, within the grants that the piece asks for and the limits that it would have; its outside is this frame.
 */
import {
  answerOf,
  askOf,
  type CallInput,
  type CallResult,
  callMessage,
  createOutside,
  defaultLimits,
  fileId,
  type Limits,
  type LogLine,
  type Manifest,
  type Mock,
  memoryStore,
  type OutsideEngines,
  PieceError,
  prepare,
  resultOf,
  storeUploads,
  type TriggerHook,
  type Usage,
} from '@ap-wasm/executor/outside'
import { memoryFiles } from './memory-files.ts'
import { type Exchange, mockedRequests, noting } from './requests.ts'
import type { Ran, Runner } from './runner.ts'

const STORE_BYTES = 16 * 1024 ** 2
const SHOWN_BYTES = 4 * 1024
const TENANT = 'visitor'
const OWNERS = { flow: 'flow', project: 'project' } as const
export type Scope = keyof typeof OWNERS

export interface Rehearsed {
  kind: 'action' | 'trigger' | 'resolve'
  name: string
  hook?: TriggerHook
  input: CallInput
  mocks: readonly Mock[]
  env: Readonly<Record<string, string>>
  limits: Partial<Limits>
  /** The clock and the random numbers of a recorded case. */
  fixed?: { clockStart: number; seed: string }
  onLine(line: LogLine): void
  onExchange(exchange: Exchange): void
}

export interface Outcome {
  result: CallResult
  limits: Limits
  logs: readonly LogLine[]
  /** Requests that no mock answered. */
  unanswered: readonly { method: string; url: string; why: readonly string[] }[]
}

/** What lives as long as the frame: state and files. */
export class Stage {
  readonly #manifest: Manifest
  readonly #runner: Runner
  readonly #store = memoryStore({ bytesPerPiece: STORE_BYTES })
  readonly #files = memoryFiles()

  constructor(manifest: Manifest, runner: Runner) {
    this.#manifest = manifest
    this.#runner = runner
  }

  async call(asked: Rehearsed): Promise<Outcome> {
    const { kind, name, hook, input, env } = asked
    const manifest = this.#manifest
    const { name: piece, version } = manifest
    const callId = `call_${crypto.getRandomValues(new Uint8Array(8)).toHex()}`
    const acceptedAt = performance.now()
    const startedAt = asked.fixed?.clockStart ?? Date.now()
    const call = {
      ...{ tenant: TENANT, piece, version, kind, name, ...(hook ? { hook } : {}), limits: asked.limits },
      input:
        kind === 'resolve'
          ? input
          : { ...input, run: { projectId: OWNERS.project, flowId: OWNERS.flow, ...input.run } },
    }
    const about = { acceptedAt, limits: defaultLimits(), seen: { callId, now: startedAt } }
    const prepared = await prepare(call, manifest, about, (uploads, limits) =>
      storeUploads(this.#files, TENANT, uploads, limits),
    )
    const { limits, encoding, auth, run, target } = prepared
    const requests = mockedRequests(asked.mocks)
    const engines: OutsideEngines = { http: requests.client, store: this.#store, files: this.#files }
    const { projectId, flowId, resumeUrl, testing } = run
    const outside = noting(
      createOutside(
        {
          ...{ tenant: TENANT, piece, callId, encoding, limits, auth, testing, startedAt, givenFiles: prepared.files },
          grants: { ...askOf(manifest), env },
          run: { projectId, ...(flowId ? { flowId } : {}), ...(resumeUrl ? { resumeUrl } : {}) },
        },
        engines,
      ),
      asked,
    )
    const { message, bytes } = callMessage(
      {
        ...{ tenant: TENANT, limits, env, program: { key: '' } },
        work: { kind, name, ...(hook ? { hook } : {}), config: prepared.config, input: prepared.input },
        ...(asked.fixed ? { fixed: asked.fixed } : {}),
      },
      true,
    )
    const ran = await this.#runner.run({ message, payload: bytes, outside, wallMs: limits.wallMs })
    const end = ended(ran, encoding)
    const usage = usageOf(ran, {
      wallMs: performance.now() - acceptedAt,
      bytesIn: outside.bytesIn,
      bytesOut: outside.bytesOut,
    })
    const answer = {
      usage,
      outside,
      attempts: 1,
      ...(end instanceof PieceError ? { kind: 'error' as const, error: end } : end),
    }
    return {
      result: resultOf({ callId, version }, answer, target, encoding, outside.effects),
      limits,
      logs: outside.logs,
      unanswered: requests.mocks.unmatched.map(({ request, nearest }) => ({
        ...{ method: request.method, url: request.url, why: nearest?.differences ?? [] },
      })),
    }
  }

  cancel(): void {
    this.#runner.cancel()
  }

  /** Everything that the piece keeps, as text where it is text. */
  kept(): { scope: Scope; key: string; value: string }[] {
    return (Object.keys(OWNERS) as Scope[]).flatMap((scope) =>
      (this.#store.keys(this.#place(scope), '', undefined, 1_000) as string[]).map((key) => ({
        ...{ scope, key },
        value: asText(this.#store.get(this.#place(scope), key) as Uint8Array),
      })),
    )
  }

  keep(scope: Scope, key: string, value: Uint8Array): void {
    void this.#store.put(this.#place(scope), key, value)
  }

  forget(): void {
    for (const { scope, key } of this.kept()) void this.#store.delete(this.#place(scope), key)
  }

  #place(scope: Scope) {
    return { tenant: TENANT, piece: this.#manifest.name, scope, owner: OWNERS[scope] }
  }

  /** A file that the piece wrote, and its beginning as text. */
  async file(reference: string): Promise<{ content: Uint8Array<ArrayBuffer>; beginning: string }> {
    const read = await this.#files.read(TENANT, fileId(reference) ?? '', 0, Number.MAX_SAFE_INTEGER)
    const content = new Uint8Array(read ?? [])
    return { content, beginning: asText(content.subarray(0, SHOWN_BYTES)) }
  }
}

function ended({ done, bytes, error }: Ran, encoding: 'json' | 'msgpack') {
  return error ?? answerOf(encoding, done!, bytes!)
}

function usageOf({ done }: Ran, seen: Pick<Usage, 'wallMs' | 'bytesIn' | 'bytesOut'>): Usage {
  const { fuel = 0, cpuMs = 0, memoryPeakBytes = 0, hostCalls = {}, coldStart = false } = done?.usage ?? {}
  return {
    ...{ fuel, fuelModel: 1, cpuMs, memoryPeakBytes, hostCalls, coldStart },
    ...seen,
    wallMs: Math.round(seen.wallMs),
  }
}

function asText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return `base64 ${bytes.toBase64()}`
  }
}
