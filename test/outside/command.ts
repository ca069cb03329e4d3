/**
 * @module outside/command: a program of preview 1 as a component that `wasi:cli/run` starts: our own adapter, which pieces get,
 * with an entry that calls `_start`.
 */
import { componentNew } from '@bytecodealliance/jco-transpile/wasm-tools'
import { PREVIEW1_IMPORTS, preview1Text } from '../../packages/cli/src/toolchain/preview1.ts'
import { witSource } from '../../packages/cli/src/toolchain/wit.ts'
import { binaryOf, embedWorld } from '../../packages/executor/src/wasm-tools.ts'

let adapter: Promise<Uint8Array> | undefined

async function makeAdapter(): Promise<Uint8Array> {
  const text = await preview1Text()
  const end = text.lastIndexOf(')')
  const entry = `(func (export "wasi:cli/run@0.2.12#run") (result i32) (call $start)
    (drop (call $sync (i32.const 1))) (drop (call $sync (i32.const 2))) (i32.const 0))`
  const module = text.slice(0, end).replace('(module', '(module (import "__main_module__" "_start" (func $start))')
  return embedWorld(await binaryOf(`${module} ${entry})`), {
    wit: `${await witSource()}\nworld command { ${PREVIEW1_IMPORTS} export wasi:cli/run@0.2.12; }`,
    world: 'command',
  })
}

export async function commandOf(core: Uint8Array): Promise<Uint8Array> {
  adapter ??= makeAdapter()
  return componentNew(core, [['wasi_snapshot_preview1', await adapter]])
}
