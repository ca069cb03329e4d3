import { binaryOf } from '@ap-wasm/executor/wasm-tools'
import { describe, expect, test } from 'vitest'
import { componentOf } from './componentize.ts'

const HANDLER = 'ap:piece/handler@0.1.0'
const answer = (name: string, params: number): string =>
  `(func (export "${HANDLER}#${name}") ${'(param i32)'.repeat(params)} (result i32) i32.const 0)`
const EXPORTS = [
  answer('describe', 0),
  answer('init', 2),
  answer('action', 4),
  answer('trigger', 5),
  answer('resolve', 4),
]
const module = (imports: string, exports: readonly string[] = EXPORTS): string => `(module ${imports}
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
  ${exports.join('\n')})`

const made = async (text: string, adapter?: string): Promise<Uint8Array> =>
  componentOf(await binaryOf(text), {
    remedy: 'build it otherwise',
    ...(adapter === undefined ? {} : { adapter: await binaryOf(adapter) }),
  })

describe('a compiled module', () => {
  test.each([
    ['that imports nothing', module('')],
    ['that imports of the world', module('(import "wasi:random/random@0.2.12" "get-random-u64" (func (result i64)))')],
  ])('%s becomes a component', async (_name, text) => {
    const component = await made(text)
    expect([...component.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])
  })

  test('that is built for preview 1 becomes one by its adapter', async () => {
    const text = module('(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))')
    const adapter = '(module (func (export "sched_yield") (result i32) i32.const 0))'
    expect((await made(text, adapter)).length).toBeGreaterThan(text.length)
    await expect(made(text)).rejects.toMatchObject({
      details: expect.arrayContaining(['module requires an import interface named `wasi_snapshot_preview1`']),
    })
  })

  test.each([
    ['imports what the world does not have', module('(import "env" "magic" (func))'), /env/],
    ['lacks a function of the contract', module('', EXPORTS.slice(1)), /describe/],
    ['has a function of another type', module('', [answer('describe', 3), ...EXPORTS.slice(1)]), /describe/],
  ])('that %s is refused in the words of the tool', async (_name, text, said) => {
    await expect(made(text)).rejects.toMatchObject({
      message: 'the compiled module is no piece',
      details: expect.arrayContaining([expect.stringMatching(said)]),
      remedy: 'build it otherwise',
    })
  })
})
