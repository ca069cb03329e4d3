import { expect, test } from 'vitest'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import { product } from '../cells/pieces.ts'
import { innerCell } from './cell.ts'

/** What no rule foresees is played by writing into an instance from the outside. */
const STARTS = { definitions: '(func $start (nop)) (start $start)' }

test('two starts that differ end the keeping of instances', async () => {
  const cell = innerCell()
  const program = await product(STARTS)
  const seen = new Set<Instance>()
  cell.onSlice = (instance) => {
    if (seen.has(instance)) return
    seen.add(instance)
    new Uint8Array(instance.memories[0]!.buffer)[70_000] = seen.size
  }
  await Promise.all([cell.call(program), cell.call(program)])
  expect(cell.unequal).toEqual([expect.stringMatching(/^two starts differ: memory near/)])
  expect(cell.instances.count).toBe(0)
  const calls = [await cell.call(program), await cell.call(program)]
  expect(calls[0]!.instance).not.toBe(calls[1]!.instance)
})

test('a reset that leaves a difference ends it, too', async () => {
  const cell = innerCell()
  const program = await product()
  const { instance } = await cell.call(program)
  expect(cell.instances.count).toBe(1)
  // A global that does not take what it is given.
  Object.defineProperty(instance.globals[0], 'value', { get: () => 7, set: () => {} })
  await cell.call(program)
  expect(cell.unequal).toEqual(['a reset left a difference: mutable global 0'])
  expect(cell.instances.count).toBe(0)
  expect((await cell.call(program)).instance).not.toBe(instance)
})
