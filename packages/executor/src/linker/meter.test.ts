import { expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { GRANT } from './meter.ts'
import { Scheduler } from './scheduler.ts'
import { instanceOf, programOf } from './testing.ts'

const WORK = `(local $n i32) (local.set $n (i32.const 1000000))
  (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`

/** Looks at a clock that goes on by so much with each. */
async function looks(stepMs: number): Promise<{ looks: number; fuel: number }> {
  let count = 0
  const scheduler = new Scheduler({ sliceMs: Infinity, cpuMs: () => ++count * stepMs })
  const instance = instanceOf(programOf(await pieceComponent({ action: WORK })), { scheduler })
  await instance.start()
  const before = count
  await instance.invoke('action', ['echo', new Uint8Array(2)])
  return { looks: count - before, fuel: instance.usage.fuel }
}

test.each([
  ['that is quick, every eighth refill', 0.01, 8],
  ['that is slow, such as a loop of throws, with each', 3, 1],
])('code is looked at by its speed: %s', async (_, stepMs, refills) => {
  const { looks: seen, fuel } = await looks(stepMs)
  const expected = fuel / (GRANT * refills)
  // Slices begin and end with one, too.
  expect(seen).toBeGreaterThan(expected)
  expect(seen).toBeLessThan(expected + 8)
})
