/** @module storage-error: what a disk refuses, by the name that a caller, an operator and a piece see. */
import { type ErrorCode, PieceError } from './errors.ts'

const CODES: Readonly<Record<string, ErrorCode & `AP_STORAGE_${string}`>> = {
  ENOSPC: 'AP_STORAGE_FULL',
  EDQUOT: 'AP_STORAGE_FULL',
  EFBIG: 'AP_STORAGE_FULL',
  EROFS: 'AP_STORAGE_READ_ONLY',
}

/** `what` could not be written. Undefined: the disk is not why. */
export function refusedByDisk(error: unknown, what: string): PieceError | undefined {
  const code = CODES[(error as NodeJS.ErrnoException | undefined)?.code ?? '']
  return code && new PieceError(code, { what }, { cause: error })
}

/** The code of the failure that a piece sees; undefined where the disk is not why. */
export const storageFailure = (error: unknown): string | undefined =>
  error instanceof PieceError && error.code.startsWith('AP_STORAGE_') ? error.code.slice(3).toLowerCase() : undefined
