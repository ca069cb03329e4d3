/** A short soak on every push: nothing is lost or sent twice, and what the server holds does not grow. `npm run proof` is the long one. */
import { expect, test } from 'vitest'
import { drift } from './sample.ts'
import { soak } from './soak.ts'

const SECONDS = 25
/** Until the cells have compiled what they run, and the first garbage was collected. */
const WARM_S = 8

test('a mixed load with bombs', { timeout: 120_000 }, async () => {
  const { samples, unexpected, doubled, lost, sent, answered, rows } = await soak({
    seconds: SECONDS,
    atOnce: 8,
    bombs: true,
  })
  expect(unexpected).toEqual([])
  expect({ doubled, lost }).toEqual({ doubled: 0, lost: 0 })
  expect({ answered, rows }).toEqual({ answered: sent, rows: sent })
  expect(samples.at(-1)).toMatchObject({ running: 0, cells: expect.any(Number) })
  const warm = samples.filter(({ atS }) => atS > WARM_S)
  expect(drift(warm.map(({ supervisorBytes }) => supervisorBytes))).toBeLessThan(0.25)
  expect(drift(warm.map(({ descriptors }) => descriptors))).toBeLessThan(0.25)
})
