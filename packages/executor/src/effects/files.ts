/**
 * @module effects/files: files that outlive a call. A piece reads what this call was handed or wrote itself, and nothing
 * else: a reference is an address, not a permission.
 */
import type { FileRef } from '../call.ts'
import { PieceError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { FILENAME, MEDIA_TYPE } from '../piece/property-values.ts'
import type { Upload } from '../properties.ts'
import { type Answers, failed, notGranted, reply, storageRefusal } from './state.ts'

export interface FileInfo {
  filename: string
  mediaType: string
}

export interface StoredFile extends FileInfo {
  id: string
  tenant: string
  size: number
  /** Milliseconds since 1970. */
  createdAt: number
}

/** A driver. An id says whose it is and has 128 random bits; a file that has expired is absent. */
export interface Files {
  /** Whole or not at all; AP_STORAGE_FULL where there is no room. */
  write(tenant: string, info: FileInfo, content: Uint8Array): Promise<StoredFile>
  /** Fewer bytes than asked mean the end; undefined: no such file of this tenant. */
  read(tenant: string, id: string, offset: number, maxBytes: number): Promise<Uint8Array | undefined>
  /** By its id alone: the holder of a signed URL is known to nobody. */
  open(id: string): Promise<{ file: StoredFile; content: () => AsyncIterable<Uint8Array> } | undefined>
  /** Removes what has expired and what a crash left half-written; resolves to how many. */
  sweep(): Promise<number>
  close(): Promise<void>
}

/** The tenant's part, then 128 random bits. */
const FILE_ID = /^[0-9a-f]{12}-[0-9a-f]{32}$/
const PREFIX = 'file:'

export const isFileId = (id: string): boolean => FILE_ID.test(id)
const fileReference = (id: string): string => `${PREFIX}${id}`

export function fileId(reference: string): string | undefined {
  const id = reference.slice(PREFIX.length)
  return reference.startsWith(PREFIX) && isFileId(id) ? id : undefined
}

/** Stores what a caller sent along and puts the reference where the bytes were. */
export async function storeUploads(
  files: Files,
  tenant: string,
  uploads: readonly Upload[],
  limits: Pick<Limits, 'fileBytes'>,
): Promise<void> {
  const violations = uploads
    .filter((one) => one.data.length > limits.fileBytes)
    .map((one) => ({
      path: one.filename,
      message: `the file has ${one.data.length} bytes; fileBytes is ${limits.fileBytes}`,
    }))
  if (violations.length > 0) throw new PieceError('AP_INVALID_PROPS', { violations })
  for (const upload of uploads) {
    const { filename, mediaType, data } = upload
    upload.replace(asReference(await files.write(tenant, { filename, mediaType }, data)))
  }
}

export const asReference = ({ id, filename, mediaType, size }: StoredFile): FileRef => ({
  reference: fileReference(id),
  filename,
  mediaType,
  size,
})

export const files: Answers<'files.write' | 'files.read'> = {
  'files.write': async (call, { name, mediaType }, content) => {
    const { grants, limits, tenant } = call.context
    if (!grants.files.includes('write')) return notGranted('files', 'write')
    if (!FILENAME.test(name)) return failed('invalid_argument', 'a file name has 1 to 255 characters, without / and \\')
    if (!MEDIA_TYPE.test(mediaType)) return failed('invalid_argument', 'a media type looks like text/csv')
    if (content.length > limits.fileBytes)
      return failed('limit_exceeded', `the file has ${content.length} bytes; fileBytes is ${limits.fileBytes}`)
    if (++call.filesWritten > limits.files)
      return failed('limit_exceeded', `this call wrote ${limits.files} files; files is ${limits.files}`)
    try {
      const file = asReference(await call.engines.files.write(tenant, { filename: name, mediaType }, content))
      call.effects.files.push(file)
      return reply({ reference: file.reference })
    } catch (error) {
      return storageRefusal(error)
    }
  },
  'files.read': async (call, { reference, offset, maxBytes }) => {
    const { grants, givenFiles, limits, tenant } = call.context
    if (!grants.files.includes('read')) return notGranted('files', 'read')
    const id = fileId(reference)
    const known = givenFiles?.has(reference) || call.effects.files.some((file) => file.reference === reference)
    const bytes =
      id && known ? await call.engines.files.read(tenant, id, offset, Math.min(maxBytes, limits.fileBytes)) : undefined
    if (!bytes) return failed('not_found', 'no file with this reference was given to this call, or it has expired')
    return { answer: {}, bytes }
  },
}
