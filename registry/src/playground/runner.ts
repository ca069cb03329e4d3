/** @module playground/runner: the worker that runs a component, and its end when a call does not end by itself. */
import type { CallOutside, DoneMessage, Messages } from '@ap-wasm/executor/outside'
import { PieceError } from '@ap-wasm/executor/outside'
import type { FromWorker, ToWorker } from './messages.ts'

/** What a call that was told to end may still take: then its worker is ended. */
const GRACE_MS = 1_000

export interface Run {
  message: Messages['Call']
  payload: Uint8Array
  outside: CallOutside
  wallMs: number
}

/** `error` is ours and counts; `done` is what the worker said, where it still said something. */
export interface Ran {
  done?: DoneMessage
  bytes?: Uint8Array
  error?: PieceError
}

interface UnderWay {
  id: number
  outside: CallOutside
  end: (ran: Ran) => void
  began: number
}

export class Runner {
  readonly #source: string
  readonly #component: Uint8Array
  #worker: Worker
  /** Resolves to what the preparation took in milliseconds; rejects with the reasons. */
  ready: Promise<number>
  #refuse: (why: unknown) => void = () => {}
  #call: UnderWay | undefined
  #calls = 0

  constructor(source: string, component: Uint8Array) {
    this.#source = source
    this.#component = component
    ;[this.#worker, this.ready] = this.#start()
  }

  /** One call at a time. */
  async run({ message, payload, outside, wallMs }: Run): Promise<Ran> {
    if (this.#call) throw new Error('a call is under way')
    await this.ready
    const id = ++this.#calls
    const { promise, resolve } = Promise.withResolvers<Ran>()
    this.#call = { id, outside, end: resolve, began: performance.now() }
    const deadline = setTimeout(
      () => this.#stop((ranMs) => new PieceError('AP_WALL_EXCEEDED', { ranMs, wallMs })),
      wallMs,
    )
    this.#say({ type: 'call', id, message, payload })
    try {
      return await promise
    } finally {
      clearTimeout(deadline)
      this.#call = undefined
      outside.close()
    }
  }

  /** The visitor had enough. */
  cancel(): void {
    if (this.#call) this.#stop((ranMs) => new PieceError('AP_CANCELLED', { ranMs }))
    else {
      this.#refuse(new PieceError('AP_CANCELLED', { ranMs: 0 }))
      this.#restart()
    }
  }

  /** Asks the call to end, and ends the worker where that is not heard. */
  #stop(why: (ranMs: number) => PieceError): void {
    const call = this.#call
    if (!call) return
    const { end, began } = call
    const error = () => why(Math.round(performance.now() - began))
    const said = error()
    call.end = (ran) => end({ ...ran, error: said })
    this.#say({ type: 'cancel', id: call.id })
    setTimeout(() => {
      if (this.#call !== call) return
      this.#restart()
      end({ error: error() })
    }, GRACE_MS)
  }

  #restart(): void {
    this.#worker.terminate()
    ;[this.#worker, this.ready] = this.#start()
  }

  #start(): [Worker, Promise<number>] {
    const url = URL.createObjectURL(new Blob([this.#source], { type: 'text/javascript' }))
    const worker = new Worker(url)
    URL.revokeObjectURL(url)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    // Whoever calls hears of it.
    promise.catch(() => {})
    this.#refuse = reject
    worker.addEventListener('error', ({ message }) => {
      reject(new Error(message))
      this.#call?.end({ error: new PieceError('AP_CELL_LOST', { detail: message, why: 'it is a playground' }) })
    })
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (worker !== this.#worker) return
      if (data.type === 'ready') resolve(data.tookMs)
      else if (data.type === 'refused') reject(new PieceError('AP_INVALID_COMPONENT', { reasons: data.reasons }))
      else if (data.id === this.#call?.id) this.#hear(this.#call, data)
    })
    worker.postMessage({ type: 'component', bytes: this.#component } satisfies ToWorker)
    return [worker, promise]
  }

  #hear({ id, outside, end }: UnderWay, data: Extract<FromWorker, { type: 'effect' | 'done' }>): void {
    if (data.type === 'done') {
      end({ done: data.done, bytes: data.bytes })
      return
    }
    const effect = { ...data.effect, bytes: data.bytes } as never
    if (data.seq === 0) outside.post(effect)
    else
      outside.ask(effect).then(
        ({ answer, bytes }) => this.#say({ type: 'reply', id, seq: data.seq, answer, bytes }),
        (error: unknown) => end({ error: new PieceError('AP_INTERNAL', {}, { cause: error }) }),
      )
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}
