/**
 * @module effects/files-folder: files as files of a folder. One file holds its own metadata before its content, so that a
 * single rename makes it exist: length of the metadata (4 bytes), metadata (JSON), content.
 */
import { randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PieceError } from '../errors.ts'
import { storageError } from '../state.ts'
import { type FileInfo, type Files, isFileId, type StoredFile } from './files.ts'

const HEAD_BYTES = 4
/** Names, types, a tenant: more is no metadata of ours. */
const METADATA_BYTES = 4096
const PART_BYTES = 64 * 1024
/** What a crash left behind is older than any write that is still under way. */
const HALF_WRITTEN_MS = 60 * 60 * 1000

export interface FolderFilesOptions {
  folder: string
  retentionMs: number
  /** All files together, metadata included. */
  storeBytes: number
  now?: () => number
}

export async function folderFiles(options: FolderFilesOptions): Promise<Files> {
  const { folder, retentionMs, storeBytes, now = Date.now } = options
  const temporary = join(folder, 'writing')
  await mkdir(temporary, { recursive: true, mode: 0o700 }).catch((error) => {
    throw storageError(error, 'the folder of files')
  })
  let usedBytes = await sizeOf(folder)

  const path = (id: string) => join(folder, id.slice(0, 2), id)
  const expired = (createdAt: number) => createdAt + retentionMs <= now()

  async function withFile<T>(id: string, use: (file: FileHandle, metadata: Metadata) => Promise<T>) {
    if (!isFileId(id)) return undefined
    let handle: FileHandle
    try {
      handle = await open(path(id))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    try {
      const metadata = await metadataOf(handle)
      return expired(metadata.createdAt) ? undefined : await use(handle, metadata)
    } finally {
      await handle.close()
    }
  }

  async function* content(id: string): AsyncGenerator<Uint8Array> {
    const handle = await open(path(id))
    try {
      let at = (await metadataOf(handle)).contentAt
      for (;;) {
        const { bytesRead, buffer } = await handle.read(new Uint8Array(PART_BYTES), 0, PART_BYTES, at)
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    } finally {
      await handle.close()
    }
  }

  async function write(tenant: string, info: FileInfo, bytes: Uint8Array): Promise<StoredFile> {
    const file: StoredFile = {
      ...info,
      id: randomBytes(16).toString('hex'),
      tenant,
      size: bytes.length,
      createdAt: now(),
    }
    const metadata = Buffer.from(JSON.stringify(file))
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(metadata.length)
    const total = HEAD_BYTES + metadata.length + bytes.length
    if (usedBytes + total > storeBytes) throw new PieceError('AP_STORAGE_FULL', { what: `the file "${info.filename}"` })
    // Taken before the write, so that writes under way together do not pass the bound.
    usedBytes += total
    const half = join(temporary, file.id)
    try {
      await mkdir(join(folder, file.id.slice(0, 2)), { recursive: true, mode: 0o700 })
      const handle = await open(half, 'wx', 0o600)
      try {
        await handle.writev([head, metadata, bytes])
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(half, path(file.id))
      return file
    } catch (error) {
      usedBytes -= total
      await unlink(half).catch(() => undefined)
      throw storageError(error, `the file "${info.filename}"`)
    }
  }

  async function sweep(): Promise<number> {
    let removed = 0
    for (const entry of await entries(folder)) {
      const where = join(entry.parentPath, entry.name)
      const found = await stat(where).catch(() => undefined)
      if (!found) continue
      const half = entry.parentPath === temporary
      // A file's time of change is when it was written: it never changes afterwards.
      if (half ? found.mtimeMs + HALF_WRITTEN_MS > now() : !expired(found.mtimeMs)) continue
      const gone = await unlink(where).then(
        () => true,
        () => false,
      )
      if (!gone) continue
      removed++
      usedBytes = Math.max(0, usedBytes - found.size)
    }
    return removed
  }

  return {
    write,
    read: (tenant, id, offset, maxBytes) =>
      withFile(id, async (handle, metadata) => {
        if (metadata.tenant !== tenant) return undefined
        const length = Math.max(0, Math.min(maxBytes, metadata.size - offset))
        const bytes = new Uint8Array(length)
        let at = 0
        while (at < length) {
          const { bytesRead } = await handle.read(bytes, at, length - at, metadata.contentAt + offset + at)
          if (bytesRead === 0) break
          at += bytesRead
        }
        return bytes.subarray(0, at)
      }),
    open: (id) => withFile(id, async (_, { contentAt, ...file }) => ({ file, content: () => content(id) })),
    sweep,
    close: async () => undefined,
  }
}

type Metadata = StoredFile & { contentAt: number }

async function metadataOf(handle: FileHandle): Promise<Metadata> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES + METADATA_BYTES), 0, undefined, 0)
  const contentAt = HEAD_BYTES + buffer.readUInt32LE(0)
  if (contentAt > bytesRead) throw new Error('a stored file has no metadata')
  return { ...(JSON.parse(buffer.toString('utf8', HEAD_BYTES, contentAt)) as StoredFile), contentAt }
}

async function entries(folder: string): Promise<Dirent[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  return all.filter((entry) => entry.isFile())
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await entries(folder))
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0
  return bytes
}
