/** @module effects/http/response-body: a body on its way in, decoded, counted, and held up while nobody reads it. */
import type { Transform } from 'node:stream'
import type { HttpErrorCode } from '../../effect.ts'
import { concat } from '../../linker/reader.ts'
import type { Coding, Codings } from './codings.ts'

/** What is held for a guest that does not read: then the socket is paused. */
export const BUFFER_BYTES = 64 * 1024
/** A whole compressed body up to this size is decoded at once, if its content stays below the second number. */
const SMALL_BYTES = 32 * 1024
const SMALL_DECODED_BYTES = 256 * 1024

export type Part = { bytes: Uint8Array; end: boolean } | { error: HttpErrorCode }

export interface ResponseBodyOptions {
  limitBytes: number
  /** The response's content-coding, where the host decodes it, and what decodes it. */
  coding: string | undefined
  codings: Codings
  /** A turn to hold a large window: as `Slots.take`. */
  window: (start: () => void) => () => void
  pause: () => void
  resume: () => void
  /** So many bytes more are there for the guest. */
  received: (bytes: number) => void
  /** The body broke here and not at the peer: the exchange is over. */
  broken: (error: HttpErrorCode) => void
}

/** A body that the guest reads. Bytes are counted as they came and as they are decoded: neither may exceed the limit. */
export class ResponseBody {
  readonly #options: ResponseBodyOptions
  #chunks: Uint8Array[] = []
  #buffered = 0
  /** What came and waits for its decoder. */
  #raw: Uint8Array[] = []
  #rawBytes = 0
  #decodedBytes = 0
  #decoder: Transform | undefined
  #giveBack: (() => void) | undefined
  #decoding = false
  #received = false
  #ended = false
  #paused = false
  #error: HttpErrorCode | undefined
  #reader: { max: number; resolve: (part: Part) => void } | undefined
  #delivering = false

  constructor(options: ResponseBodyOptions) {
    this.#options = options
    this.#decoding = options.coding !== undefined
  }

  get ended(): boolean {
    return this.#ended && this.#buffered === 0
  }

  get error(): HttpErrorCode | undefined {
    return this.#error
  }

