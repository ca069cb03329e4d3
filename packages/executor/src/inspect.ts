/** @module inspect: from the bytes of a stranger to what they say and need, or every reason why they are refused. */

import type { Description } from './description.ts'
import { digestOf } from './digest.ts'
import { type Engine, type ProgramProduct, productOf } from './engine.ts'
import { PieceError } from './errors.ts'
import { runChild } from './inspect/child.ts'
import type { InterfaceNames } from './inspect/examine.ts'
import type { Manifest } from './manifest.ts'
import { compare } from './piece/comparison.ts'
import type { PartSize } from './piece/sizes.ts'

export interface Inspection {
  digest: string
  bytes: number
  manifest: Manifest
  /** Declared, used or not. */
  imports: InterfaceNames[]
  exports: InterfaceNames[]
  sizes: PartSize[]
  warnings: string[]
}

export interface InspectOptions {
  /** Runs `describe` in a cell with nothing granted and answers with the decoded value. Absent: the piece does not run. */
  describe?: (product: ProgramProduct) => Promise<unknown>
  /** Throws what stands against this piece here; then nothing is kept of it. */
  admit?: (manifest: Manifest) => void
  /** Keeps what was built, so that the first call finds it. */
  engine?: Engine
  signal?: AbortSignal
}

/** Throws AP_INVALID_COMPONENT. */
export async function inspect(bytes: Uint8Array, options: InspectOptions = {}): Promise<Inspection> {
  const { examined, built } = await runChild('inspect', bytes, { signal: options.signal })
  const digest = digestOf(bytes)
  const { manifest, ...rest } = examined!
  if (options.describe !== undefined)
    await checkDescribe(manifest.description, options.describe, productOf(digest, built, options.engine !== undefined))
  options.admit?.(manifest)
  await options.engine?.keep(digest, built)
  return { digest, bytes: bytes.length, manifest, ...rest }
}

/** A manifest says what a piece is to people who have not run it: it must be the piece's own word. */
async function checkDescribe(
  description: Description,
  describe: (product: ProgramProduct) => Promise<unknown>,
  product: ProgramProduct,
): Promise<void> {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new PieceError('AP_INVALID_COMPONENT', { reasons: [reason] }, { cause })
  }
  let said: unknown
  try {
    said = await describe(product)
  } catch (error) {
    // A fault of the host is no reason to refuse a piece.
    if (error instanceof PieceError && error.fault !== 'host') refuse(`describe fails: ${error.message}`, error)
    throw error
  }
  const [first] = compare('$', description, said)
  if (first !== undefined)
    refuse(`what describe returns differs from the manifest's description at ${first.path}; build the piece again`)
}
