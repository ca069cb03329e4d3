/** @module state/storage-error: what a disk refuses, by the name that a caller, an operator and a piece see. */
import { type ErrorCode, PieceError } from '../errors.ts'

const CODES = {
  ENOSPC: 'AP_STORAGE_FULL',
  EDQUOT: 'AP_STORAGE_FULL',
  EFBIG: 'AP_STORAGE_FULL',
  EROFS: 'AP_STORAGE_READ_ONLY',
} as const satisfies Record<string, ErrorCode>

/** The process, or the machine, has as many open as it may. */
const TOO_MANY_OPEN: readonly unknown[] = ['EMFILE', 'ENFILE']

/** What a piece sees of each. */
const FAILURES: Readonly<Partial<Record<ErrorCode, string>>> = {
  AP_STORAGE_FULL: 'storage_full',
  AP_STORAGE_READ_ONLY: 'storage_read_only',
}

/** `what` could not be written. Undefined: the disk is not why. */
export function refusedByDisk(error: unknown, what: string): PieceError | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code === undefined || !Object.hasOwn(CODES, code)) return undefined
  return new PieceError(CODES[code as keyof typeof CODES], { what }, { cause: error })
}

/** The code of the failure that a piece sees; undefined where the disk is not why. */
export const storageFailure = (error: unknown): string | undefined =>
  error instanceof PieceError ? FAILURES[error.code as ErrorCode] : undefined

/** By the name that is known for it, wherever it was thrown; AP_INTERNAL is what nobody expected, for the log. */
export function knownError(error: unknown): PieceError {
  if (error instanceof PieceError) return error
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  if (!TOO_MANY_OPEN.includes(code)) return new PieceError('AP_INTERNAL', {}, { cause: error })
  // The code and its words, without the path of a file of ours.
  return new PieceError('AP_TOO_MANY_OPEN_FILES', { detail: message.split(',')[0]! }, { cause: error })
}
