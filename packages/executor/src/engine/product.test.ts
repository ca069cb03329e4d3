import { expect, test } from 'vitest'
import { parseComponent } from '../linker/component.ts'
import { fromText } from '../linker/testing.ts'
import { buildProduct } from './product.ts'

/** So many instances of one module; what it defines is the test's. */
async function built(definitions: string, instances: number) {
  const bytes = await fromText(
    `(component (core module $m ${definitions}) ${'(core instance (instantiate $m))'.repeat(instances)})`,
  )
  return buildProduct(parseComponent(bytes))
}

test('the memory of a program is that of all its instances, before it grows', async () => {
  expect((await built('(memory 3)', 16)).memoryBytes).toBe(16 * 3 * 65_536)
  expect((await built('', 100)).memoryBytes).toBe(0)
})

test('a module that a cell would not take once it is metered is refused, with its size', async () => {
  const bytes = await fromText('(component (core module (func (loop (br 0)))) (core module))')
  const component = parseComponent(bytes)
  const large = buildProduct(component).modules[0]!.bytes.length
  expect(large).toBeGreaterThan(component.modules[0]!.length)
  expect(buildProduct(component, large).modules).toHaveLength(2)
  expect(() => buildProduct(component, large - 1)).toThrow(
    `core module 0: the module has ${large} bytes once it is metered; at most ${large - 1} are allowed`,
  )
})

test('more memories than one call may have are refused, however small', async () => {
  await expect(built('(memory 0)', 17)).rejects.toThrow('an instance has 17 memories; at most 16 are allowed')
})
