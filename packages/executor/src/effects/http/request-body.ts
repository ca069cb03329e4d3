/** @module effects/http/request-body: a body on its way out, chunk by chunk, as fast as the peer takes it. */

/** A body that the guest writes. Its one reader is undici, which asks for the next chunk when the socket took the last. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  #chunk: Uint8Array | undefined
  #ended = false
  #stopped = false
  #reader: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined
  #writer: (() => void) | undefined

  /** Resolves when the next chunk may come; false where the last one has not been taken yet. */
  write(chunk: Uint8Array, end: boolean): Promise<void> | false {
    if (this.#writer || this.#ended) return false
    this.#ended = end
    if (this.#stopped) return Promise.resolve()
    if (this.#reader) {
      if (chunk.length === 0 && !end) return Promise.resolve()
      this.#reader.resolve(chunk.length > 0 ? { done: false, value: chunk } : { done: true, value: undefined })
      this.#reader = undefined
      return Promise.resolve()
    }
    if (chunk.length === 0) return Promise.resolve()
    this.#chunk = chunk
    return new Promise((resolve) => {
      this.#writer = resolve
    })
  }

  /** Nobody reads any more; what still comes is dropped. */
  stop(): void {
    this.#stopped = true
    this.#chunk = undefined
    this.#writer?.()
    this.#writer = undefined
    // An end here would make what was cut off look whole to the peer.
    this.#reader?.reject(new Error('the exchange is over'))
    this.#reader = undefined
  }

  /** The guest has more to send and the socket would take it. */
  get waitsForGuest(): boolean {
    return this.#reader !== undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => {
        const chunk = this.#chunk
        if (chunk) {
          this.#chunk = undefined
          this.#writer?.()
          this.#writer = undefined
          return Promise.resolve({ done: false, value: chunk })
        }
        if (this.#stopped) return Promise.reject(new Error('the exchange is over'))
        if (this.#ended) return Promise.resolve({ done: true, value: undefined })
        this.#reader = Promise.withResolvers()
        return this.#reader.promise
      },
    }
  }
}
