import { expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { buildProduct } from '../engine/product.ts'
import { parseComponent } from '../linker/component.ts'
import { Programs } from './programs.ts'

const PAGE_BYTES = 65_536

test('of a program under many limits those that are used stay; the one that was not used for longest goes', async () => {
  const component = await pieceComponent()
  const { modules, skeleton, memoryBytes, lasting } = buildProduct(parseComponent(component))
  const programs = new Programs()
  for (const { bytes, ...module } of modules) programs.addModule(module, bytes)
  programs.addProgram(
    { key: 'p', modules: modules.map(({ hash }) => hash), memoryBytes, lasting, seed: '', wantsPicture: false },
    skeleton,
  )
  const isCold = async (pages: number): Promise<boolean> => {
    const { linked, cold } = programs.linked('p', pages * PAGE_BYTES)
    await linked
    return cold
  }
  const cold: boolean[] = []
  for (const pages of [100, 11, 12, 13, 100, 14, 100, 11]) cold.push(await isCold(pages))
  expect(cold).toEqual([true, true, true, true, false, true, false, true])
})
