/** @module kernels: programs of varied shape, with the fuel that Wasmtime counted for each. */
import { readFileSync } from 'node:fs'
import { parse } from '@bytecodealliance/jco'

export interface Kernel {
  file: 'c' | 'hand'
  name: string
  argument: number
  result: number
  fuel: number
}

const read = (name: string) => readFileSync(new URL(`./kernels/${name}`, import.meta.url), 'utf8')

export const KERNELS: readonly Kernel[] = JSON.parse(read('kernels.json')).rows

export const kernelModules = async (): Promise<Record<Kernel['file'], Uint8Array<ArrayBuffer>>> => ({
  c: new Uint8Array(Buffer.from(read('kernels.wasm.base64'), 'base64')),
  hand: new Uint8Array(await parse(read('hand.wat'))),
})
