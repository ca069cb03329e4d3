/** @module effects/http/request: what a cell asks for, checked once more and made ready to be sent. */
import type { EffectKinds, HttpErrorCode } from '../../effect.ts'
import { FIELDS_BYTES, FIELDS_MAX, FORBIDDEN_HEADERS, FORBIDDEN_METHODS, TOKEN } from '../../host/http-fields.ts'
import { Malformed } from '../../wire.ts'
import type { Reach } from '../egress.ts'
import { grantOf, type Origin, originText, parseOrigin } from '../grants.ts'
import type { OutsideContext } from '../state.ts'
import type { HttpClient } from './client.ts'

type Ask = EffectKinds['http.request']['ask']

const PATH_BYTES = 32 * 1024
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** Without `#`: a fragment is never sent. */
const PATH = /^[/?][\x21\x22\x24-\x7e\x80-\xff]*$/

export interface HttpRequest {
  origin: string
  reach: Reach
  method: string
  path: string
  /** Name, value, name, value: as undici takes them. */
  headers: string[]
  /** The host asked for compression, so it decodes. */
  decodes: boolean
}

export interface Refusal {
  error: HttpErrorCode
  /** For the call's log. */
  reason?: string
}

export function prepare(
  ask: Ask,
  bodyBytes: number,
  context: OutsideContext,
  client: Pick<HttpClient, 'userAgent' | 'codings'>,
): HttpRequest | Refusal {
  if (!TOKEN.test(ask.method) || ask.method.length > 64 || FORBIDDEN_METHODS.has(ask.method.toUpperCase()))
    return { error: { tag: 'HTTP-request-method-invalid' } }
  const to = parseOrigin(ask.scheme.toLowerCase(), ask.authority)
  if (!to) return { error: { tag: 'HTTP-request-URI-invalid' } }
  const path = ask.pathWithQuery === '' ? '/' : ask.pathWithQuery
  if (path.length > PATH_BYTES) return { error: { tag: 'HTTP-request-URI-too-long' } }
  if (!PATH.test(path)) return { error: { tag: 'HTTP-request-URI-invalid' } }
  const reach = grantOf(context.grants.http, context.auth, to)
  if (!reach) return denied(to)
  const headers = fields(ask, bodyBytes, client)
  if ('error' in headers) return headers
  return {
    origin: originText(to),
    reach,
    method: ask.method,
    path: path.startsWith('?') ? `/${path}` : path,
    headers: headers.list,
    decodes: headers.decodes,
  }
}

function denied(to: Origin): Refusal {
  const line = JSON.stringify(originText(to))
  return {
    error: { tag: 'HTTP-request-denied' },
    reason: `the request to ${originText(to)} was denied: add ${line} to capabilities.http in piece.json ("capabilities": { "http": [${line}] }), deploy, and consent to it`,
  }
}

function fields(
  ask: Ask,
  bodyBytes: number,
  client: Pick<HttpClient, 'userAgent' | 'codings'>,
): { list: string[]; decodes: boolean } | Refusal {
  if (ask.headers.length > FIELDS_MAX) return { error: { tag: 'HTTP-request-header-section-size' } }
  const list: string[] = []
  const seen = new Set<string>()
  let bytes = 0
  for (const [name, value] of ask.headers) {
    const lower = name.toLowerCase()
    // An honest cell answered the guest with a header-error before it came to this.
    if (!TOKEN.test(lower)) throw new Malformed('the cell sent a header whose name is no token')
    if (!VALUE.test(value)) throw new Malformed(`the cell sent a header ${lower} with a forbidden character`)
    if (FORBIDDEN_HEADERS.has(lower)) throw new Malformed(`the cell sent the forbidden header ${lower}`)
    if ((bytes += name.length + value.length) > FIELDS_BYTES)
      return { error: { tag: 'HTTP-request-header-section-size', val: FIELDS_BYTES } }
    if (lower === 'content-length') {
      const refused = wrongLength(ask, value, bodyBytes, seen.has(lower))
      if (refused) return refused
    }
    seen.add(lower)
    // The body follows at once: nothing would wait for the 100 that is asked for.
    if (lower !== 'expect') list.push(lower, value)
  }
  const decodes = !seen.has('accept-encoding') && !seen.has('range') && ask.method !== 'HEAD'
  if (decodes) list.push('accept-encoding', client.codings.accept)
  if (!seen.has('user-agent')) list.push('user-agent', client.userAgent)
  return { list, decodes }
}

/** The length that is announced is the length that is sent, or what follows is another request in a server's eyes. */
function wrongLength(ask: Ask, value: string, bodyBytes: number, twice: boolean): Refusal | undefined {
  const length = /^\d{1,15}$/.test(value) ? Number(value) : undefined
  if (length === undefined || twice || (ask.body !== 'stream' && length !== bodyBytes))
    return { error: { tag: 'HTTP-request-body-size', val: bodyBytes }, reason: 'content-length differs from the body' }
  return undefined
}
