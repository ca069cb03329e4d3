/** @module asked: which imports of the world a piece asks for. A component imports those and nothing else. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PieceJson } from '@ap-wasm/executor'

export type Capability = keyof NonNullable<PieceJson['capabilities']>

/** By import: the capability that it belongs to. */
export const ASKED_BY: Readonly<Record<string, Capability>> = {
  'wasi:http/outgoing-handler': 'http',
  'ap:piece/store': 'store',
  'ap:piece/files': 'files',
  'ap:piece/run': 'run',
}

/** The imports that piece.json does not ask for. */
export async function importsNotAsked(folder: string): Promise<string[]> {
  const piece = JSON.parse(await readFile(join(folder, 'piece.json'), 'utf8')) as PieceJson
  const asked = (capability: Capability): boolean => Object.keys(piece.capabilities?.[capability] ?? {}).length > 0
  return Object.keys(ASKED_BY).filter((name) => !asked(ASKED_BY[name]!))
}
