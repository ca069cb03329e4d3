/** @module piece: a piece as a page or an answer needs it: found, not hidden, with its versions. */
import type { PieceInfo, VersionInfo } from './catalog/pieces.ts'
import { RegistryError } from './errors.ts'
import { PIECE_NAME } from './names.ts'
import type { Registry } from './registry.ts'

export interface FoundPiece extends PieceInfo {
  name: string
  /** Newest first. */
  versions: VersionInfo[]
}

export async function findPiece({ catalog }: Registry, name: string): Promise<FoundPiece> {
  const piece = PIECE_NAME.test(name) ? await catalog.pieces.find(name) : undefined
  if (!piece) throw new RegistryError('AR_PIECE_NOT_FOUND', { name })
  if (piece.hiddenReason !== undefined)
    throw new RegistryError('AR_PIECE_HIDDEN', { what: name, reason: piece.hiddenReason })
  return { ...piece, name, versions: await catalog.pieces.versions(name) }
}
