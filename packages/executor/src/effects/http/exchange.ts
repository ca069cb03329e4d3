/** @module effects/http/exchange: one request with its response, from the ask to the last byte. */
import type { Dispatcher } from 'undici'
import type { EffectKinds, EffectReply, HttpErrorCode } from '../../effect.ts'
import { FIELDS_MAX, FORBIDDEN_HEADERS, latin1Decode } from '../../host/http-fields.ts'
import { Malformed } from '../../wire.ts'
import { EgressRefused } from '../egress-refused.ts'
import { type Awaitable, type CallState, reply } from '../state.ts'
import { httpError, isStale, type Stage } from './errors.ts'
import type { HttpRequest } from './request.ts'
import { RequestBody } from './request-body.ts'
import { BUFFER_BYTES, type Part, ResponseBody } from './response-body.ts'

type Ask = EffectKinds['http.request']['ask']
type Head = EffectReply<'http.request'>

/** Heads without an answer cost the peer nothing and this process a parse each. */
const INTERIM_RESPONSES = 100

/**
 * A server may close a connection just when the next request is sent over it. RFC 9110, section 9.2.2: what is safe may then be
 * sent again; nothing else ever is. Each try takes another connection that is there, or makes one.
 */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
const TRIES = 3

export const CLOSED: HttpErrorCode = { tag: 'connection-terminated' }

