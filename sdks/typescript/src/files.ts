/** @module files: the value of a FILE property; its bytes are read when they are asked for. */
import { host } from './host.ts'

const PART_BYTES = 1024 * 1024

/** A file that was given to this call. */
export interface PieceFile {
  filename: string
  mediaType: string
  /** Bytes. */
  size: number
  reference: string
  /** The part after the last dot of the name. */
  extension: string | undefined
  /** All bytes, read at the first use. */
  readonly data: Uint8Array
  readonly base64: string
  /** Bytes in parts, for a file that need not be in memory as a whole. */
  stream(): AsyncGenerator<Uint8Array, void, undefined>
}

export interface FileRef {
  filename: string
  mediaType: string
  size: number
  reference: string
}

const READ_WHOLE_LIMIT_BYTES = 2 ** 31

function readWhole(file: FileRef): Uint8Array {
  const parts: Uint8Array[] = []
  let offset = 0
  while (offset < READ_WHOLE_LIMIT_BYTES) {
    const part = host().files.read(file.reference, offset, PART_BYTES)
    if (part.length > 0) parts.push(part)
    offset += part.length
    if (part.length < PART_BYTES) break
  }
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(offset)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A file value with its bytes. */
export function openFile(file: FileRef): PieceFile {
  let whole: Uint8Array | undefined
  const dot = file.filename.lastIndexOf('.')
  return {
    ...file,
    extension: dot > 0 ? file.filename.slice(dot + 1) : undefined,
    get data() {
      whole ??= readWhole(file)
      return whole
    },
    get base64() {
      return this.data.toBase64()
    },
    async *stream() {
      for (let offset = 0; ; offset += PART_BYTES) {
        const part = host().files.read(file.reference, offset, PART_BYTES)
        if (part.length > 0) yield part
        if (part.length < PART_BYTES) return
      }
    },
  }
}

const MEDIA_TYPES: Record<string, string> = {
  csv: 'text/csv',
  gif: 'image/gif',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  webp: 'image/webp',
  xml: 'application/xml',
  zip: 'application/zip',
}

/** The media type that a file's name suggests. */
export function mediaTypeOf(filename: string): string {
  const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()
  return MEDIA_TYPES[extension] ?? 'application/octet-stream'
}
