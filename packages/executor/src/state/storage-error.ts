/** @module state/storage-error: what a disk refuses, by the name that a caller, an operator and a piece see. */
import { type ErrorCode, PieceError } from '../errors.ts'

const CODES = {
  ENOSPC: 'AP_STORAGE_FULL',
  EDQUOT: 'AP_STORAGE_FULL',
  EFBIG: 'AP_STORAGE_FULL',
  EROFS: 'AP_STORAGE_READ_ONLY',
} as const satisfies Record<string, ErrorCode>

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
