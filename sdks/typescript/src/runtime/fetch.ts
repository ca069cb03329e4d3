/** @module fetch: the Fetch standard over wasi:http. The host sends one request a hop; redirects are followed here. */
import outgoing from 'wasi:http/outgoing-handler'
import types, { type ErrorCode, type IncomingResponse } from 'wasi:http/types'
import type { IoError, OutputStream } from 'wasi:io/streams'
import { Body, type BodyInit, type Content, contentOf } from './body.ts'
import { Headers, type HeadersInit } from './headers.ts'
import { mustRun, ready } from './loop.ts'
import { ReadableStream } from './stream.ts'
import { payloadOf, tagOf } from './thrown.ts'

const MAX_REDIRECTS = 5
const CHUNK_BYTES = 256 * 1024

/** What a failed `fetch` rejects with; `code` is the failure code that the SDK makes of it. */
export class FetchError extends TypeError {
  override readonly name = 'FetchError'
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Failure codes by wasi:http error code; the rest is `upstream_error`. */
const CODES: Record<string, string> = {
  'HTTP-request-denied': 'not_granted',
  'connection-refused': 'connection_refused',
  'connection-timeout': 'timeout',
  'connection-read-timeout': 'timeout',
  'connection-write-timeout': 'timeout',
  'HTTP-response-timeout': 'timeout',
  'DNS-timeout': 'timeout',
}

/** The way out, where there is one. */
const HINTS: Record<string, (url: URL) => string> = {
  'HTTP-request-denied': ({ origin }) => `; add "${origin}" to capabilities.http in piece.json, or have it granted`,
  'destination-IP-prohibited': () => '; it is no public address, and the executor does not allow this private one',
}

function refused(url: URL, error: unknown): FetchError {
  const code = payloadOf(error) as Partial<ErrorCode> | null
  const tag = code?.tag ?? String(error)
  const detail =
    code?.val === undefined || code.val === null
      ? ''
      : ` (${typeof code.val === 'object' ? JSON.stringify(code.val) : code.val})`
  const hint = HINTS[tag]?.(url) ?? ''
  return new FetchError(CODES[tag] ?? 'upstream_error', `${url.origin} could not be fetched: ${tag}${detail}${hint}`)
}

/** A body that broke off: the stream's error holds HTTP's. */
function lost(url: URL, error: unknown): FetchError {
  if (tagOf(error) !== 'last-operation-failed') return refused(url, error)
  const { val } = payloadOf(error) as { val: IoError }
  const code = types.httpErrorCode(val)
  val[Symbol.dispose]()
  return refused(url, code ?? 'the connection was lost')
}

export interface RequestInit {
  method?: string
  headers?: HeadersInit | null
  body?: BodyInit | null
  redirect?: 'follow' | 'manual' | 'error'
  signal?: AbortSignal | null
}

export class Request extends Body {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly redirect: 'follow' | 'manual' | 'error'
  readonly signal: AbortSignal

  constructor(input: string | URL | Request, init: RequestInit = {}) {
    const from = input instanceof Request ? input : undefined
    const content = init.body !== undefined ? contentOf(init.body) : from ? Body.share(from) : {}
    super(content)
    const url = new URL(from ? from.url : String(input))
    if (url.username || url.password)
      throw new TypeError('a URL to fetch must not hold a user name or password; use a header')
    this.url = url.href
    this.method = methodOf(init.method ?? from?.method ?? 'GET')
    this.headers = new Headers(init.headers ?? from?.headers)
    this.redirect = init.redirect ?? from?.redirect ?? 'follow'
    this.signal = init.signal ?? from?.signal ?? new AbortController().signal
    const hasBody = content.bytes !== undefined || content.stream !== undefined
    if (hasBody && (this.method === 'GET' || this.method === 'HEAD'))
      throw new TypeError(`a ${this.method} request has no body`)
    if (content.type && !this.headers.has('content-type')) this.headers.set('content-type', content.type)
  }
  clone(): Request {
    return new Request(this)
  }
  get [Symbol.toStringTag](): string {
    return 'Request'
  }
}

function methodOf(method: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) throw new TypeError(`"${method}" is not a method`)
  const upper = method.toUpperCase()
  return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH'].includes(upper) ? upper : method
}

export interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
}

export class Response extends Body {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly type = 'default'
  url = ''
  redirected = false

  constructor(body?: BodyInit | null, init: ResponseInit = {}) {
    const content = contentOf(body)
    super(content)
    this.status = init.status ?? 200
    this.statusText = init.statusText ?? ''
    this.headers = new Headers(init.headers)
    if (content.type && !this.headers.has('content-type')) this.headers.set('content-type', content.type)
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }
  clone(): Response {
    const { bytes, stream } = Body.share(this)
    const copy = new Response(stream ?? bytes ?? null, this)
    copy.url = this.url
    copy.redirected = this.redirected
    return copy
  }
  static json(value: unknown, init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new Response(JSON.stringify(value), { ...init, headers })
  }
  static redirect(url: string | URL, status = 302): Response {
    return new Response(null, { status, headers: { location: String(url) } })
  }
  static error(): Response {
    return new Response(null, { status: 0 })
  }
  get [Symbol.toStringTag](): string {
    return 'Response'
  }
}

const WELL_KNOWN = new Set(['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'])

/** Header values are bytes on the wire, a character each in a text. */
const valueBytes = (value: string): Uint8Array => Uint8Array.fromBase64(btoa(value))
const valueText = (bytes: Uint8Array | number[]): string => String.fromCharCode(...bytes)
const asBytes = (list: Uint8Array | number[]): Uint8Array => (list instanceof Uint8Array ? list : Uint8Array.from(list))

async function writeAll(stream: OutputStream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const room = stream.checkWrite()
    if (room === 0) {
      await ready(stream.subscribe(), signal)
      continue
    }
    const part = bytes.subarray(at, at + room)
    stream.write(part)
    at += part.length
  }
}

/** Throws a TypeError that names the header which the host refuses: one that belongs to the connection, or too much. */
function fieldsOf(headers: Headers): ReturnType<typeof types.Fields.fromList> {
  const list = [...headers].map(([name, value]): [string, Uint8Array] => [name, valueBytes(value)])
  try {
    return types.Fields.fromList(list)
  } catch (error) {
    const refused = list.find((entry) => {
      try {
        types.Fields.fromList([entry])[Symbol.dispose]()
        return false
      } catch {
        return true
      }
    })
    const what = refused === undefined ? 'the headers are too many or too large' : `the header "${refused[0]}"`
    throw new TypeError(`${what}: a piece must not send this (${tagOf(error)})`)
  }
}

/** Sends one request and returns when the head of the response is there. */
async function exchange(
  url: URL,
  method: string,
  headers: Headers,
  content: Content,
  signal: AbortSignal,
): Promise<IncomingResponse> {
  signal.throwIfAborted()
  const sent = new Headers(headers)
  if (!sent.has('accept')) sent.set('accept', '*/*')
  if (!sent.has('user-agent')) sent.set('user-agent', 'ap-wasm')
  if (content.bytes && !sent.has('content-length')) sent.set('content-length', String(content.bytes.length))
  else if (!content.bytes && !content.stream && (method === 'POST' || method === 'PUT')) sent.set('content-length', '0')
  const request = new types.OutgoingRequest(fieldsOf(sent))
  const tag = method.toLowerCase()
  request.setMethod(WELL_KNOWN.has(tag) ? { tag } : { tag: 'other', val: method })
  request.setScheme({ tag: url.protocol === 'https:' ? 'HTTPS' : 'HTTP' })
  request.setAuthority(url.host)
  request.setPathWithQuery(url.pathname + url.search)
  const body = content.bytes?.length || content.stream ? request.body() : undefined
  let future: ReturnType<typeof outgoing.handle>
  try {
    future = outgoing.handle(request, null)
  } catch (error) {
    body?.[Symbol.dispose]()
    throw refused(url, error)
  }
  try {
    if (body) {
      const stream = body.write()
      try {
        if (content.bytes) await writeAll(stream, content.bytes, signal)
        else for await (const chunk of content.stream!) await writeAll(stream, chunk, signal)
        stream.flush()
      } catch (error) {
        stream[Symbol.dispose]()
        body[Symbol.dispose]()
        // A server may answer before it has read everything: then its answer counts, not the broken stream.
        if (tagOf(error) === undefined) throw error
        if (tagOf(error) === 'last-operation-failed') lost(url, error)
        return await head(url, future, signal)
      }
      stream[Symbol.dispose]()
      types.OutgoingBody.finish(body, null)
    }
    return await head(url, future, signal)
  } finally {
    future[Symbol.dispose]()
  }
}

