/** @module preview1: our own adapter for `wasi_snapshot_preview1`. It adds no import that a piece does not use (docs/decisions.md). */
import { readFile } from 'node:fs/promises'
import { binaryOf, embedWorld } from '@ap-wasm/executor/wasm-tools'
import { witSource } from './wit.ts'

/** What the text imports, in the contract's versions. */
const WORLD = `
world preview1 {
  import wasi:cli/environment@0.2.12;
  import wasi:clocks/wall-clock@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  import wasi:random/random@0.2.12;
  import wasi:io/poll@0.2.12;
  import wasi:logging/logging@0.1.0-draft;
}
`

/** The bytes for `componentOf`; made of the text that ships, which takes a few milliseconds. */
export async function preview1Adapter(): Promise<Uint8Array> {
  const text = await readFile(new URL('./preview1.wat', import.meta.url), 'utf8')
  return embedWorld(await binaryOf(text), { wit: `${await witSource()}${WORLD}`, world: 'preview1' })
}
