/** @module http: answers that are refusals, as failures with the codes that every SDK uses. */
import { Failure } from './failure.ts'

/** Characters of the answer that a failure carries along. */
const EXCERPT_LENGTH = 2000

function codeOf(status: number): string {
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 404) return 'not_found'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'upstream_error' : 'request_refused'
}

/** Milliseconds of a Retry-After header: seconds, or a date. */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const moment = Date.parse(header)
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - now)
}

/**
 * The response if it is a success (2xx); else throws its failure: `unauthorized`, `not_found`, `rate_limited` with the
 * pause that the server asks for, `upstream_error` or `request_refused`, with status and the begin of the body as detail.
 *
 * @example const user = await (await ensureOk(await fetch(url))).json()
 */
export async function ensureOk(response: Response): Promise<Response> {
  if (response.ok) return response
  const { status } = response
  const text = (await response.text()).slice(0, EXCERPT_LENGTH)
  const code = codeOf(status)
  const after = retryAfterMs(response.headers.get('retry-after')) ?? (status === 429 || status === 503 ? 0 : undefined)
  const where = response.url ? new URL(response.url).origin : 'the server'
  throw new Failure(code, `${where} answered ${status}`, {
    detail: { status, body: text },
    ...(after !== undefined && { retryAfterMs: after }),
  })
}
