/**
 * @module attack: a hostile piece and its nearest permitted twin, each run beside neighbours in one cell: the first meets
 * what the case says, the second is answered, and nobody else notices either.
 */
import { expect, it } from 'vitest'
import { residentBytes } from '../break/machine.ts'
import { type JobOptions, job, product } from '../cells/pieces.ts'
import { MiB, pool } from '../cells/pool.ts'
import type { Fixture } from '../fixture.ts'

export interface Attack {
  hostile: Fixture
  /** Of both. */
  options?: JobOptions
  kind?: 'describe' | 'trigger' | 'resolve'
  meets: object
  /** What the hostile piece may use. */
  cpuMsBelow?: number
  permitted: Fixture
}

/** What a cell may take for one call beyond the memory of its instance, whatever the call does. */
const HOST_BYTES = 300 * MiB
/** A machine that does other things adds to the CPU of a call: the least of so many tries counts. */
const TRIES = 3

export function attacks(cases: Readonly<Record<string, Attack>>): void {
  it.each(Object.entries(cases))('%s', async (_, { hostile, options = {}, kind, meets, cpuMsBelow, permitted }) => {
    const cells = await pool()
    const echo = await product()
    const of = async (fixture: Fixture) => {
      const one = job(await product(fixture), options)
      if (kind === 'describe') return { ...one, work: { kind } as const }
      const name = 'echo'
      if (kind === 'trigger') return { ...one, work: { ...one.work, kind, name, hook: 'run' } as typeof one.work }
      return kind ? { ...one, work: { ...one.work, kind, name } as typeof one.work } : one
    }
    expect(await cells.run(job(echo))).toMatchObject({ kind: 'output' })
    const [cell] = cells.status.cells
    const before = residentBytes(cell!.pid!)
    const refused = cells.run(await of(hostile))
    const neighbours = Array.from({ length: 8 }, () => cells.run(job(echo)))
    const answer = await refused
    expect(answer).toMatchObject(meets)
    for (const neighbour of neighbours) expect(await neighbour).toMatchObject({ kind: 'output', attempts: 1 })
    if (cpuMsBelow !== undefined) {
      const used = [answer.usage.cpuMs]
      while (Math.min(...used) >= cpuMsBelow && used.length < TRIES)
        used.push((await cells.run(await of(hostile))).usage.cpuMs)
      expect(Math.min(...used)).toBeLessThan(cpuMsBelow)
    }
    expect(residentBytes(cell!.pid!) - before).toBeLessThan(HOST_BYTES)
    expect(await cells.run(await of(permitted))).toMatchObject({ kind: 'output', attempts: 1 })
    expect(cells.status.cells.map(({ pid }) => pid)).toEqual([cell!.pid])
    expect(Object.values(cells.status.lost).every((count) => count === 0)).toBe(true)
  })
}
