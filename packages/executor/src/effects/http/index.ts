/**
 * @module effects/http: the requests of one call. Each passes the grants, the limits, the egress guard; the host follows no
 * redirect, keeps no cookie, uses no proxy and adds no trace header: every hop is a request of the guest's own.
 */
import type { EffectKinds, EffectReply } from '../../effect.ts'
import { Malformed } from '../../wire.ts'
import { Slots } from '../slots.ts'
import { type Answers, type Awaitable, type CallState, reply } from '../state.ts'
import { CLOSED, Exchange } from './exchange.ts'
import { prepare, type Refusal } from './request.ts'

type Ask = EffectKinds['http.request']['ask']

export class HttpCall {
  bytesIn = 0
  bytesOut = 0
  readonly slots: Slots
  readonly #call: CallState
  readonly #exchanges = new Map<number, Exchange>()
  #requests = 0

  constructor(call: CallState) {
    this.#call = call
    this.slots = new Slots(call.context.limits.httpConcurrent)
  }

  request(ask: Ask, bytes: Uint8Array): Awaitable<EffectReply<'http.request'>> {
    if (this.#exchanges.has(ask.exchange)) throw new Malformed('the cell used the number of an exchange twice')
    if (ask.body !== 'whole' && bytes.length > 0) throw new Malformed('the cell sent bytes that are no whole body')
    const { context, engines, log } = this.#call
    const request = this.#refusal(bytes) ?? prepare(ask, bytes.length, context, engines.http)
    if ('error' in request) {
      if (request.reason) log.say('warn', request.reason)
      return reply({ error: request.error })
    }
    const exchange = new Exchange(this.#call, ask)
    this.#exchanges.set(ask.exchange, exchange)
    exchange.start(request, bytes)
    return exchange.head
  }

  /** Undefined: it was refused or is closed, which a guest that still writes may not know yet. */
  exchange(number: number): Exchange | undefined {
    return this.#exchanges.get(number)
  }

  closeExchange(number: number): void {
    this.#exchanges.get(number)?.fail(CLOSED)
    this.#exchanges.delete(number)
  }

  close(): void {
    for (const number of this.#exchanges.keys()) this.closeExchange(number)
  }

  #refusal(bytes: Uint8Array): Refusal | undefined {
    const { httpRequests, httpBodyBytes } = this.#call.context.limits
    if (++this.#requests > httpRequests) {
      const reason = `this call made ${httpRequests} requests, and httpRequests is ${httpRequests}`
      return { error: { tag: 'internal-error', val: reason }, reason }
    }
    if (bytes.length > httpBodyBytes)
      return {
        error: { tag: 'HTTP-request-body-size', val: bytes.length },
        reason: `the body of a request has ${bytes.length} bytes; httpBodyBytes is ${httpBodyBytes}`,
      }
    return undefined
  }
}

export const http: Answers<'http.request' | 'http.body' | 'http.read' | 'http.close'> = {
  'http.request': (call, ask, bytes) => call.http.request(ask, bytes),
  'http.body': (call, ask, bytes) =>
    call.http.exchange(ask.exchange)?.write(bytes, ask.end) ?? reply({ error: CLOSED }),
  'http.read': (call, ask) => call.http.exchange(ask.exchange)?.read(ask.max) ?? reply({ error: CLOSED }),
  'http.close': (call, ask) => {
    call.http.closeExchange(ask.exchange)
    return reply({})
  },
}
