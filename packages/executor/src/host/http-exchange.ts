/** @module host/http-exchange: one HTTP request with its response, from `handle` to the last handle on it. */
import type { EffectKind, EffectKinds, EffectReply, HttpErrorCode as WireErrorCode } from '../effect.ts'
import type { HttpErrorCode } from '../generated/world.ts'
import type { HostCall } from './call.ts'
import type { RequestStream } from './http-body.ts'
import { Waitable } from './io.ts'
import { beforeWait, perCall, waits } from './state.ts'

export type RequestHead = Omit<EffectKinds['http.request']['ask'], 'exchange' | 'body'>

export interface ResponseHead {
  status: number
  headers: [name: string, value: string][]
  /** The first chunk of the body, and whether it is the last. */
  first: Uint8Array
  end: boolean
}

const exchanges = perCall('exchanges', () => ({ next: 0 }))

/** Requests that the call has handed over so far. */
export const requestsOf = (call: HostCall): number => exchanges(call).next

/** Cases of `error-code` that carry a u64, which is a number in the JSON of an effect. */
const SIZES: ReadonlySet<string> = new Set(['HTTP-request-body-size', 'HTTP-response-body-size'])

/** An error code of the outside as the linker takes it. */
export const received = (code: WireErrorCode): HttpErrorCode =>
  (SIZES.has(code.tag) && typeof code.val === 'number' ? { ...code, val: BigInt(code.val) } : code) as HttpErrorCode

/**
 * An exchange with an unfinished body begins late: when the guest waits for something, or its buffer is full. A guest
 * that hands over, writes and finishes costs one effect instead of three that way, a GET whose body stays empty goes out
 * without one, and what is sent depends on what the guest does alone, never on how its time was sliced.
 */
export class Exchange extends Waitable {
  readonly id: number
  readonly #call: HostCall
  readonly #head: RequestHead
  readonly #body: RequestStream | undefined
  readonly #begin = () => this.begin()
  #begun = false
  #closed = false
  #responseOver = false
  response: ResponseHead | undefined
  failure: HttpErrorCode | undefined

  constructor(call: HostCall, head: RequestHead, body: RequestStream | undefined) {
    super()
    this.id = exchanges(call).next++
    this.#call = call
    this.#head = head
    this.#body = body
    if (body === undefined) this.begin()
    else {
      beforeWait(call).add(this.#begin)
      body.attach(this)
    }
  }

  ready(): boolean {
    if (this.response === undefined && this.failure === undefined) this.begin()
    return this.response !== undefined || this.failure !== undefined
  }

  begin(): void {
    if (this.#begun || this.#closed) return
    this.#begun = true
    beforeWait(this.#call).delete(this.#begin)
    const whole = this.#body?.finished ? this.#body.takeWhole() : undefined
    const body = this.#body === undefined || whole?.length === 0 ? 'none' : whole === undefined ? 'stream' : 'whole'
    this.ask('http.request', { ...this.#head, exchange: this.id, body }, whole, ({ answer, bytes }) => {
      if (this.#closed) return
      if ('error' in answer) this.#end(received(answer.error))
      else {
        this.#responseOver = answer.end
        this.response = { status: answer.status, headers: answer.headers, first: bytes, end: answer.end }
        this.wake()
      }
    })
    if (body === 'stream') this.#body!.send()
  }

  /** An effect of this exchange. A rejection is a bug of ours: it ends the call at the guest's next wait. */
  ask<K extends EffectKind>(
    kind: K,
    ask: EffectKinds[K]['ask'],
    bytes: Uint8Array | undefined,
    then: (reply: EffectReply<K>) => void,
  ): void {
    const call = this.#call
    call
      .ask(kind, ask, bytes)
      .then(then)
      .catch((bug) => waits(call).fail(bug))
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The body of the response has ended, well or not. */
  responseOver(): void {
    this.#responseOver = true
  }

  /** The guest did something that spoils the request. */
  fail(code: HttpErrorCode): void {
    this.close()
    if (this.response !== undefined || this.failure !== undefined) return
    this.failure = code
    this.wake()
  }

  /** The last handle on it was dropped. */
  close(): void {
    if (this.#closed) return
    const answered = this.failure !== undefined || (this.#responseOver && this.#body?.sent !== false)
    this.#closed = true
    beforeWait(this.#call).delete(this.#begin)
    this.#body?.abort(undefined)
    // What a call leaves open when it ends is closed by the outside itself.
    if (this.#begun && !answered && !this.#call.signal.aborted) this.#call.post('http.close', { exchange: this.id })
  }

  /** The outside refused, or the connection failed: nothing is left to close. */
  #end(code: HttpErrorCode): void {
    this.failure = code
    this.#body?.abort(code)
    this.wake()
  }
}
