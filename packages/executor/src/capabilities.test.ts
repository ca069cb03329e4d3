import { expect, test } from 'vitest'
import { CAPABILITIES } from './capabilities.ts'
import { REFERENCE } from './generated/reference.ts'
import { WORLD } from './host/index.ts'
import { parseComponent } from './linker/component.ts'
import { withoutVersion } from './linker/types.ts'

const reference = parseComponent(REFERENCE).imports

test('the table, the host and the reference name the same interfaces', () => {
  const table = Object.keys(CAPABILITIES).sort()
  expect(Object.keys(WORLD).sort()).toEqual(table)
  expect(reference.map((one) => withoutVersion(one.name)).sort()).toEqual(table)
})

test.each(reference)('the host has every function of $name', ({ name, functions }) => {
  const host = WORLD[withoutVersion(name)]!
  expect(Object.keys(host).sort()).toEqual([...functions.keys()].sort())
})
