/** @module host/outgoing-handler: wasi:http/outgoing-handler, the one way out of a piece. */
import type { HttpErrorCode, HttpMethod, HttpScheme } from '../generated/world.ts'
import { LIMITS } from '../limits.ts'
import { err, type HostCall, immediate, ok } from './call.ts'
import { Exchange, type RequestHead, requestsOf } from './http-exchange.ts'
import { FORBIDDEN_METHODS } from './http-fields.ts'
import { contentLength, FutureIncomingResponse, type OutgoingRequest, type RequestOptions } from './http-types.ts'
import type { Bindings } from './world.ts'

/** What no limit allows is refused here: a guest that waits for no answer would flood the supervisor with refusals. */
const REQUESTS = LIMITS.httpRequests.ceiling
const NS_PER_MS = 1_000_000n
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

const spelled = (variant: HttpMethod | HttpScheme): string => variant.val ?? variant.tag

function timeouts(options: RequestOptions | undefined) {
  const out: Pick<RequestHead, 'connectTimeoutMs' | 'firstByteTimeoutMs' | 'betweenBytesTimeoutMs'> = {}
  const ms = (ns: bigint) => Math.min(Number((ns + NS_PER_MS - 1n) / NS_PER_MS), LONGEST_TIMEOUT_MS)
  if (options?.connectTimeout !== undefined) out.connectTimeoutMs = ms(options.connectTimeout)
  if (options?.firstByteTimeout !== undefined) out.firstByteTimeoutMs = ms(options.firstByteTimeout)
  if (options?.betweenBytesTimeout !== undefined) out.betweenBytesTimeoutMs = ms(options.betweenBytesTimeout)
  return out
}

/** The head of the request, or why it is none. */
function headOf(request: OutgoingRequest, options: RequestOptions | undefined): RequestHead | { error: HttpErrorCode } {
  const { method: given, fields } = request
  // A method that WIT names is upper case on the wire; any other is sent as it was written.
  const method = given.tag === 'other' ? spelled(given) : given.tag.toUpperCase()
  if (FORBIDDEN_METHODS.has(method.toUpperCase())) return { error: { tag: 'HTTP-request-method-invalid' } }
  const scheme = spelled(request.scheme ?? { tag: 'HTTPS' }).toLowerCase()
  if (request.authority === undefined || (scheme !== 'http' && scheme !== 'https'))
    return { error: { tag: 'HTTP-request-URI-invalid' } }
  // Two lengths, or one that is no number, are how requests are smuggled past each other.
  if (fields.has('content-length') && contentLength(fields) === undefined)
    return { error: { tag: 'HTTP-protocol-error' } }
  const path = request.pathWithQuery ?? '/'
  return {
    method,
    scheme,
    authority: request.authority,
    pathWithQuery: path.startsWith('/') ? path : `/${path}`,
    headers: fields.wire(),
    ...timeouts(options),
  }
}

function handle(call: HostCall, request: OutgoingRequest, options: RequestOptions | undefined) {
  const head =
    requestsOf(call) < REQUESTS
      ? headOf(request, options)
      : { error: { tag: 'internal-error', val: `httpRequests is at most ${REQUESTS}` } as const }
  request.fields[Symbol.dispose]()
  const body = request.body?.bytes
  if ('error' in head) {
    body?.abort(head.error)
    return err(head.error)
  }
  return ok(new FutureIncomingResponse(new Exchange(call, head, body)))
}

export const outgoingHandler = { handle: immediate(handle) } satisfies Bindings<'wasi:http/outgoing-handler'>
