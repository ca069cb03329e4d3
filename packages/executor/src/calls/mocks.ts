/**
 * @module calls/mocks: the requests that a test case answers. They take the place of the connections and of nothing else: grants,
 * limits, redirects and what a piece sees of a response are the executor's own. Runs in a browser.
 */
import Type, { type Static } from 'typebox'
import type { HttpClient } from '../effects/http/client.ts'
import { concat } from '../linker/reader.ts'
import { compare } from '../piece/comparison.ts'

type DispatchOptions = Parameters<HttpClient['dispatch']>[2]
type DispatchHandler = Parameters<HttpClient['dispatch']>[3]
type Controller = Parameters<NonNullable<DispatchHandler['onResponseStart']>>[0]

/** How a connection can fail, by the name that WASI has for it, and what says so below the executor. */
export const CONNECTION_ERRORS = {
  'connection-refused': 'ECONNREFUSED',
  'connection-timeout': 'UND_ERR_CONNECT_TIMEOUT',
  'connection-terminated': 'ECONNRESET',
  'connection-read-timeout': 'UND_ERR_HEADERS_TIMEOUT',
  'TLS-certificate-error': 'CERT_HAS_EXPIRED',
  'destination-unavailable': 'EHOSTUNREACH',
} as const
type ConnectionError = keyof typeof CONNECTION_ERRORS

const closed = { additionalProperties: false } as const
const optional = Type.Optional
const headers = (description: string) => optional(Type.Record(Type.String(), Type.String(), { description }))
const bodies = {
  body: optional(Type.Unknown({ description: 'A text as it is; anything else is its JSON.' })),
  bodyBase64: optional(Type.String({ description: 'Bytes that are no text.' })),
}

export const MOCK = Type.Object(
  {
    request: Type.Object(
      {
        method: optional(Type.String({ description: 'GET if absent.' })),
        url: Type.String({ description: 'The whole URL, query included.' }),
        headers: headers('The request must have these; others it may have.'),
        ...bodies,
      },
      closed,
    ),
    response: Type.Object(
      {
        status: optional(Type.Integer({ minimum: 200, maximum: 599, description: '200 if absent.' })),
        headers: headers('Content-type follows from the body if absent.'),
        ...bodies,
        error: optional(
          Type.Enum(Object.keys(CONNECTION_ERRORS) as ConnectionError[], {
            description: 'Instead of a response: how the connection fails.',
          }),
        ),
      },
      closed,
    ),
  },
  closed,
)
export type Mock = Static<typeof MOCK>
type MockBody = Pick<Mock['request'], 'body' | 'bodyBase64'>

/** A request as it would have been sent. */
export interface SentRequest {
  method: string
  url: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: Uint8Array
}

export interface Unmatched {
  request: SentRequest
  /** What keeps the nearest mock that is left from answering; absent: none is left. */
  nearest?: { url: string; index: number; differences: string[] }
}

export interface Mocks {
  /** Instead of connections; `real` lends what is no connection. */
  client(real: Pick<HttpClient, 'userAgent' | 'codings' | 'windows'>): HttpClient
  readonly unmatched: readonly Unmatched[]
  readonly unused: readonly { mock: Mock; index: number }[]
}

const PART_BYTES = 64 * 1024
const encoder = new TextEncoder()

export function createMocks(mocks: readonly Mock[]): Mocks {
  const left = mocks.map((mock, index) => ({ mock, index }))
  const unmatched: Unmatched[] = []

  async function answer(options: DispatchOptions, handler: DispatchHandler): Promise<void> {
    const body = new ResponseParts(handler)
    handler.onRequestStart?.(body.controller, {})
    const request = await sentRequest(options).catch(() => undefined)
    // The guest gave its request up while it was writing it.
    if (!request || body.controller.aborted) return
    const found = left.find(({ mock }) => differences(mock.request, request).length === 0)
    if (!found) {
      unmatched.push({ request, ...nearestOf(left, request) })
      return handler.onResponseError?.(body.controller, connectionError('destination-unavailable'))
    }
    left.splice(left.indexOf(found), 1)
    const { response } = found.mock
    if (response.error) return handler.onResponseError?.(body.controller, connectionError(response.error))
    body.send(response)
  }

  return {
    client: (real) => ({
      userAgent: real.userAgent,
      codings: real.codings,
      windows: (tenant) => real.windows(tenant),
      dispatch: (_tenant, _reach, options, handler) => void answer(options, handler),
      close: async () => {},
    }),
    get unmatched() {
      return unmatched
    },
    get unused() {
      return left
    },
  }
}

const connectionError = (tag: ConnectionError): Error => Object.assign(new Error(tag), { code: CONNECTION_ERRORS[tag] })

