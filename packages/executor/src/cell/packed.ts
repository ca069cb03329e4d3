/** @module cell/packed: pictures as they stand on disk, unpacked beside the main thread. */
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { Picture } from '../linker/picture.ts'
import { decodePicture } from '../linker/picture-bytes.ts'
import { MESSAGES } from '../wire.ts'

const unpack = promisify(zstdDecompress)

/** Resolves to undefined for what is no picture. */
export async function unpackPicture(packed: Uint8Array): Promise<Picture | undefined> {
  try {
    return decodePicture(await unpack(packed, { maxOutputLength: MESSAGES.Pictured.bytes }))
  } catch {
    return undefined
  }
}
