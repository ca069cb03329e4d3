/** @module artifact-file: an artifact on the disk: what is large passes through memory in parts. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

export interface ArtifactFile {
  path: string
  digest: string
  bytes: number
}

const PART_BYTES = 1024 * 1024

/** Each part is gone when the next is asked for: they share one buffer. */
async function* partsOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    const part = Buffer.allocUnsafeSlow(PART_BYTES)
    for (;;) {
      const { bytesRead } = await file.read(part, 0, PART_BYTES)
      if (bytesRead === 0) return
      yield part.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

export async function artifactFile(path: string): Promise<ArtifactFile> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const part of partsOf(path)) {
    hash.update(part)
    bytes += part.length
  }
  return { path, digest: `sha256:${hash.digest('hex')}`, bytes }
}

/** All of its bytes, and a rejection at their end if they are not what the digest says. */
export async function* checkedParts({ path, digest }: Omit<ArtifactFile, 'bytes'>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const part of partsOf(path)) {
    hash.update(part)
    yield part
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw new TypeError(`the bytes are not those of ${digest}`)
}