async function sentRequest({ origin, path, method, headers, body }: DispatchOptions): Promise<SentRequest> {
  const parts: Uint8Array[] = []
  if (body instanceof Uint8Array) parts.push(body)
  else if (body) for await (const part of body as unknown as AsyncIterable<Uint8Array>) parts.push(part)
  const list = headers as string[]
  const named: Record<string, string> = {}
  for (let i = 0; i < list.length; i += 2) {
    const [name, value] = [list[i]!, list[i + 1]!]
    named[name] = named[name] === undefined ? value : `${named[name]}, ${value}`
  }
  return { method, url: new URL(path, origin).href, headers: named, body: concat(parts) }
}

/** What of a request is not as the mock wants it, in words. */
export function differences(wanted: Mock['request'], request: SentRequest): string[] {
  const method = wanted.method ?? 'GET'
  const found: string[] = []
  if (method !== request.method) found.push(`method: the mock has ${method}`)
  const url = URL.parse(wanted.url)?.href ?? wanted.url
  if (url !== request.url) found.push(`url: the mock has ${wanted.url}`)
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    const sent = request.headers[name.toLowerCase()]
    if (sent !== value)
      found.push(`header ${name}: the mock has "${value}", the request ${sent === undefined ? 'none' : `"${sent}"`}`)
  }
  if (!sameBody(wanted, request.body))
    found.push(`body: the mock has ${bodyText(wanted)}, the request ${shownBody(request.body)}`)
  return found
}

function sameBody(wanted: MockBody, sent: Uint8Array): boolean {
  if (wanted.bodyBase64 !== undefined) return wanted.bodyBase64 === sent.toBase64()
  if (wanted.body === undefined) return true
  const text = new TextDecoder().decode(sent)
  if (typeof wanted.body === 'string') return wanted.body === text
  try {
    return compare('body', JSON.parse(JSON.stringify(wanted.body)), JSON.parse(text)).length === 0
  } catch {
    return false
  }
}

const SHOWN_CHARS = 300
const cut = (text: string): string => (text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text)
const bodyText = ({ body, bodyBase64 }: MockBody): string =>
  cut(bodyBase64 !== undefined ? `base64 ${bodyBase64}` : typeof body === 'string' ? body : JSON.stringify(body))
export const shownBody = (body: Uint8Array): string =>
  body.length === 0 ? 'none' : cut(new TextDecoder().decode(body))

function nearestOf(left: readonly { mock: Mock; index: number }[], request: SentRequest): Pick<Unmatched, 'nearest'> {
  const [nearest] = left
    .map(({ mock, index }) => ({ url: mock.request.url, index, differences: differences(mock.request, request) }))
    // A request to the same address is nearer than one with the same method.
    .map((one) => ({
      one,
      score: one.differences.length + (one.differences.some((d) => d.startsWith('url')) ? 10 : 0),
    }))
    .sort((a, b) => a.score - b.score)
  return nearest ? { nearest: nearest.one } : {}
}

/** A response told to its handler, part by part, as fast as it takes them: the same parts in each run. */
class ResponseParts {
  readonly #handler: DispatchHandler
  readonly controller: Controller
  #rest: Uint8Array | undefined
  #paused = false
  #reason: Error | null = null
  #rawHeaders: Uint8Array[] = []

  constructor(handler: DispatchHandler) {
    this.#handler = handler
    const parts = this
    this.controller = {
      get aborted() {
        return parts.#reason !== null
      },
      get paused() {
        return parts.#paused
      },
      get reason() {
        return parts.#reason
      },
      get rawHeaders() {
        return parts.#rawHeaders as Buffer[]
      },
      abort: (reason) => {
        this.#reason ??= reason
      },
      pause: () => {
        this.#paused = true
      },
      resume: () => {
        this.#paused = false
        this.#go()
      },
    }
  }

  send(response: Mock['response']): void {
    const { bytes, type } = responseBody(response)
    const headers = Object.entries(response.headers ?? {})
    if (type && !headers.some(([name]) => name.toLowerCase() === 'content-type')) headers.push(['content-type', type])
    this.#rawHeaders = headers.flatMap(([name, value]) => [encoder.encode(name), encoder.encode(value)])
    this.#handler.onResponseStart?.(this.controller, response.status ?? 200, {})
    this.#rest = bytes
    this.#go()
  }

  #go(): void {
    while (this.#rest && !this.#paused && !this.#reason) {
      const part = this.#rest.subarray(0, PART_BYTES)
      this.#rest = this.#rest.subarray(part.length)
      const ends = this.#rest.length === 0
      if (ends) this.#rest = undefined
      if (part.length > 0) this.#handler.onResponseData?.(this.controller, part as Buffer)
      if (ends) this.#handler.onResponseEnd?.(this.controller, {})
    }
  }
}

function responseBody({ body, bodyBase64 }: MockBody): { bytes: Uint8Array; type?: string } {
  if (bodyBase64 !== undefined) return { bytes: Uint8Array.fromBase64(bodyBase64), type: 'application/octet-stream' }
  if (body === undefined) return { bytes: new Uint8Array(0) }
  if (typeof body === 'string') return { bytes: encoder.encode(body), type: 'text/plain; charset=utf-8' }
  return { bytes: encoder.encode(JSON.stringify(body)), type: 'application/json' }
}
