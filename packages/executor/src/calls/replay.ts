/**
 * @module calls/replay: the outside as a record tells it. Each question is matched with the first recorded one that is left and
 * equal: by order, then by method, URL and body of a request, by the whole question otherwise. Nothing leaves the machine.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Effect, EffectKind, EffectKinds, EffectReply } from '../effect.ts'
import type { CallOutside } from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import type { Redactor } from '../records/redact.ts'
import { bodyBytes, type CallRecord, type RecordedBody, type RecordedEffect, urlOf } from '../records.ts'

type Recorded<K extends RecordedEffect['kind']> = Extract<RecordedEffect, { kind: K }>
type Http = Recorded<'http'>
const NO_BYTES = new Uint8Array(0)

interface Exchange {
  effect: Http
  sent: Uint8Array[]
  body: Uint8Array
  chunks: number[]
  at: number
}

/**
 * `local` answers what stays on this machine in a replay too: log lines and what the call asks of its run. `diverged` is
 * told once; the question that did is never answered, so the caller ends the call.
 */
export function createReplay(
  record: Pick<CallRecord, 'effects'>,
  redactor: Redactor,
  local: CallOutside,
  diverged: (error: PieceError) => void,
): CallOutside {
  const left = [...record.effects]
  const exchanges = new Map<number, Exchange>()
  let bytesIn = 0
  let bytesOut = 0

  function diverge<T>(got: string, expected = left[0]): Promise<T> {
    const fields = {
      seq: expected?.seq ?? record.effects.length,
      expected: expected ? shown(expected) : 'its end',
      got,
    }
    diverged(new PieceError('AP_REPLAY_DIVERGED', fields))
    return new Promise<T>(() => {})
  }

  function take(matches: (effect: RecordedEffect) => boolean): RecordedEffect | undefined {
    const index = left.findIndex(matches)
    return index < 0 ? undefined : left.splice(index, 1)[0]
  }

  async function request(effect: Effect<'http.request'>): Promise<EffectReply<'http.request'>> {
    const { ask, bytes } = effect
    const url = redactor.text(urlOf(ask))
    const sameBody = (one: Http): boolean =>
      ask.body === 'stream' || sameBytes(bodyBytes(one.request), redactor.bytes(bytes))
    const found = take(
      (one) => one.kind === 'http' && one.request.method === ask.method && one.request.url === url && sameBody(one),
    )
    if (!found) return diverge(`${ask.method} ${url}`)
    const { response } = found as Http
    bytesOut += bytes.length
    if (!('status' in response)) return { answer: { error: response.error }, bytes: NO_BYTES }
    const body = bodyBytes(response)
    const exchange: Exchange = { effect: found as Http, sent: [], body, chunks: [...response.chunks], at: 0 }
    exchanges.set(ask.exchange, exchange)
    const first = response.early ? nextPart(exchange, Number.POSITIVE_INFINITY) : NO_BYTES
    bytesIn += first.length
    const end = exchange.at === body.length && !response.error
    return { answer: { status: response.status, headers: response.headers, end }, bytes: first }
  }

  /** The parts of a body are read as they were; the last one holds whatever is left. */
  function nextPart(exchange: Exchange, max: number): Uint8Array {
    const rest = exchange.body.length - exchange.at
    const recorded = exchange.chunks.length > 1 ? (exchange.chunks.shift() ?? rest) : rest
    const part = exchange.body.subarray(exchange.at, exchange.at + Math.min(max, recorded, rest))
    exchange.at += part.length
    return part
  }

  async function sendBody(effect: Effect<'http.body'>): Promise<EffectReply<'http.body'>> {
    const exchange = exchanges.get(effect.ask.exchange)
    if (!exchange) return diverge('a body of no request')
    exchange.sent.push(effect.bytes)
    bytesOut += effect.bytes.length
    const whole = (): Uint8Array => redactor.bytes(Buffer.concat(exchange.sent))
    if (effect.ask.end && !sameBytes(bodyBytes(exchange.effect.request), whole()))
      return diverge(
        `${exchange.effect.request.method} ${exchange.effect.request.url} with another body`,
        exchange.effect,
      )
    return { answer: {}, bytes: NO_BYTES }
  }

  async function read(effect: Effect<'http.read'>): Promise<EffectReply<'http.read'>> {
    const exchange = exchanges.get(effect.ask.exchange)
    if (!exchange) return diverge('a response to no request')
    const bytes = nextPart(exchange, effect.ask.max)
    bytesIn += bytes.length
    const { response } = exchange.effect
    const error = 'error' in response ? response.error : undefined
    if (bytes.length === 0 && error) return { answer: { error }, bytes }
    return { answer: { end: exchange.at === exchange.body.length && !error }, bytes }
  }

  async function other(effect: Effect): Promise<EffectReply> {
    const ask = redactor.value(effect.ask)
    const bytes = redactor.bytes(effect.bytes)
    const found = take((one) => {
      if (one.kind !== effect.kind) return false
      const [request, body] = splitBody(one.request)
      return isDeepStrictEqual(request, { ...ask }) && sameBytes(bodyBytes(body), bytes)
    })
    if (!found) return diverge(`${effect.kind} ${JSON.stringify(ask)}`)
    const [answer, body] = splitBody(found.response as Record<string, unknown> & RecordedBody)
    if (effect.kind === 'files.write' && 'reference' in answer) {
      const { name: filename, mediaType } = effect.ask as EffectKinds['files.write']['ask']
      local.effects.files.push({ reference: String(answer.reference), filename, mediaType, size: effect.bytes.length })
    }
    return { answer: answer as never, bytes: bodyBytes(body) }
  }

  const isLocal = (kind: EffectKind): boolean => kind === 'log' || kind.startsWith('run.')

  return {
    get logs() {
      return local.logs
    },
    get effects() {
      return local.effects
    },
    get bytesIn() {
      return bytesIn
    },
    get bytesOut() {
      return bytesOut
    },
    hadEffects: false,
    ask(effect) {
      const answer = (): Promise<unknown> => {
        if (isLocal(effect.kind)) return local.ask(effect)
        if (effect.kind === 'http.request') return request(effect as Effect<'http.request'>)
        if (effect.kind === 'http.body') return sendBody(effect as Effect<'http.body'>)
        if (effect.kind === 'http.read') return read(effect as Effect<'http.read'>)
        if (effect.kind === 'http.close') return Promise.resolve({ answer: {}, bytes: NO_BYTES })
        return other(effect as Effect)
      }
      return answer() as never
    },
    post(effect) {
      if (isLocal(effect.kind)) local.post(effect)
    },
    close: () => local.close(),
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

function splitBody(value: Record<string, unknown> & RecordedBody): [Record<string, unknown>, RecordedBody] {
  const { body, bodyBase64, ...rest } = value as Record<string, unknown>
  return [rest, (bodyBase64 === undefined ? { body } : { bodyBase64 }) as RecordedBody]
}

const shown = (effect: RecordedEffect): string =>
  effect.kind === 'http'
    ? `${effect.request.method} ${effect.request.url}`
    : `${effect.kind} ${JSON.stringify(splitBody(effect.request)[0])}`
