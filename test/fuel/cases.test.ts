import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { FAMILIES } from '../../packages/executor/src/rewrite/opcodes.ts'
import { CASES } from './cases.ts'
import { metered } from './metered.ts'

const HOSTS = [{ grant: 1 }, { grant: 50 }, { grant: 50_000 }, { grant: 1, parks: true }, { grant: 50, parks: true }]

describe('a case of each family of instructions', () => {
  it('is in the table', () => {
    const covered = new Set(Object.values(CASES).flatMap((one) => one.families))
    const permitted = FAMILIES.filter((family) => !family.refused && family.name !== 'prefix').map(({ name }) => name)
    expect([...covered].sort()).toEqual([...permitted].sort())
  })

  it.each(Object.entries(CASES))('%s', async (_, { wat, args = [], result, trap, fuel }) => {
    const module = await parse(`(module ${wat})`)
    for (const host of HOSTS) {
      const one = metered(module, host)
      const call = one.suspending('f', ...args)
      if (trap) await expect(call).rejects.toThrow(trap)
      else expect(await call).toEqual(result)
      if (fuel !== undefined) expect({ host, fuel: one.used }).toEqual({ host, fuel })
      expect(one.parked).toBe(host.parks ? one.ticks : 0)
    }
  })
})