export class Exchange implements Dispatcher.DispatchHandler {
  readonly head: Promise<Head>
  readonly #call: CallState
  readonly #ask: Ask
  readonly #sending: RequestBody | undefined
  #resolveHead!: (head: Head) => void
  #sentBytes = 0
  #receiving: ResponseBody | undefined
  #decodes = false
  #controller: Dispatcher.DispatchController | undefined
  #stage: Stage = 'connecting'
  #over = false
  #interim = 0
  #error: HttpErrorCode | undefined
  #send: () => void = () => {}
  /** Connections that it may still be sent over. */
  #triesLeft = 1
  #giveBack: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(call: CallState, ask: Ask) {
    this.#call = call
    this.#ask = ask
    this.#sending = ask.body === 'stream' ? new RequestBody() : undefined
    this.head = new Promise((resolve) => {
      this.#resolveHead = resolve
    })
  }

  /** When there is a slot for it. */
  start(request: HttpRequest, whole: Uint8Array): void {
    this.#decodes = request.decodes
    const body = this.#sending ?? (whole.length > 0 ? whole : null)
    if (body === null && SAFE.has(request.method)) this.#triesLeft = TRIES
    const { origin, path, method, headers, reach } = request
    const options = { origin, path, method, headers, body: body as Dispatcher.DispatchOptions['body'] & {} }
    this.#send = () => {
      this.#triesLeft--
      this.#stage = 'connecting'
      this.#call.engines.http.dispatch(this.#call.context.tenant, reach, options, this)
      if (this.#stage === 'connecting' && !this.#over) this.#arm(this.#ask.connectTimeoutMs, this.#limits.wallMs)
    }
    const giveBack = this.#call.http.slots.take(() => {
      if (this.#over) return
      this.#count(whole.length)
      this.#send()
    })
    if (this.#over) giveBack()
    else this.#giveBack = giveBack
  }

  /** A chunk of the request's body; answered when the next may come. */
  write(bytes: Uint8Array, end: boolean): Awaitable<EffectReply<'http.body'>> {
    if (!this.#sending) throw new Malformed('the cell sent a body for a request without a streamed one')
    if (this.#error) return reply({ error: this.#error })
    const { httpBodyBytes } = this.#call.context.limits
    if (this.#sentBytes + bytes.length > httpBodyBytes) {
      this.fail({ tag: 'HTTP-request-body-size', val: this.#sentBytes + bytes.length })
      this.#call.log.say('warn', `the body of a request is larger than httpBodyBytes, which is ${httpBodyBytes}`)
      return reply({ error: this.#error! })
    }
    this.#count(bytes.length)
    const taken = this.#sending.write(bytes, end)
    if (!taken) throw new Malformed('the cell sent a chunk before the last one was taken')
    return taken.then(() => reply(this.#error ? { error: this.#error } : {}))
  }

  read(max: number): Awaitable<EffectReply<'http.read'>> {
    if (!this.#receiving) {
      if (this.#error) return reply({ error: this.#error })
      throw new Malformed('the cell read a response before it had one')
    }
    const part = this.#receiving.read(max)
    if (!part) throw new Malformed('the cell read a response twice at once')
    return part instanceof Promise ? part.then(asReply) : asReply(part)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#stage = 'sent'
    if (this.#over) controller.abort(new Error('over'))
    else this.#arm(this.#ask.firstByteTimeoutMs, this.#limits.httpFirstByteMs)
  }

  onBodySent(): void {
    if (this.#sending && this.#stage === 'sent') this.#timer?.refresh()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#over) return
    if (status < 200) {
      if (++this.#interim > INTERIM_RESPONSES) this.#abort({ tag: 'HTTP-protocol-error' })
      return
    }
    const raw = controller.rawHeaders as readonly Uint8Array[]
    if (raw.length > 2 * FIELDS_MAX) {
      this.#abort(
        { tag: 'HTTP-response-header-section-size' },
        `the response has more than ${FIELDS_MAX} header fields`,
      )
      return
    }
    this.#stage = 'body'
    this.#disarm()
    const { headers, coding } = this.#headers(raw, status)
    this.#receiving = new ResponseBody({
      limitBytes: this.#limits.httpBodyBytes,
      coding,
      codings: this.#call.engines.http.codings,
      window: (start) => this.#call.engines.http.windows(this.#call.context.tenant).take(start),
      pause: () => {
        controller.pause()
        this.#disarm()
      },
      resume: () => {
        this.#armBetween()
        controller.resume()
      },
      received: (bytes) => {
        this.#call.http.bytesIn += bytes
      },
      broken: (error) =>
        this.#abort(
          error,
          error.tag === 'HTTP-response-body-size'
            ? `the body of the response is larger than httpBodyBytes, which is ${this.#limits.httpBodyBytes}`
            : undefined,
        ),
    })
    // What came in the same packets as the head is told to this handler before the turn ends.
    queueMicrotask(() => this.#answerHead(status, headers))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#timer?.refresh()
    this.#receiving?.write(chunk)
  }

  onResponseEnd(): void {
    this.#settle()
    this.#receiving?.end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return
    if (this.#stage === 'sent' && this.#interim === 0 && this.#triesLeft > 0 && isStale(error)) {
      this.#send()
      return
    }
    if (error instanceof EgressRefused) this.#call.log.say('warn', `${this.#ask.authority}: ${error.message}`)
    this.fail(httpError(error, this.#stage), true)
  }

  /** Ends the exchange; what was received can still be read where the peer failed and not the guest or the limit. */
  fail(error: HttpErrorCode, keep = false): void {
    const wasOver = this.#over
    if (!wasOver) this.#error = error
    this.#settle()
    if (this.#receiving) this.#receiving.fail(error, keep)
    else this.#resolveHead(reply({ error }))
    if (!wasOver) this.#controller?.abort(new Error(error.tag))
  }

  #answerHead(status: number, headers: [string, string][]): void {
    const receiving = this.#receiving!
    receiving.begin()
    const part = receiving.take(BUFFER_BYTES)
    if (!this.#over) this.#armBetween()
    this.#resolveHead(
      'error' in part
        ? reply({ error: part.error })
        : { answer: { status, headers, end: part.end }, bytes: part.bytes },
    )
  }

  #headers(raw: readonly Uint8Array[], status: number): { headers: [string, string][]; coding: string | undefined } {
    const headers: [string, string][] = []
    let encoding: string | undefined
    for (let at = 0; at < raw.length; at += 2) {
      const name = latin1Decode(raw[at]!).toLowerCase()
      if (FORBIDDEN_HEADERS.has(name)) continue
      const value = latin1Decode(raw[at + 1]!)
      // Two codings, one inside the other, are left to the guest: the host undoes one.
      if (name === 'content-encoding') encoding = encoding === undefined ? value.trim().toLowerCase() : ''
      headers.push([name, value])
    }
    const empty = this.#ask.method === 'HEAD' || status === 204 || status === 304
    if (
      !this.#decodes ||
      empty ||
      encoding === undefined ||
      !Object.hasOwn(this.#call.engines.http.codings.undo, encoding)
    )
      return { headers, coding: undefined }
    return {
      headers: headers.filter(([name]) => name !== 'content-encoding' && name !== 'content-length'),
      coding: encoding,
    }
  }

  #abort(error: HttpErrorCode, reason?: string): void {
    if (reason) this.#call.log.say('warn', `${this.#ask.authority}: ${reason}`)
    this.fail(error)
  }

  /** The connection is free or gone. */
  #settle(): void {
    this.#over = true
    this.#disarm()
    this.#sending?.stop()
    this.#giveBack?.()
    this.#giveBack = undefined
  }

  get #limits() {
    return this.#call.context.limits
  }

  #count(bytes: number): void {
    this.#sentBytes += bytes
    this.#call.http.bytesOut += bytes
  }

  #armBetween(): void {
    this.#arm(this.#ask.betweenBytesTimeoutMs, this.#limits.httpBetweenBytesMs)
  }

  /** A guest may only lower a limit. */
  #arm(askedMs: number | undefined, limitMs: number): void {
    this.#disarm()
    const ms = askedMs === undefined || askedMs > limitMs ? limitMs : Math.max(1, askedMs)
    this.#timer = setTimeout(timedOut, ms, this)
  }

  /** A cleared timer would come back to life with its next `refresh`. */
  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Called by the timer alone. */
  timeout(): void {
    if (this.#stage === 'sent' && this.#sending?.waitsForGuest) this.#timer?.refresh()
    else this.fail({ tag: TIMEOUTS[this.#stage] }, true)
  }
}

const TIMEOUTS: Readonly<Record<Stage, HttpErrorCode['tag']>> = {
  connecting: 'connection-timeout',
  sent: 'connection-read-timeout',
  body: 'connection-read-timeout',
}

function timedOut(exchange: Exchange): void {
  exchange.timeout()
}

const asReply = (part: Part): EffectReply<'http.read'> =>
  'error' in part ? reply({ error: part.error }) : { answer: { end: part.end }, bytes: part.bytes }
