/** @module componentize: a core module that a compiler made, as a component of the contract's world. */
import { newComponent } from '@ap-wasm/executor/wasm-tools'
import { CliError } from '../world.ts'
import { witSource } from './wit.ts'

export interface ComponentizeOptions {
  /** Stands for `wasi_snapshot_preview1`; left out for a module that does not import it. */
  adapter?: Uint8Array
  /** What an author does about a module that is none of the contract's world. */
  remedy: string
}

/** Its names are those of the contract: `ap:piece/handler@0.1.0#action`, `wasi:random/random@0.2.12`. */
export async function componentOf(core: Uint8Array, { adapter, remedy }: ComponentizeOptions): Promise<Uint8Array> {
  const adapters: Record<string, Uint8Array> = adapter === undefined ? {} : { wasi_snapshot_preview1: adapter }
  try {
    return await newComponent(core, { wit: await witSource(), world: 'piece', adapters })
  } catch (error) {
    throw new CliError('failed', 'the compiled module is no piece', {
      details: causesOf(error),
      remedy,
    })
  }
}

/** The tool's own words without the steps of its own that led there. */
function causesOf(error: unknown): string[] {
  const lines = String(error instanceof Error ? error.message : error)
    .split('\n')
    .map((line) => line.replace(/^ *\d+: /, '').trim())
    .filter((line) => line !== '')
  return lines.slice(lines.indexOf('Caused by:') + 1)
}
