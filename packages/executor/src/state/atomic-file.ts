/** @module state/atomic-file: a file is there whole or not at all, whatever stops the process or fills the disk. */
import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { refusedByDisk } from './storage-error.ts'

const TEMPORARY = '.tmp-'

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code

/**
 * `what` names it in AP_STORAGE_FULL and AP_STORAGE_READ_ONLY. The folder must exist. `quick`: does not wait for the disk, for a file of a cache that is
 * checked against a hash whenever it is read; what a power cut spoils is made again.
 */
export async function writeAtomic(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  what: string,
  quick = false,
): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `${TEMPORARY}${basename(path).slice(0, 80)}-${randomBytes(8).toString('hex')}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      if (!quick) await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    if (!quick) await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw refusedByDisk(error, what) ?? error
  }
}

/** The new name survives a power cut too. Not every platform lets a folder be opened; then its own journal must do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  try {
    await handle?.sync()
  } catch (error) {
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'EPERM') throw error
  } finally {
    await handle?.close()
  }
}

export const isTemporary = (name: string): boolean => name.startsWith(TEMPORARY)

/** Removes what an interrupted write left; younger files may be another process's write. */
export async function sweepTemporary(folder: string, olderThanMs = 0): Promise<void> {
  const before = Date.now() - olderThanMs
  for (const name of await readdir(folder)) {
    if (!isTemporary(name)) continue
    const path = join(folder, name)
    const age = await stat(path).catch(() => undefined)
    if (age !== undefined && Math.floor(age.mtimeMs) <= before) await rm(path, { force: true })
  }
}