async function head(
  url: URL,
  future: ReturnType<typeof outgoing.handle>,
  signal: AbortSignal,
): Promise<IncomingResponse> {
  await ready(future.subscribe(), signal)
  const result = future.get()
  if (result?.tag !== 'ok') throw new FetchError('upstream_error', `${url.origin} gave its answer away already`)
  if (result.val.tag === 'err') throw refused(url, result.val.val)
  return result.val.val
}

/** The body as a stream that holds the response's handles until it has ended or was cancelled. */
function bodyStream(url: URL, response: IncomingResponse, signal: AbortSignal): ReadableStream<Uint8Array> {
  const body = response.consume()
  const stream = body.stream()
  const close = () => {
    stream[Symbol.dispose]()
    body[Symbol.dispose]()
    response[Symbol.dispose]()
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        let chunk: Uint8Array
        try {
          chunk = asBytes(stream.read(CHUNK_BYTES))
        } catch (error) {
          close()
          if (tagOf(error) === 'closed') return controller.close()
          throw lost(url, error)
        }
        if (chunk.length > 0) return controller.enqueue(chunk)
        try {
          await ready(stream.subscribe(), signal)
        } catch (error) {
          close()
          throw error
        }
      }
    },
    cancel: close,
  })
}

const NO_BODY = new Set([101, 204, 205, 304])

export async function fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  mustRun('fetch')
  const request = new Request(input, init)
  const { signal } = request
  let url = new URL(request.url)
  let method = request.method
  let content = Body.take(request)
  const headers = new Headers(request.headers)
  for (let hop = 0; ; hop++) {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new FetchError('invalid_input', `${url.protocol} cannot be fetched; use https: or http:`)
    const incoming = await exchange(url, method, headers, content, signal)
    const status = incoming.status()
    const fields = incoming.headers()
    const responseHeaders = new Headers(fields.entries().map(([name, value]) => [name, valueText(value)] as const))
    fields[Symbol.dispose]()
    const location = [301, 302, 303, 307, 308].includes(status) ? responseHeaders.get('location') : null
    if (location !== null && request.redirect !== 'manual') {
      incoming[Symbol.dispose]()
      if (request.redirect === 'error')
        throw new FetchError('upstream_error', `${url.origin} redirects, and redirect is "error"`)
      if (hop === MAX_REDIRECTS)
        throw new FetchError('upstream_error', `${request.url} redirects more than ${MAX_REDIRECTS} times`)
      const next = new URL(location, url)
      if (next.origin !== url.origin)
        for (const name of ['authorization', 'cookie', 'proxy-authorization']) headers.delete(name)
      if ((status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST')) {
        method = method === 'HEAD' ? 'HEAD' : 'GET'
        content = {}
        for (const name of [
          'content-type',
          'content-length',
          'content-encoding',
          'content-language',
          'content-location',
        ])
          headers.delete(name)
      } else if (content.stream)
        throw new FetchError('upstream_error', `${url.origin} redirects a streamed body, which can be sent once only`)
      if (!next.hash) next.hash = url.hash
      url = next
      continue
    }
    const empty = NO_BODY.has(status) || method === 'HEAD'
    if (empty) incoming[Symbol.dispose]()
    const response = new Response(empty ? null : bodyStream(url, incoming, signal), {
      status,
      headers: responseHeaders,
    })
    response.url = url.href
    response.redirected = hop > 0
    return response
  }
}
