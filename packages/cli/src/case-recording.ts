/** @module case-recording: a case is run against the real servers that its piece may reach, and keeps what they answered. */
import {
  CONNECTION_ERRORS,
  createOutside,
  createRecorder,
  createRedactor,
  type Manifest,
  type Mock,
  type RecordedBody,
  type RecordedEffect,
} from '@ap-wasm/executor'
import { answeredOf, type CaseRun, called, callOf, outcomeWords, rehearsalOf } from './case-run.ts'
import type { Case } from './cases.ts'
import type { LocalExecutor } from './local-executor.ts'

/** What real servers are shown; in the file it becomes its name. */
export interface Secrets {
  auth: unknown
  env: Record<string, string>
}

/** Bodies of one case, in all. */
const RECORD_BYTES = 8 * 1024 ** 2

/** Of a connection, not of an answer; or different each time. */
const NOISE: ReadonlySet<string> = new Set(
  `accept-ranges age alt-svc cache-control connection content-encoding content-length content-security-policy date
   expect-ct keep-alive nel permissions-policy pragma referrer-policy report-to reporting-endpoints server
   server-timing set-cookie strict-transport-security transfer-encoding vary via x-content-type-options
   x-dns-prefetch-control x-frame-options x-powered-by x-request-id x-runtime x-xss-protection cf-cache-status cf-ray
   access-control-allow-credentials access-control-allow-headers access-control-allow-methods
   access-control-allow-origin access-control-expose-headers access-control-max-age`.split(/\s+/),
)

export async function recordCase(
  executor: LocalExecutor,
  one: Case,
  manifest: Manifest,
  secrets: Secrets,
): Promise<CaseRun & { recorded: Case }> {
  const now = one.now ?? new Date().toISOString()
  const auth = secrets.auth ?? one.auth
  const env = { ...one.env, ...secrets.env }
  const recorder = createRecorder(Date.now(), RECORD_BYTES)
  // Real servers see the real time: a signature or a window may depend on it.
  const { rehearsal, storeAfter } = await rehearsalOf(
    { ...one, now },
    manifest,
    (context, engines) => recorder.around(createOutside(context, engines)),
    env,
  )
  const began = performance.now()
  const result = await called(executor, callOf(one, manifest, auth), rehearsal)
  const wallMs = performance.now() - began
  const redactor = createRedactor(secrets.auth, secrets.env, (path) => path === 'auth.type')
  const effects = recorder.effects(redactor)
  const problems: string[] = []
  if (!effects)
    problems.push(`its bodies are larger than ${RECORD_BYTES} bytes together, too large for a file that people read`)
  if (!result.ok && 'error' in result) problems.push(`nothing was written: it ended with ${outcomeWords(result)}`)
  const answered = redactor.value(await answeredOf(result, one, storeAfter))
  const recorded: Case = {
    ...one,
    now,
    ...(auth === undefined ? {} : { auth: redactor.value(auth) }),
    ...(Object.keys(env).length === 0 ? {} : { env: redactor.value(env) }),
    http: (effects ?? []).flatMap((effect) => (effect.kind === 'http' ? [mockOf(effect)] : [])),
    expect: one.expect ?? answered,
  }
  return {
    problems,
    answered,
    wallMs,
    recorded,
    ...('usage' in result ? { usage: result.usage, callId: result.callId } : {}),
  }
}

type Exchange = Extract<RecordedEffect, { kind: 'http' }>

function mockOf({ request, response }: Exchange): Mock {
  const { method, url } = request
  return {
    request: { ...(method === 'GET' ? {} : { method }), url, ...mockBody(request, request.headers) },
    response:
      'status' in response
        ? { status: response.status, ...keptHeaders(response.headers), ...mockBody(response, response.headers) }
        : { error: errorOf(response.error.tag) },
  }
}

const errorOf = (tag: string): keyof typeof CONNECTION_ERRORS =>
  Object.hasOwn(CONNECTION_ERRORS, tag) ? (tag as keyof typeof CONNECTION_ERRORS) : 'connection-terminated'

const isJson = (headers: readonly (readonly [string, string])[]): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === 'content-type' && /[/+]json\b/i.test(value))

/** JSON stands in a case as JSON: people read it, and mocks compare it as values. */
function mockBody(
  recorded: RecordedBody,
  headers: readonly (readonly [string, string])[],
): Pick<Mock['request'], 'body' | 'bodyBase64'> {
  if ('bodyBase64' in recorded) return { bodyBase64: recorded.bodyBase64 }
  if (!('body' in recorded) || recorded.body === undefined) return {}
  if (!isJson(headers)) return { body: recorded.body }
  try {
    const value: unknown = JSON.parse(recorded.body)
    return { body: typeof value === 'string' ? recorded.body : value }
  } catch {
    return { body: recorded.body }
  }
}

function keptHeaders(headers: readonly (readonly [string, string])[]): { headers?: Record<string, string> } {
  const kept = headers.filter(([name]) => !NOISE.has(name.toLowerCase()))
  return kept.length === 0 ? {} : { headers: Object.fromEntries(kept) }
}
