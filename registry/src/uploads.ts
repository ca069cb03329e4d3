/**
 * @module uploads: artifacts on their way in. They go into a file as they come, hashed in passing, and what all of them take
 * at once is bounded, whoever sends them.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { sweepTemporary } from '@ap-wasm/executor'
import type { FastifyRequest } from 'fastify'
import type { ArtifactFile } from './artifact-file.ts'
import { RegistryError } from './errors.ts'

const RETRY_AFTER_MS = 2_000
/** What an interrupted upload left is older than any that is under way. */
const LEFT_OVER_MS = 3_600_000
/** V8 looks at memory outside its heap once 64 MB of it are garbage; a socket makes 64 KB of it with each read. */
const GARBAGE_BYTES = 4 * 1024 ** 2

export interface Upload extends ArtifactFile, AsyncDisposable {}

export interface Uploads {
  /** Counts the request's body until the function that it returns is called. */
  take(request: FastifyRequest): () => void
  /** Its file goes when the upload is disposed of. */
  receive(request: FastifyRequest, body: Readable): Promise<Upload>
}

const tooLarge = (bytes: number, limit: number): RegistryError =>
  new RegistryError('AR_BODY_TOO_LARGE', { bytes, limit })

/** What a body may come to: the length that it says, or the limit of its route. */
function bodyBytes({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit)
}

export async function openUploads(folder: string, max: number): Promise<Uploads> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweepTemporary(folder, LEFT_OVER_MS)
  let held = 0
  return {
    take(request) {
      const bytes = bodyBytes(request)
      if (held + bytes > max)
        throw new RegistryError('AR_SATURATED', { waiting: held, limit: max }, { retryAfterMs: RETRY_AFTER_MS })
      held += bytes
      return () => {
        held -= bytes
      }
    },

    async receive({ headers, routeOptions: { bodyLimit } }, body) {
      const said = Number(headers['content-length'] ?? 0)
      if (said > bodyLimit) throw tooLarge(said, bodyLimit)
      const path = join(folder, `.tmp-${randomBytes(8).toString('hex')}`)
      try {
        return { ...(await write(path, body, bodyLimit)), [Symbol.asyncDispose]: () => rm(path, { force: true }) }
      } catch (error) {
        await rm(path, { force: true })
        throw error
      }
    },
  }
}

async function write(path: string, body: Readable, limit: number): Promise<ArtifactFile> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx', 0o600)
  let bytes = 0
  let garbage = 0
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > limit) throw tooLarge(bytes, limit)
      hash.update(part)
      await file.write(part)
      garbage += part.length
      if (garbage < GARBAGE_BYTES) continue
      garbage = 0
      globalThis.gc?.({ type: 'minor' })
    }
  } finally {
    await file.close()
  }
  return { path, digest: `sha256:${hash.digest('hex')}`, bytes }
}
