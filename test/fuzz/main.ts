/**
 * `npm run fuzz [-- <part of a name>] [--seconds n]`: every target in turn, each round from another seed, until something is
 * found or it is ended. A finding is told with its seed and its smallest input.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { TARGETS } from './targets.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, seed: { type: 'string' } },
})
const targets = TARGETS.filter(({ name }) => name.includes(positionals[0] ?? ''))
if (targets.length === 0) {
  console.error(`no such target; there are:\n  ${TARGETS.map(({ name }) => name).join('\n  ')}`)
  process.exit(2)
}
const endsAt = values.seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.seconds) * 1_000
const totals = new Map<string, number>()

for (let round = 1; Date.now() < endsAt; round++) {
  for (const { name, property, runs } of targets) {
    const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
    const result = await fc.check((await property()) as fc.IAsyncProperty<unknown>, { seed, numRuns: runs })
    totals.set(name, (totals.get(name) ?? 0) + result.numRuns)
    if (result.failed) {
      console.error(
        `\n${name}: found with --seed ${seed}\n${result.errorInstance}\n${fc.stringify(result.counterexample)}`,
      )
      process.exit(1)
    }
    if (Date.now() >= endsAt) break
  }
  console.log(`round ${round}: ${[...totals].map(([name, count]) => `${name} ${count}`).join(' · ')}`)
}
