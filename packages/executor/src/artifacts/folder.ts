/** @module artifacts/folder: artifacts as files named by their hash, in a folder of the data folder. */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DIGEST, digestOf } from '../digest.ts'
import { PieceError } from '../errors.ts'
import { codeOf, isTemporary, sweepTemporary, writeAtomic } from '../state/atomic-file.ts'
import type { Artifacts } from './index.ts'

const ALGORITHM = 'sha256:'

/** The folder belongs to this executor alone: what an interrupted write left behind is swept. */
export async function openArtifactsFolder(folder: string): Promise<Artifacts> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweepTemporary(folder)

  const pathOf = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new TypeError(`"${digest}" is no digest`)
    return join(folder, digest.slice(ALGORITHM.length))
  }
  const read = async (digest: string): Promise<Uint8Array | undefined> => {
    try {
      return await readFile(pathOf(digest))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
  const isWhole = (digest: string, bytes: Uint8Array | undefined): bytes is Uint8Array =>
    bytes !== undefined && digestOf(bytes) === digest

  return {
    async put(digest, bytes) {
      if (digestOf(bytes) !== digest) throw new TypeError(`the bytes are not those of ${digest}`)
      // A damaged file is replaced: deploying the same bytes again is the way out of AP_ARTIFACT_LOST.
      if (isWhole(digest, await read(digest))) return
      await writeAtomic(pathOf(digest), bytes, `artifact ${digest}`)
    },

    async get(digest) {
      const bytes = await read(digest)
      if (!isWhole(digest, bytes))
        throw new PieceError('AP_ARTIFACT_LOST', { digest, state: bytes === undefined ? 'missing' : 'damaged' })
      return bytes
    },

    async has(digest) {
      return (await stat(pathOf(digest)).catch(() => undefined)) !== undefined
    },

    async delete(digest) {
      await rm(pathOf(digest), { force: true })
    },

    async list() {
      const found: { digest: string; bytes: number }[] = []
      for (const name of await readdir(folder)) {
        const digest = `${ALGORITHM}${name}`
        if (isTemporary(name) || !DIGEST.test(digest)) continue
        const { size } = await stat(join(folder, name))
        found.push({ digest, bytes: size })
      }
      return found.sort((a, b) => (a.digest < b.digest ? -1 : 1))
    },
  }
}
