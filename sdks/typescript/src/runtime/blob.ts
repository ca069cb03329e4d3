/** @module blob: Blob, File and FormData, held in memory, and the multipart form that they are sent as. */
import { ReadableStream } from './stream.ts'
import { bytesOf, concat, decodeUtf8, encodeUtf8 } from './text.ts'

export type BlobPart = string | Blob | ArrayBuffer | ArrayBufferView

export class Blob {
  readonly type: string
  #bytes: Uint8Array<ArrayBuffer>

  constructor(parts: Iterable<BlobPart> = [], options: { type?: string } = {}) {
    this.type = (options.type ?? '').toLowerCase()
    this.#bytes = concat([...parts].map(partBytes))
  }
  get size(): number {
    return this.#bytes.length
  }
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes.slice()
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer
  }
  async text(): Promise<string> {
    return decodeUtf8(this.#bytes)
  }
  slice(start?: number, end?: number, type = ''): Blob {
    return new Blob([this.#bytes.slice(start, end)], { type })
  }
  stream(): ReadableStream<Uint8Array> {
    return ReadableStream.from([this.#bytes])
  }
  get [Symbol.toStringTag](): string {
    return 'Blob'
  }
  static bytesOf(blob: Blob): Uint8Array<ArrayBuffer> {
    return blob.#bytes
  }
}

function partBytes(part: BlobPart): Uint8Array {
  if (part instanceof Blob) return Blob.bytesOf(part)
  if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return bytesOf(part).slice()
  return encodeUtf8(String(part))
}

export class File extends Blob {
  readonly name: string
  readonly lastModified: number
  constructor(parts: Iterable<BlobPart>, name: string, options: { type?: string; lastModified?: number } = {}) {
    super(parts, options)
    this.name = String(name)
    this.lastModified = options.lastModified ?? Date.now()
  }
  override get [Symbol.toStringTag](): string {
    return 'File'
  }
}

export class FormData {
  #entries: [name: string, value: string | File][] = []

  append(name: string, value: string | Blob, filename?: string): void {
    this.#entries.push([String(name), entryValue(value, filename)])
  }
  set(name: string, value: string | Blob, filename?: string): void {
    this.delete(name)
    this.append(name, value, filename)
  }
  delete(name: string): void {
    this.#entries = this.#entries.filter((entry) => entry[0] !== name)
  }
  get(name: string): string | File | null {
    return this.#entries.find((entry) => entry[0] === name)?.[1] ?? null
  }
  getAll(name: string): (string | File)[] {
    return this.#entries.filter((entry) => entry[0] === name).map((entry) => entry[1])
  }
  has(name: string): boolean {
    return this.#entries.some((entry) => entry[0] === name)
  }
  forEach(callback: (value: string | File, name: string, form: FormData) => void): void {
    for (const [name, value] of this.#entries) callback(value, name, this)
  }
  *entries(): IterableIterator<[string, string | File]> {
    for (const entry of this.#entries) yield [...entry]
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this.#entries) yield name
  }
  *values(): IterableIterator<string | File> {
    for (const [, value] of this.#entries) yield value
  }
  [Symbol.iterator](): IterableIterator<[string, string | File]> {
    return this.entries()
  }
  get [Symbol.toStringTag](): string {
    return 'FormData'
  }
}

function entryValue(value: string | Blob, filename: string | undefined): string | File {
  if (!(value instanceof Blob)) return String(value)
  if (value instanceof File && filename === undefined) return value
  return new File([value], filename ?? (value instanceof File ? value.name : 'blob'), { type: value.type })
}

const escaped = (name: string): string => name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22')

/** The form as multipart/form-data. */
export function encodeForm(form: FormData): { bytes: Uint8Array<ArrayBuffer>; type: string } {
  const boundary = `----ap-wasm-${crypto.randomUUID()}`
  const chunks: Uint8Array[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"`
    if (typeof value === 'string') {
      chunks.push(encodeUtf8(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`))
      continue
    }
    const type = value.type || 'application/octet-stream'
    chunks.push(encodeUtf8(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`))
    chunks.push(Blob.bytesOf(value), encodeUtf8('\r\n'))
  }
  chunks.push(encodeUtf8(`--${boundary}--\r\n`))
  return { bytes: concat(chunks), type: `multipart/form-data; boundary=${boundary}` }
}
