/** @module effects/http/codings: the content codings that the host undoes where a piece asked for none. */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'

export interface Coding {
  once: (bytes: Uint8Array, maxOutputLength: number) => Uint8Array
  stream: () => Transform
  /** Needs a large window for as long as the stream lives. */
  window: boolean
}

/** What a client can undo, by name, and what it says of that where the guest said nothing. */
export interface Codings {
  readonly accept: string
  readonly undo: Readonly<Record<string, Coding | ((first: Uint8Array) => Coding)>>
}

const chunkSize = 64 * 1024
/** RFC 9659: zstd as a content coding needs no more than 8 MiB. */
const params = { [zlib.constants.ZSTD_d_windowLogMax]: 23 }
/** RFC 1950's header, which some servers leave out of `deflate`. */
const bare = (bytes: Uint8Array) => (bytes[0]! & 0x0f) !== 8

const gzip: Coding = {
  once: (bytes, maxOutputLength) => zlib.gunzipSync(bytes, { maxOutputLength }),
  stream: () => zlib.createGunzip({ chunkSize }),
  window: false,
}

const undo: Codings['undo'] = {
  gzip,
  'x-gzip': gzip,
  deflate: (first) => ({
    once: (bytes, maxOutputLength) =>
      bare(first) ? zlib.inflateRawSync(bytes, { maxOutputLength }) : zlib.inflateSync(bytes, { maxOutputLength }),
    stream: () => (bare(first) ? zlib.createInflateRaw({ chunkSize }) : zlib.createInflate({ chunkSize })),
    window: false,
  }),
  br: {
    once: (bytes, maxOutputLength) => zlib.brotliDecompressSync(bytes, { maxOutputLength }),
    stream: () => zlib.createBrotliDecompress({ chunkSize }),
    window: true,
  },
  zstd: {
    once: (bytes, maxOutputLength) => zlib.zstdDecompressSync(bytes, { maxOutputLength, params }),
    stream: () => zlib.createZstdDecompress({ chunkSize, params }),
    window: true,
  },
}

export const CODINGS: Codings = { accept: 'gzip, deflate, br, zstd', undo }
