/** @module preview1: our own adapter for `wasi_snapshot_preview1`. It adds no import that a piece does not use (docs/decisions.md). */
import { readFile } from 'node:fs/promises'
import { binaryOf, embedWorld } from '@ap-wasm/executor/wasm-tools'
import { witSource } from './wit.ts'

/** What the text imports, in the contract's versions. */
export const PREVIEW1_IMPORTS = `
  import wasi:cli/environment@0.2.12;
  import wasi:clocks/wall-clock@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  import wasi:random/random@0.2.12;
  import wasi:io/poll@0.2.12;
  import wasi:logging/logging@0.1.0-draft;
`

export const preview1Text = (): Promise<string> => readFile(new URL('./preview1.wat', import.meta.url), 'utf8')

/** The bytes for `componentOf`; made of the text that ships, which takes a few milliseconds. */
export async function preview1Adapter(): Promise<Uint8Array> {
  const wit = `${await witSource()}\nworld preview1 {${PREVIEW1_IMPORTS}}\n`
  return embedWorld(await binaryOf(await preview1Text()), { wit, world: 'preview1' })
}