  /** A chunk from the peer. */
  write(chunk: Uint8Array): void {
    if (this.#error) return
    this.#rawBytes += chunk.length
    if (this.#rawBytes > this.#options.limitBytes) this.#overflow()
    else if (!this.#decoding) this.#push(chunk)
    else if (this.#decoder) this.#feed(chunk)
    else {
      this.#raw.push(chunk)
      if (this.#rawBytes >= BUFFER_BYTES) this.#pause()
    }
  }

  /** The peer is done. */
  end(): void {
    this.#received = true
    if (!this.#decoding || (this.#rawBytes === 0 && !this.#decoder)) {
      this.#ended = true
      this.#deliver()
    } else this.#decoder?.end()
  }

  /** Called once, when all that came with the head is here: a small body is decoded at once, any other as a stream. */
  begin(): void {
    if (!this.#decoding || this.#error || this.#ended) return
    if (this.#received && this.#rawBytes <= SMALL_BYTES && this.#decodeWhole()) return
    const start = () => {
      if (!this.#error) this.#startDecoder()
    }
    this.#coding().window ? this.#window(start) : start()
  }

  read(max: number): Promise<Part> | Part | undefined {
    if (this.#reader) return undefined
    if (this.#buffered > 0 || this.#ended || this.#error) return this.take(max)
    return new Promise((resolve) => {
      this.#reader = { max, resolve }
    })
  }

  /** What is at hand, at most `max` bytes. */
  take(max: number): Part {
    if (this.#buffered === 0 && this.#error) return { error: this.#error }
    const bytes = this.#shift(max)
    if (this.#buffered < BUFFER_BYTES) this.#resume()
    return { bytes, end: this.ended }
  }

  /** The exchange is over before its body was; what was received can still be read where `keep` is set. */
  fail(error: HttpErrorCode, keep: boolean): void {
    if (this.#error || this.#ended) return
    this.#error = error
    this.#raw = []
    if (!keep) {
      this.#chunks = []
      this.#buffered = 0
    }
    this.close()
    this.#deliver()
  }

  /** Gives back what the decoder holds. */
  close(): void {
    this.#decoder?.destroy()
    this.#decoder = undefined
    this.#giveBack?.()
    this.#giveBack = undefined
  }

  #coding(): Coding {
    const coding = this.#options.codings.undo[this.#options.coding!]!
    return typeof coding === 'function' ? coding(this.#raw[0] ?? new Uint8Array([8])) : coding
  }

  #decodeWhole(): boolean {
    try {
      const decoded = this.#coding().once(concat(this.#raw), SMALL_DECODED_BYTES)
      this.#raw = []
      this.#decodedBytes = decoded.length
      if (decoded.length > this.#options.limitBytes) this.#overflow()
      else {
        this.#ended = true
        this.#push(decoded)
      }
      return true
    } catch {
      // Too large to be decoded at once, or broken: the stream finds out where.
      return false
    }
  }

  #window(start: () => void): void {
    const giveBack = this.#options.window(start)
    if (this.#error) giveBack()
    else this.#giveBack = giveBack
  }

  #startDecoder(): void {
    const decoder = this.#coding().stream()
    this.#decoder = decoder
    decoder.on('data', (chunk: Uint8Array) => {
      this.#decodedBytes += chunk.length
      if (this.#decodedBytes > this.#options.limitBytes) this.#overflow()
      else this.#push(chunk)
    })
    decoder.on('drain', () => this.#resume())
    decoder.on('end', () => {
      this.#ended = true
      this.close()
      this.#deliver()
    })
    decoder.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#error) return
      const incomplete = error.code === 'Z_BUF_ERROR'
      this.#break(
        incomplete
          ? { tag: 'HTTP-response-incomplete' }
          : { tag: 'HTTP-response-content-coding', val: this.#options.coding },
        true,
      )
    })
    const raw = this.#raw
    this.#raw = []
    for (const chunk of raw) this.#feed(chunk)
    if (this.#received) decoder.end()
    else if (!decoder.writableNeedDrain) this.#resume()
  }

  #feed(chunk: Uint8Array): void {
    if (this.#decoder?.write(chunk) === false) this.#pause()
  }

  #push(chunk: Uint8Array): void {
    if (chunk.length > 0) {
      this.#chunks.push(chunk)
      this.#buffered += chunk.length
      this.#options.received(chunk.length)
    }
    if (this.#buffered >= BUFFER_BYTES) {
      this.#pause()
      this.#decoder?.pause()
    }
    this.#deliver()
  }

  #shift(max: number): Uint8Array {
    const chunks = this.#chunks
    const first = chunks[0]
    if (!first) return NONE
    if (chunks.length === 1 && first.length <= max) {
      chunks.length = 0
      this.#buffered = 0
      return first
    }
    const bytes = new Uint8Array(Math.min(max, this.#buffered))
    let at = 0
    let used = 0
    for (const chunk of chunks) {
      const part = chunk.length <= bytes.length - at ? chunk : chunk.subarray(0, bytes.length - at)
      bytes.set(part, at)
      at += part.length
      if (part.length < chunk.length) {
        chunks[used] = chunk.subarray(part.length)
        break
      }
      used++
      if (at === bytes.length) break
    }
    chunks.splice(0, used)
    this.#buffered -= at
    return bytes
  }

  /** Later in this turn, so that a chunk and the end that came with it are one answer. */
  #deliver(): void {
    if (!this.#reader || this.#delivering) return
    this.#delivering = true
    queueMicrotask(() => {
      this.#delivering = false
      const reader = this.#reader
      if (!reader || (this.#buffered === 0 && !this.#ended && !this.#error)) return
      this.#reader = undefined
      reader.resolve(this.take(reader.max))
    })
  }

  #pause(): void {
    if (this.#paused || this.#received) return
    this.#paused = true
    this.#options.pause()
  }

  #resume(): void {
    if (this.#buffered >= BUFFER_BYTES) return
    this.#decoder?.resume()
    if (!this.#paused || this.#error || this.#decoder?.writableNeedDrain || (this.#decoding && !this.#decoder)) return
    this.#paused = false
    this.#options.resume()
  }

  #overflow(): void {
    this.#break({ tag: 'HTTP-response-body-size', val: this.#options.limitBytes }, false)
  }

  #break(error: HttpErrorCode, keep: boolean): void {
    this.fail(error, keep)
    this.#options.broken(error)
  }
}

const NONE = new Uint8Array(0)
