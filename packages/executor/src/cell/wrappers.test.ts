import { expect, test } from 'vitest'
import { REFERENCE } from '../generated/reference.ts'
import { WORLD } from '../host/index.ts'
import { parseComponent } from '../linker/component.ts'
import { layoutOf, MAX_FLAT_PARAMS, sequence } from '../linker/layout.ts'
import { withoutVersion } from '../linker/types.ts'
import { makeWrappers, WAITING } from './wrappers.ts'

/** `ili`, and the result behind a colon where it is no place in memory. */
function coreTypes(): string[] {
  const found = new Set<string>()
  for (const { name, functions } of parseComponent(REFERENCE).imports)
    for (const [key, { params, result }] of functions) {
      if (!WORLD[withoutVersion(name)]?.[key]?.waits) continue
      const { flat } = sequence(params.map(({ type }) => type))
      const answer = result ? layoutOf(result).flat : []
      const core = [...(flat.length > MAX_FLAT_PARAMS ? ['i32'] : flat), ...(answer.length > 1 ? ['i32'] : [])]
      const letters = core.map((one) => (one === 'i64' ? 'l' : one === 'i32' ? 'i' : one)).join('')
      found.add(answer.length === 1 ? `${letters}:${answer[0]}` : letters)
    }
  return [...found].sort()
}

test('there is one for each type of function of the world that waits', () => {
  expect([...WAITING].sort()).toEqual(coreTypes())
  expect(makeWrappers).not.toThrow()
})
