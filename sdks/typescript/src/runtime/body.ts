/** @module body: what Request and Response share: a body that is read once, whole or as a stream. */
import { Blob, encodeForm, FormData } from './blob.ts'
import type { Headers } from './headers.ts'
import { ReadableStream } from './stream.ts'
import { bytesOf, concat, decodeUtf8, encodeUtf8 } from './text.ts'

export type BodyInit =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>

export interface Content {
  /** Undefined when it is a stream, or when there is none. */
  bytes?: Uint8Array<ArrayBuffer>
  stream?: ReadableStream<Uint8Array>
  /** The media type that it brings along. */
  type?: string
}

export function contentOf(body: BodyInit | null | undefined): Content {
  if (body === null || body === undefined) return {}
  if (typeof body === 'string') return { bytes: encodeUtf8(body), type: 'text/plain;charset=UTF-8' }
  if (body instanceof URLSearchParams) {
    return { bytes: encodeUtf8(String(body)), type: 'application/x-www-form-urlencoded;charset=UTF-8' }
  }
  if (body instanceof FormData) return encodeForm(body)
  if (body instanceof Blob) return { bytes: Blob.bytesOf(body), ...(body.type && { type: body.type }) }
  if (body instanceof ReadableStream) return { stream: body }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { bytes: bytesOf(body).slice() }
  if (Symbol.asyncIterator in body) {
    const chunks = body as AsyncIterable<Uint8Array | string>
    return {
      stream: ReadableStream.from(
        (async function* () {
          for await (const chunk of chunks) yield typeof chunk === 'string' ? encodeUtf8(chunk) : chunk
        })(),
      ),
    }
  }
  return { bytes: encodeUtf8(String(body)), type: 'text/plain;charset=UTF-8' }
}

export abstract class Body {
  abstract readonly headers: Headers
  #content: Content
  #used = false

  constructor(content: Content) {
    this.#content = content
  }

  get bodyUsed(): boolean {
    return this.#used || (this.#content.stream?.locked ?? false)
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#content.stream) return this.#content.stream
    if (this.#content.bytes === undefined) return null
    const stream = ReadableStream.from<Uint8Array>([this.#content.bytes])
    this.#content = { stream }
    return stream
  }

  /** Hands the content over; the body counts as used. */
  static take(body: Body): Content {
    if (body.bodyUsed) throw new TypeError('the body was read already')
    body.#used = true
    return body.#content
  }

  /** Both read the same content from here on. */
  static share(body: Body): Content {
    if (body.bodyUsed) throw new TypeError('the body was read already')
    if (!body.#content.stream) return body.#content
    const [mine, other] = body.#content.stream.tee()
    body.#content = { stream: mine }
    return { stream: other }
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const { bytes, stream } = Body.take(this)
    if (bytes || !stream) return bytes ?? new Uint8Array()
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return chunks.length === 1 ? (chunks[0] as Uint8Array<ArrayBuffer>) : concat(chunks)
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.bytes()
    return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer
  }
  async text(): Promise<string> {
    const text = decodeUtf8(await this.bytes())
    return text.startsWith('\ufeff') ? text.slice(1) : text
  }
  // biome-ignore lint/suspicious/noExplicitAny: the Fetch standard's own type.
  async json(): Promise<any> {
    return JSON.parse(await this.text())
  }
  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.headers.get('content-type') ?? '' })
  }
  async formData(): Promise<FormData> {
    const type = this.headers.get('content-type') ?? ''
    if (!type.startsWith('application/x-www-form-urlencoded')) {
      throw new TypeError(`formData() reads application/x-www-form-urlencoded, not "${type}"`)
    }
    const form = new FormData()
    for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value)
    return form
  }
}
