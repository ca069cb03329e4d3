/** @module blobs: the bytes of artifacts by their digest, in a folder or in a bucket. */
import type { Readable } from 'node:stream'
import type { ArtifactFile } from '../artifact-file.ts'
import type { Settings } from '../settings.ts'
import { openFolder } from './folder.ts'
import { openBucket } from './s3.ts'

/** Both ends are included, as in HTTP. */
export interface ByteRange {
  from: number
  to: number
}

export interface Blobs {
  /** Whole or not at all; the same bytes again change nothing. */
  put(artifact: ArtifactFile): Promise<void>
  /** Undefined: there is none. */
  open(digest: string, range?: ByteRange): Promise<Readable | undefined>
  has(digest: string): Promise<boolean>
  delete(digest: string): Promise<void>
  /** Rejects where the storage does not answer. */
  check(): Promise<void>
}

export const openBlobs = (settings: Settings, folder: string): Promise<Blobs> =>
  settings.blobs === 'folder'
    ? openFolder(folder)
    : openBucket({
        url: settings.blobs,
        region: settings.s3Region,
        accessKey: settings.s3AccessKey,
        secretKey: settings.s3SecretKey,
      })
