/** @module corpus: generated modules (see smith/) with the fuel that Wasmtime counted (see wasmtime_figures.py). */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface Generated {
  seed: number
  /** Exports, and a letter for each parameter. */
  calls: readonly (readonly [name: string, parameters: string])[]
  bytes: Uint8Array<ArrayBuffer>
  /** Of each call, in an instance of its own; null where it traps. */
  fuel: readonly (number | null)[]
}

export const corpus = (file: 'corpus' | 'exceptions'): Generated[] =>
  gunzipSync(readFileSync(new URL(`./${file}.jsonl.gz`, import.meta.url)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { wasm, ...rest } = JSON.parse(line) as Omit<Generated, 'bytes'> & { wasm: string }
      return { ...rest, bytes: new Uint8Array(Buffer.from(wasm, 'hex')) }
    })

/** What a call is given by the place of a parameter; wasmtime_figures.py says the same. */
const ARGUMENTS = [7, -1, 3, 100, 0]

export const argumentsFor = (parameters: string): (number | bigint)[] =>
  [...parameters].map((letter, i) => {
    const value = ARGUMENTS[i % ARGUMENTS.length]!
    return letter === 'I' ? BigInt(value) : value
  })
