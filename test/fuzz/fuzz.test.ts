/** Each target for a fixed number of runs from a fixed seed; `npm run fuzz` goes on without end and with others. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Refused } from '../../packages/executor/src/errors.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { TARGETS } from './targets.ts'

/** Of a push: the same inputs each time, so that a failure is the change's. */
const SEED = 20_261_130

it.each(TARGETS.map((target) => [target.name, target] as const))(
  '%s',
  { timeout: 120_000 },
  async (_, { property, runs, came }) => {
    const result = await fc.check((await property()) as fc.IAsyncProperty<unknown>, { seed: SEED, numRuns: runs })
    expect(
      result.failed ? `${result.errorInstance}\n${fc.stringify(result.counterexample)}` : undefined,
    ).toBeUndefined()
    expect(result.numRuns).toBe(runs)
    if (came) expect(came.through).toBeGreaterThan(runs / 10)
  },
)

it('sections of nothing but the largest integers are refused', () => {
  const largest = [0xff, 0xff, 0xff, 0xff, 0x0f]
  for (let id = 0; id < 16; id++)
    for (const size of [[5], largest]) {
      const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, id, ...size, ...largest])
      expect(() => rewrite(bytes, { memoryBytes: 65_536 })).toThrow(Refused)
    }
})
