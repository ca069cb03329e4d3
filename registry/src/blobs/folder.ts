/** @module blobs/folder: artifacts as files named by their digest. */
import { access, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DIGEST, sweepTemporary, writeAtomic } from '@ap-wasm/executor'
import { artifactFile, checkedParts } from '../artifact-file.ts'
import type { Blobs } from './index.ts'
import { FileParts } from './parts.ts'

/** What an interrupted write left is older than any write that is under way. */
const LEFT_OVER_MS = 3_600_000

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

export async function openFolder(folder: string): Promise<Blobs> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweepTemporary(folder, LEFT_OVER_MS)
  const pathOf = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new TypeError(`"${digest}" is no digest`)
    return join(folder, digest.slice('sha256:'.length))
  }

  const blobs: Blobs = {
    async put({ path, digest, bytes }) {
      // A file that was damaged or cut is replaced: publishing the same bytes again mends it.
      const there = await stat(pathOf(digest)).catch(() => undefined)
      if (there?.size === bytes && (await artifactFile(pathOf(digest))).digest === digest) return
      await writeAtomic(pathOf(digest), checkedParts({ path, digest }), `artifact ${digest}`)
    },

    async open(digest, range) {
      try {
        const file = await open(pathOf(digest))
        return new FileParts(file, range ?? { from: 0, to: (await file.stat()).size - 1 })
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },

    has: (digest) =>
      stat(pathOf(digest)).then(
        () => true,
        (error) => {
          if (isMissing(error)) return false
          throw error
        },
      ),

    delete: (digest) => rm(pathOf(digest), { force: true }),

    check: () => access(folder),
  }
  return blobs
}
