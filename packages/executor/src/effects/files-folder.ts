/**
 * @module effects/files-folder: files as files of a folder for each tenant. One file holds its own metadata before its
 * content, so that a single rename makes it exist: length of the metadata (4 bytes), metadata (JSON), content.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { PieceError } from '../errors.ts'
import { storageError } from '../state.ts'
import { type FileInfo, type Files, isFileId, type StoredFile } from './files.ts'

const HEAD_BYTES = 4
const TENANT_DIGITS = 12
/** Two tenants with one part would share room, never files: each file names its tenant. */
const tenantPart = (tenant: string) => createHash('sha256').update(tenant).digest('hex').slice(0, TENANT_DIGITS)
/** Names, types, a tenant: more is no metadata of ours. */
const METADATA_BYTES = 4096
const PART_BYTES = 64 * 1024
/** A write that failed and whose removal failed too: older than any that is still under way. */
const HALF_WRITTEN_MS = 60 * 60 * 1000

export interface FolderFilesOptions {
  folder: string
  retentionMs: number
  /** All files together, metadata included. */
  storeBytes: number
  tenantBytes: number
  now?: () => number
}

export async function folderFiles(options: FolderFilesOptions): Promise<Files> {
  const { folder, retentionMs, storeBytes, tenantBytes, now = Date.now } = options
  const temporary = join(folder, 'writing')
  try {
    // The folder is this executor's alone: what is half-written now was left by one that is gone.
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw storageError(error, 'the folder of files')
  }
  const used = await sizes(folder)

  const path = (id: string) => join(folder, id.slice(0, TENANT_DIGITS), id)
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
      id: `${tenantPart(tenant)}-${randomBytes(16).toString('hex')}`,
      tenant,
      size: bytes.length,
      createdAt: now(),
    }
    const metadata = Buffer.from(JSON.stringify(file))
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(metadata.length)
    const total = HEAD_BYTES + metadata.length + bytes.length
    if (used.all + total > storeBytes) throw new PieceError('AP_STORAGE_FULL', { what: `the file "${info.filename}"` })
    if (used.of(file.id) + total > tenantBytes) {
      const what = `the file "${info.filename}" (fileBytesPerTenant is ${tenantBytes})`
      throw new PieceError('AP_STORAGE_FULL', { what })
    }
    // Taken before the write, so that writes under way together do not pass the bound.
    used.add(file.id, total)
    const half = join(temporary, file.id)
    try {
      const handle = await open(half, 'wx', 0o600)
      try {
        // Not writev: on a disk that becomes full it writes a part and says nothing.
        await handle.writeFile([head, metadata, bytes])
        await handle.sync()
      } finally {
        await handle.close()
      }
      // Only now: on a read-only disk it would be said that there is no such folder.
      await mkdir(join(folder, tenantPart(tenant)), { recursive: true, mode: 0o700 })
      await rename(half, path(file.id))
      return file
    } catch (error) {
      used.add(file.id, -total)
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
      if (!half) used.add(entry.name, -found.size)
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

interface Sizes {
  readonly all: number
  of(id: string): number
  add(id: string, bytes: number): void
}

/** What each tenant takes. What a crash left half-written is swept before it counts. */
async function sizes(folder: string): Promise<Sizes> {
  const tenants = new Map<string, number>()
  const part = (id: string) => id.slice(0, TENANT_DIGITS)
  let all = 0
  const counted: Sizes = {
    get all() {
      return all
    },
    of: (id) => tenants.get(part(id)) ?? 0,
    add: (id, bytes) => {
      tenants.set(part(id), Math.max(0, counted.of(id) + bytes))
      all = Math.max(0, all + bytes)
    },
  }
  for (const entry of await entries(folder)) {
    if (basename(entry.parentPath) !== part(entry.name)) continue
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
    counted.add(entry.name, found?.size ?? 0)
  }
  return counted
}
