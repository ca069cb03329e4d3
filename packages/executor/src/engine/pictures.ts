/**
 * @module engine/pictures: what the starts of programs left, on disk beside the products: one file for a program and those who share
 * a cell, because a cell that was taken over could have written it. A file is the SHA-256 of the rest, then zstd.
 */
import { mkdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { PieceError } from '../errors.ts'
import { concat } from '../linker/reader.ts'
import { codeOf, sweepTemporary, writeAtomic } from '../state/atomic-file.ts'
import { readPassing } from './passing.ts'
import { hashOf } from './product.ts'

/** Raised with any change to what a picture holds, and in which order (linker/picture.ts, picture-bytes.ts). */
const PICTURE_FORMAT = 2
const HASH_BYTES = 32
/** Above it a smaller file is not worth the time. */
const LEVEL = 3
/** Pictures that wait to be written; what comes beyond is taken again by a later start. */
const WAITING = 4
const LEFTOVER_MS = 60 * 60_000

const compress = promisify(zstdCompress)

export class Pictures {
  readonly #folder: string
  readonly #evict: () => Promise<void>
  readonly #writing = new Map<string, Promise<void>>()

  constructor(folder: string, evict: () => Promise<void>) {
    this.#folder = folder
    this.#evict = evict
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await sweepTemporary(this.#folder, LEFTOVER_MS)
  }

  /** In zstd, the caller's to let go; undefined where none is kept, or not the one that was written. */
  async get(group: string, digest: string): Promise<Uint8Array | undefined> {
    const path = this.#path(group, digest)
    await this.#writing.get(path)
    let bytes: Uint8Array
    try {
      bytes = await readPassing(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
    const picture = bytes.subarray(HASH_BYTES)
    if (hashOf(picture) !== bytes.subarray(0, HASH_BYTES).toHex()) {
      await rm(path, { force: true })
      return undefined
    }
    const now = new Date()
    await utimes(path, now, now).catch(() => {})
    return picture
  }

  /** In the background; a picture that cannot be kept is taken again. */
  put(group: string, digest: string, picture: Uint8Array): void {
    const path = this.#path(group, digest)
    if (this.#writing.size >= WAITING || this.#writing.has(path)) return
    const written = this.#write(path, picture).finally(() => this.#writing.delete(path))
    this.#writing.set(path, written)
  }

  async close(): Promise<void> {
    await Promise.all(this.#writing.values())
  }

  async #write(path: string, picture: Uint8Array): Promise<void> {
    try {
      const packed = await compress(picture, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } })
      await writeAtomic(path, concat([Uint8Array.fromHex(hashOf(packed)), packed]), 'a picture of the cache', true)
      await this.#evict()
    } catch (error) {
      if (!(error instanceof PieceError) && codeOf(error) === undefined) throw error
    }
  }

  #path(group: string, digest: string): string {
    return join(this.#folder, hashOf(new TextEncoder().encode(`${PICTURE_FORMAT} ${digest} ${group}`)))
  }
}
