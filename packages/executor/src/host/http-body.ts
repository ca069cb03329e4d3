/** @module host/http-body: bodies of both directions, with back-pressure, as streams of wasi:io. */
import type { HttpErrorCode } from '../generated/world.ts'
import { err, type HostCall, ok } from './call.ts'
import { type Exchange, received } from './http-exchange.ts'
import { InputStream, IoError, OutputStream, WRITE_BYTES } from './io.ts'
import { Budget, perCall } from './state.ts'

const EMPTY = new Uint8Array(0)
/** One message to the outside. */
const PART_BYTES = 1024 * 1024
const FIRST_BUFFER_BYTES = 4096

/** What guests write before they hand a request over. */
const heldBodies = perCall('held bodies', (call) => new Budget(call.limits.httpBodyBytes))

function httpFailure(code: HttpErrorCode): IoError {
  const { tag, val } = code
  if (val === undefined) return new IoError(tag, code)
  return new IoError(`${tag}: ${typeof val === 'object' ? JSON.stringify(val) : val}`, code)
}

/** Bytes in order, without an object for each write. */
class ByteQueue {
  #buffer = EMPTY
  #from = 0
  #to = 0

  get length(): number {
    return this.#to - this.#from
  }
  push(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#buffer.length) {
      const size = Math.max(this.length + bytes.length, this.length * 2, FIRST_BUFFER_BYTES)
      const buffer = new Uint8Array(size)
      buffer.set(this.#buffer.subarray(this.#from, this.#to))
      this.#to = this.length
      this.#from = 0
      this.#buffer = buffer
    }
    this.#buffer.set(bytes, this.#to)
    this.#to += bytes.length
  }
  /** The bytes given out belong to the taker. */
  take(max: number): Uint8Array {
    const bytes = this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + max))
    this.#from += bytes.length
    if (this.length === 0) {
      this.#buffer = EMPTY
      this.#from = 0
      this.#to = 0
    }
    return bytes
  }
}

/** Where a request's body stands: `collecting` until the exchange begins, then sent part by part. */
type Stage = 'collecting' | 'sending' | 'sent' | 'aborted'

/** The bytes of a request, as the stream that the guest writes to. Dropping it says nothing: the body is finished or not. */
export class RequestStream extends OutputStream {
  readonly #held: Budget
  readonly #expected: number | undefined
  readonly #queue = new ByteQueue()
  #charged = 0
  #written = 0
  #stage: Stage = 'collecting'
  #exchange: Exchange | undefined
  #sending = false
  #finished = false

  /** `expected`: what the request's content-length says. */
  constructor(call: HostCall, expected: number | undefined) {
    super()
    this.#held = heldBodies(call)
    this.#expected = expected
  }

  get finished(): boolean {
    return this.#finished
  }

  get sent(): boolean {
    return this.#stage === 'sent'
  }

  /** The request was handed over: from now on a full buffer begins the exchange instead of growing. */
  attach(exchange: Exchange): void {
    this.#exchange = exchange
    if (this.#finished || this.#queue.length >= WRITE_BYTES) exchange.begin()
  }
  /** The exchange begins with the whole body. */
  takeWhole(): Uint8Array {
    this.#stage = 'sent'
    this.#release()
    return this.#queue.take(this.#queue.length)
  }
  /** The exchange has begun; the body follows part by part. */
  send(): void {
    this.#stage = 'sending'
    this.#release()
    this.#pump()
  }
  /** The exchange is over: what is written now goes nowhere. */
  abort(code: HttpErrorCode | undefined): void {
    if (this.#stage === 'sent' || this.#stage === 'aborted') return
    this.#stage = 'aborted'
    this.#release()
    this.#queue.take(this.#queue.length)
    if (code === undefined) this.close()
    else this.fail(httpFailure(code))
  }

  protected room(): number {
    if (this.#exchange === undefined) {
      if (this.#held.left === 0) this.#refuse(this.#tooLarge())
      return this.#held.left
    }
    if (this.#queue.length >= WRITE_BYTES && this.#stage === 'collecting') this.#exchange.begin()
    return Math.max(0, WRITE_BYTES - this.#queue.length)
  }
  protected put(_call: HostCall, bytes: Uint8Array): void {
    this.#written += bytes.length
    if (this.#expected !== undefined && this.#written > this.#expected) {
      this.#refuse(this.#tooLarge())
      return
    }
    if (this.#stage === 'collecting') {
      if (!this.#held.take(bytes.length)) {
        this.#refuse(this.#tooLarge())
        return
      }
      this.#charged += bytes.length
    }
    this.#queue.push(bytes)
    this.#pump()
  }
  protected drained(): boolean {
    return this.#stage !== 'sending' || (this.#queue.length === 0 && !this.#sending)
  }

  /** Nothing more comes. The answer of `outgoing-body.finish`. */
  finish(trailers: unknown) {
    let refusal: HttpErrorCode | undefined
    if (trailers !== undefined)
      refusal = { tag: 'internal-error', val: 'trailers of a request are not supported: send none' }
    else if (this.#expected !== undefined && this.#expected !== this.#written) refusal = this.#tooLarge()
    if (refusal !== undefined) {
      this.#refuse(refusal)
      return err(refusal)
    }
    this.#finished = true
    this.close()
    if (this.#stage === 'collecting') this.#exchange?.begin()
    else this.#pump()
    return ok()
  }
  /** Dropped without `finish`: the request is incomplete and must not look whole. */
  drop(): void {
    if (this.#finished || this.#stage === 'aborted') return
    this.#refuse({ tag: 'internal-error', val: 'the body of the request was dropped before it was finished' })
  }

  /** Not the length that was promised, or more than the call may hold. */
  #tooLarge(): HttpErrorCode {
    return { tag: 'HTTP-request-body-size', val: BigInt(this.#written) }
  }
  #refuse(code: HttpErrorCode): void {
    this.abort(code)
    this.#exchange?.fail(code)
  }
  #release(): void {
    this.#held.give(this.#charged)
    this.#charged = 0
  }
  #pump(): void {
    if (this.#stage !== 'sending' || this.#sending) return
    if (this.#queue.length === 0 && !this.#finished) return
    const exchange = this.#exchange!
    const bytes = this.#queue.take(PART_BYTES)
    const end = this.#finished && this.#queue.length === 0
    this.#sending = true
    // From here on the answer is the response's to give.
    if (end) this.#stage = 'sent'
    exchange.ask('http.body', { exchange: exchange.id, end }, bytes, ({ answer }) => {
      this.#sending = false
      if (this.#stage !== 'sending') return
      if (answer.error !== undefined) this.abort(received(answer.error))
      else this.#pump()
      this.wake()
    })
  }
}

/** The body of a response. */
export class ResponseStream extends InputStream {
  readonly #exchange: Exchange

  constructor(exchange: Exchange, first: Uint8Array, end: boolean) {
    super()
    this.#exchange = exchange
    this.push(first)
    if (end) this.end()
  }
  protected pull(_call: HostCall, max: number): void {
    const exchange = this.#exchange
    // The guest dropped the body before its stream.
    if (exchange.closed) {
      this.end()
      return
    }
    exchange.ask('http.read', { exchange: exchange.id, max }, undefined, ({ answer, bytes }) => {
      if ('error' in answer) {
        exchange.responseOver()
        this.fail(httpFailure(received(answer.error)))
        return
      }
      this.push(bytes)
      if (answer.end) {
        exchange.responseOver()
        this.end()
      }
    })
  }
  [Symbol.dispose](): void {
    this.#exchange.close()
  }
}
