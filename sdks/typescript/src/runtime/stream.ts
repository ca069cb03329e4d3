/** @module stream: the readable half of the Streams standard, without byte readers and pipes: what a body needs. */

export interface Source<T> {
  start?(controller: Controller<T>): unknown
  pull?(controller: Controller<T>): unknown
  cancel?(reason?: unknown): unknown
}

interface Controller<T> {
  enqueue(chunk: T): void
  close(): void
  error(reason: unknown): void
  readonly desiredSize: number
}

type Result<T> = { done: false; value: T } | { done: true; value: undefined }

export class ReadableStream<T = Uint8Array> {
  #source: Source<T>
  #chunks: T[] = []
  #state: 'readable' | 'closed' | 'errored' = 'readable'
  #reason: unknown
  #reader: Reader<T> | undefined
  #controller: Controller<T>

  constructor(source: Source<T> = {}) {
    this.#source = source
    const stream = this
    this.#controller = {
      enqueue: (chunk) => {
        if (this.#state !== 'readable') throw new TypeError('the stream is closed')
        this.#chunks.push(chunk)
      },
      close: () => {
        if (this.#state === 'readable') this.#state = 'closed'
      },
      error: (reason) => {
        this.#state = 'errored'
        this.#reason = reason
      },
      get desiredSize() {
        return 1 - stream.#chunks.length
      },
    }
    source.start?.(this.#controller)
  }

  static from<T>(values: Iterable<T> | AsyncIterable<T>): ReadableStream<T> {
    const iterator =
      Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : (values as Iterable<T>)[Symbol.iterator]()
    return new ReadableStream<T>({
      async pull(controller) {
        const next = await iterator.next()
        if (next.done) controller.close()
        else controller.enqueue(await next.value)
      },
      cancel: (reason) => iterator.return?.(reason),
    })
  }

  get locked(): boolean {
    return this.#reader !== undefined
  }

  getReader(): Reader<T> {
    if (this.#reader) throw new TypeError('the stream has a reader already')
    this.#reader = new Reader<T>(
      () => this.#read(),
      (reason) => this.#cancel(reason),
      () => {
        this.#reader = undefined
      },
    )
    return this.#reader
  }

  async #read(): Promise<Result<T>> {
    while (this.#chunks.length === 0) {
      if (this.#state === 'errored') throw this.#reason
      if (this.#state === 'closed') return { done: true, value: undefined }
      try {
        if (this.#source.pull === undefined) throw new TypeError('the stream waits for a source that gives no more')
        await this.#source.pull(this.#controller)
      } catch (error) {
        this.#controller.error(error)
      }
    }
    return { done: false, value: this.#chunks.shift() as T }
  }

  async #cancel(reason: unknown): Promise<void> {
    if (this.#state !== 'readable') return
    this.#state = 'closed'
    this.#chunks = []
    await this.#source.cancel?.(reason)
  }

  cancel(reason?: unknown): Promise<void> {
    if (this.locked) return Promise.reject(new TypeError('the stream has a reader'))
    return this.#cancel(reason)
  }

  tee(): [ReadableStream<T>, ReadableStream<T>] {
    const reader = this.getReader()
    const sides: Controller<T>[] = []
    const closed = [false, false]
    const side = (index: number) =>
      new ReadableStream<T>({
        start: (controller) => {
          sides[index] = controller
        },
        async pull() {
          try {
            const next = await reader.read()
            sides.forEach((controller, i) => {
              if (closed[i]) return
              if (next.done) controller.close()
              else controller.enqueue(next.value)
            })
          } catch (error) {
            for (const controller of sides) controller.error(error)
          }
        },
        async cancel(reason) {
          closed[index] = true
          if (closed[0] && closed[1]) await reader.cancel(reason)
        },
      })
    return [side(0), side(1)]
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const reader = this.getReader()
    let ended = false
    try {
      for (;;) {
        const next = await reader.read()
        if (next.done) {
          ended = true
          return
        }
        yield next.value
      }
    } finally {
      if (!ended) await reader.cancel()
      reader.releaseLock()
    }
  }
  values(): AsyncGenerator<T, void, undefined> {
    return this[Symbol.asyncIterator]()
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableStream'
  }
}

class Reader<T> {
  read: () => Promise<Result<T>>
  cancel: (reason?: unknown) => Promise<void>
  releaseLock: () => void
  constructor(read: () => Promise<Result<T>>, cancel: (reason?: unknown) => Promise<void>, release: () => void) {
    // One read after the other: a second `pull` must not begin before the first has ended.
    let last: Promise<unknown> = Promise.resolve()
    this.read = () => {
      const next = last.then(read, read)
      last = next
      return next
    }
    this.cancel = cancel
    this.releaseLock = release
  }
}
