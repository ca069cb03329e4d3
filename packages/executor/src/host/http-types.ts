/** @module host/http-types: the resources of wasi:http/types beside fields. The incoming side of a server is inert. */
import type { HttpMethod, HttpScheme } from '../generated/world.ts'
import { err, type HostCall, immediate, ok } from './call.ts'
import { RequestStream, ResponseStream } from './http-body.ts'
import type { Exchange, ResponseHead } from './http-exchange.ts'
import { Fields, fields, TOKEN } from './http-fields.ts'
import { Pollable, READY } from './io.ts'
import { trap } from './state.ts'
import type { Bindings } from './world.ts'

/** Longer ones are refused by servers; each request may be held 10,000 times. */
const PATH_CHARACTERS = 8192
const METHOD_CHARACTERS = 64
const SCHEME_CHARACTERS = 64

/** What a request line may hold: anything else is sent percent-encoded. No fragment, no backslash that becomes a slash. */
const PATH = /^(?:[/?][!"$-[\]-~]*)?$/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/
/** A name, an IPv4 address or an IPv6 address in brackets, and a port. No user information, no zone. */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?$/

function validAuthority(authority: string): boolean {
  const match = AUTHORITY.exec(authority)
  return match !== null && Number(match[1] ?? 0) <= 65_535
}

export class OutgoingRequest {
  readonly fields: Fields
  method: HttpMethod = { tag: 'get' }
  pathWithQuery: string | undefined
  scheme: HttpScheme | undefined
  authority: string | undefined
  body: OutgoingBody | undefined

  constructor(given: Fields) {
    this.fields = given
  }
  takeBody(call: HostCall) {
    if (this.body !== undefined) return err()
    this.body = new OutgoingBody(new RequestStream(call, contentLength(this.fields)))
    return ok(this.body)
  }
  /** Dropped instead of handed over. */
  [Symbol.dispose](): void {
    this.fields[Symbol.dispose]()
    this.body?.bytes.abort(undefined)
  }
}

/** The promised length, if exactly one is; more than one, or none that is a number, is refused by `handle`. */
export function contentLength(given: Fields): number | undefined {
  const [value, ...more] = given.get('content-length')
  if (value === undefined || more.length > 0) return undefined
  const text = String.fromCharCode(...value.subarray(0, 17))
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}

export class OutgoingBody {
  readonly bytes: RequestStream
  #taken = false
  constructor(bytes: RequestStream) {
    this.bytes = bytes
  }
  write() {
    if (this.#taken) return err()
    this.#taken = true
    return ok(this.bytes)
  }
  [Symbol.dispose](): void {
    this.bytes.drop()
  }
}

export class RequestOptions {
  connectTimeout: bigint | undefined
  firstByteTimeout: bigint | undefined
  betweenBytesTimeout: bigint | undefined
}

export class FutureIncomingResponse {
  readonly exchange: Exchange
  #given = false
  constructor(exchange: Exchange) {
    this.exchange = exchange
  }
  get(call: HostCall) {
    if (this.#given) return err()
    if (!this.exchange.ready()) return undefined
    this.#given = true
    const { response, failure } = this.exchange
    return ok(response === undefined ? err(failure!) : ok(new IncomingResponse(call, this.exchange, response)))
  }
  [Symbol.dispose](): void {
    if (!this.#given) this.exchange.close()
  }
}

export class IncomingResponse {
  readonly status: number
  readonly fields: Fields
  readonly #exchange: Exchange
  #head: ResponseHead | undefined

  constructor(call: HostCall, exchange: Exchange, head: ResponseHead) {
    this.status = head.status
    this.fields = Fields.received(call, head.headers)
    this.#exchange = exchange
    this.#head = head
  }
  consume() {
    const head = this.#head
    if (head === undefined) return err()
    this.#head = undefined
    return ok(new IncomingBody(this.#exchange, head))
  }
  [Symbol.dispose](): void {
    if (this.#head !== undefined) this.#exchange.close()
  }
}

export class IncomingBody {
  readonly #exchange: Exchange
  #head: ResponseHead | undefined

  constructor(exchange: Exchange, head: ResponseHead) {
    this.#exchange = exchange
    this.#head = head
  }
  stream() {
    const head = this.#head
    if (head === undefined) return err()
    this.#head = undefined
    return ok(new ResponseStream(this.#exchange, head.first, head.end))
  }
  /** `finish` and a drop mean the same: what was not read is not wanted. */
  [Symbol.dispose](): void {
    this.#exchange.close()
  }
}

/** None ever come: the outside does not pass trailers on. */
export class FutureTrailers {
  #given = false
  get() {
    if (this.#given) return err()
    this.#given = true
    return ok(ok(undefined))
  }
}

const noServer = (name: string) =>
  immediate(() => trap(`wasi:http/types#${name}`, 'a piece is not called by HTTP, so nobody can hold such a handle'))

/** A response of a server can be made but is sent to nobody. */
export class OutgoingResponse {
  readonly fields: Fields
  status = 200
  constructor(given: Fields) {
    this.fields = given
  }
  [Symbol.dispose](): void {
    this.fields[Symbol.dispose]()
  }
}

const requestMethods = {
  '[constructor]outgoing-request': immediate((_call, given) => new OutgoingRequest(given)),
  '[method]outgoing-request.body': immediate((call, self) => self.takeBody(call)),
  '[method]outgoing-request.method': immediate((_call, self) => self.method),
  '[method]outgoing-request.set-method': immediate((_call, self, method) => {
    const name = method.val
    if (name !== undefined && (name.length > METHOD_CHARACTERS || !TOKEN.test(name))) return err()
    self.method = method
    return ok()
  }),
  '[method]outgoing-request.path-with-query': immediate((_call, self) => self.pathWithQuery),
  '[method]outgoing-request.set-path-with-query': immediate((_call, self, path) => {
    if (path !== undefined && (path.length > PATH_CHARACTERS || !PATH.test(path))) return err()
    self.pathWithQuery = path
    return ok()
  }),
  '[method]outgoing-request.scheme': immediate((_call, self) => self.scheme),
  '[method]outgoing-request.set-scheme': immediate((_call, self, scheme) => {
    const name = scheme?.val
    if (name !== undefined && (name.length > SCHEME_CHARACTERS || !SCHEME.test(name))) return err()
    self.scheme = scheme
    return ok()
  }),
  '[method]outgoing-request.authority': immediate((_call, self) => self.authority),
  '[method]outgoing-request.set-authority': immediate((_call, self, authority) => {
    if (authority !== undefined && !validAuthority(authority)) return err()
    self.authority = authority
    return ok()
  }),
  '[method]outgoing-request.headers': immediate((_call, self) => self.fields.frozen()),
} satisfies Partial<Bindings<'wasi:http/types'>>

const setTimeoutOf = (key: 'connectTimeout' | 'firstByteTimeout' | 'betweenBytesTimeout') =>
  immediate((_call, self, duration) => {
    self[key] = duration
    return ok()
  })

const optionMethods = {
  '[constructor]request-options': immediate(() => new RequestOptions()),
  '[method]request-options.connect-timeout': immediate((_call, self) => self.connectTimeout),
  '[method]request-options.set-connect-timeout': setTimeoutOf('connectTimeout'),
  '[method]request-options.first-byte-timeout': immediate((_call, self) => self.firstByteTimeout),
  '[method]request-options.set-first-byte-timeout': setTimeoutOf('firstByteTimeout'),
  '[method]request-options.between-bytes-timeout': immediate((_call, self) => self.betweenBytesTimeout),
  '[method]request-options.set-between-bytes-timeout': setTimeoutOf('betweenBytesTimeout'),
} satisfies Partial<Bindings<'wasi:http/types'>>

const bodyMethods = {
  '[method]outgoing-body.write': immediate((_call, self) => self.write()),
  '[static]outgoing-body.finish': immediate((_call, self, trailers) => {
    trailers?.[Symbol.dispose]()
    return self.bytes.finish(trailers)
  }),
} satisfies Partial<Bindings<'wasi:http/types'>>

const responseMethods = {
  '[method]future-incoming-response.subscribe': immediate((_call, self) => new Pollable(self.exchange)),
  '[method]future-incoming-response.get': immediate((call, self) => self.get(call)),
  '[method]incoming-response.status': immediate((_call, self) => self.status),
  '[method]incoming-response.headers': immediate((_call, self) => self.fields.frozen()),
  '[method]incoming-response.consume': immediate((_call, self) => self.consume()),
  '[method]incoming-body.stream': immediate((_call, self) => self.stream()),
  '[static]incoming-body.finish': immediate((_call, self) => {
    self[Symbol.dispose]()
    return new FutureTrailers()
  }),
  '[method]future-trailers.subscribe': immediate(() => new Pollable(READY)),
  '[method]future-trailers.get': immediate((_call, self) => self.get()),
} satisfies Partial<Bindings<'wasi:http/types'>>

const serverMethods = {
  '[method]incoming-request.method': noServer('[method]incoming-request.method'),
  '[method]incoming-request.path-with-query': noServer('[method]incoming-request.path-with-query'),
  '[method]incoming-request.scheme': noServer('[method]incoming-request.scheme'),
  '[method]incoming-request.authority': noServer('[method]incoming-request.authority'),
  '[method]incoming-request.headers': noServer('[method]incoming-request.headers'),
  '[method]incoming-request.consume': noServer('[method]incoming-request.consume'),
  '[static]response-outparam.set': noServer('[static]response-outparam.set'),
  '[constructor]outgoing-response': immediate((_call, given) => new OutgoingResponse(given)),
  '[method]outgoing-response.status-code': immediate((_call, self) => self.status),
  '[method]outgoing-response.set-status-code': immediate((_call, self, status) => {
    if (status < 100 || status > 999) return err()
    self.status = status
    return ok()
  }),
  '[method]outgoing-response.headers': immediate((_call, self) => self.fields.frozen()),
  '[method]outgoing-response.body': immediate(() => err()),
} satisfies Partial<Bindings<'wasi:http/types'>>

export const types = {
  'http-error-code': immediate((_call, self) => self.code),
  ...fields,
  ...requestMethods,
  ...optionMethods,
  ...bodyMethods,
  ...responseMethods,
  ...serverMethods,
} satisfies Bindings<'wasi:http/types'>
