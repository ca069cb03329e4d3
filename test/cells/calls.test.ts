import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { CallAnswer } from '../../packages/executor/src/cells.ts'
import type { Fixture } from '../fixture.ts'
import * as fixtures from './fixtures.ts'
import { type JobOptions, job, Outside, product, text } from './pieces.ts'
import { MiB, pool } from './pool.ts'

const code = (answer: CallAnswer): string => (answer.kind === 'error' ? answer.error.code : answer.kind)

describe('a call', () => {
  it('is answered with its output, its usage and a closed outside', async () => {
    const cells = await pool()
    const outside = new Outside()
    const answer = await cells.run(job(await product(), { input: '{"a":1}', outside: () => outside }))
    expect(answer).toMatchObject({ kind: 'output', attempts: 1 })
    expect(answer.kind === 'output' && text(answer.bytes)).toBe('{"a":1}')
    expect(answer.usage).toMatchObject({ fuelModel: 1, memoryPeakBytes: 2 * 65_536, coldStart: true })
    expect(answer.usage.fuel).toBeGreaterThan(0)
    expect(answer.usage.cpuMs).toBeGreaterThan(0)
    expect(outside.closed).toBe(1)
    expect((await cells.run(job(await product()))).usage.coldStart).toBe(false)
  })

  it('describes without init', async () => {
    const cells = await pool()
    const one = job(await product({ init: 'unreachable' }))
    const answer = await cells.run({ ...one, work: { kind: 'describe' } })
    expect(answer.kind === 'output' && JSON.parse(text(answer.bytes))).toMatchObject({ contract: '0.1' })
  })

  it('ends no sooner and no later where the clock of the machine is set meanwhile', async () => {
    const cells = await pool()
    const now = Date.now()
    const clock = vi.spyOn(Date, 'now')
    onTestFinished(() => clock.mockRestore())
    const answers = job(await product())
    clock.mockReturnValue(now + 3_600_000)
    expect(code(await cells.run(answers))).toBe('output')
    const loops = job(await product(fixtures.LOOPS.action), { wallMs: 300 })
    clock.mockReturnValue(now)
    expect(code(await cells.run(loops))).toBe('AP_WALL_EXCEEDED')
  })

  it('ends alone where its outside cannot be made; the pool goes on', async () => {
    const cells = await pool()
    const broken = () => {
      throw new Error('no outside')
    }
    await expect(cells.run(job(await product(), { outside: broken }))).rejects.toMatchObject({ code: 'AP_INTERNAL' })
    expect(cells.status).toMatchObject({ running: 0, queued: 0 })
    expect(code(await cells.run(job(await product())))).toBe('output')
    await cells.drain()
  })

  it('carries a payload of megabytes both ways', async () => {
    const cells = await pool()
    const input = JSON.stringify('x'.repeat(5 * MiB))
    const answer = await cells.run(job(await product(), { input }))
    expect(answer.kind === 'output' && text(answer.bytes) === input).toBe(true)
  })

  const ENDS: { name: string; fixture: Fixture; options?: JobOptions; end: object }[] = [
    {
      name: 'a failure',
      fixture: fixtures.FAILS,
      end: { kind: 'failure', failure: { code: 'not_found', message: 'not_found' } },
    },
    { name: 'a failure of init', fixture: fixtures.FAILS_AT_INIT, end: { failure: { code: 'bad_config' } } },
    {
      name: 'a failure with detail',
      fixture: fixtures.FAILS_WITH('{"id":7}'),
      end: { failure: { code: 'busy', retryAfterMs: 1500, detail: { id: 7 } } },
    },
    {
      name: 'a failure whose detail is no JSON',
      fixture: fixtures.FAILS_WITH('{"id":'),
      end: { error: { code: 'AP_OUTPUT_INVALID' } },
    },
    { name: 'a trap', fixture: fixtures.TRAPS, end: { error: { code: 'AP_TRAPPED' } } },
    {
      name: 'a trap below names of megabytes',
      fixture: fixtures.TRAPS_BELOW_NAMES,
      end: { attempts: 1, error: { code: 'AP_TRAPPED', message: expect.stringMatching(/^unreachable in n{200} < /) } },
    },
    {
      name: 'a trap with a word on stderr',
      fixture: fixtures.COMPLAINS,
      end: { error: { code: 'AP_TRAPPED', message: expect.stringContaining('panicked at main.rs:7') } },
    },
    { name: 'an endless recursion', fixture: fixtures.RECURSES, end: { error: { code: 'AP_TRAPPED' } } },
    { name: 'an exit', fixture: fixtures.EXITS, end: { error: { code: 'AP_EXITED' } } },
    {
      name: 'an output over its limit',
      fixture: {},
      options: { limits: { outputBytes: 3 } },
      end: { error: { code: 'AP_OUTPUT_TOO_LARGE' } },
    },
    {
      name: 'a memory that begins over its limit',
      fixture: { memory: '20' },
      options: { limits: { memoryBytes: 16 * 65_536 } },
      end: { error: { code: 'AP_MEMORY_EXCEEDED' } },
    },
    {
      name: 'a loop in action, by CPU',
      fixture: fixtures.LOOPS.action,
      options: { limits: { cpuMs: 50 } },
      end: { error: { code: 'AP_CPU_EXCEEDED' } },
    },
    {
      name: 'a loop in action, by fuel',
      fixture: fixtures.LOOPS.action,
      options: { limits: { fuel: 1e6 } },
      end: { error: { code: 'AP_FUEL_EXCEEDED' } },
    },
    {
      name: 'a loop in init',
      fixture: fixtures.LOOPS.init,
      options: { limits: { cpuMs: 50 } },
      end: { error: { code: 'AP_CPU_EXCEEDED' } },
    },
    {
      name: 'a loop in start',
      fixture: fixtures.LOOPS.start,
      options: { limits: { startFuel: 1e6 } },
      end: { error: { code: 'AP_START_EXCEEDED' } },
    },
    { name: 'a loop in realloc', fixture: fixtures.LOOPS.realloc, end: { error: { code: 'AP_REALLOC_EXCEEDED' } } },
    { name: 'a loop in post-return', fixture: fixtures.LOOPS.post, end: { error: { code: 'AP_REALLOC_EXCEEDED' } } },
    {
      name: 'a loop until its deadline',
      fixture: fixtures.LOOPS.action,
      options: { wallMs: 100 },
      end: { error: { code: 'AP_WALL_EXCEEDED' } },
    },
  ]
  it.each(ENDS)('ends as $name, its neighbours answered and no process lost', async ({ fixture, options, end }) => {
    const cells = await pool()
    const echo = await product()
    const first = cells.run(job(await product(fixture), options))
    const neighbours = Array.from({ length: 8 }, () => cells.run(job(echo)))
    expect(await first).toMatchObject(end)
    for (const neighbour of neighbours) expect(await neighbour).toMatchObject({ kind: 'output', attempts: 1 })
    expect(cells.status.cells).toHaveLength(1)
    expect(Object.values(cells.status.lost).every((count) => count === 0)).toBe(true)
  })
})

describe('a fixed run', () => {
  const seed = (digit: string) => digit.repeat(64)
  it('draws the same numbers from the same seed', async () => {
    const cells = await pool()
    const draws = await product(fixtures.DRAWS)
    const run = async (digit: string) => {
      const answer = await cells.run(job(draws, { fixed: { clockStart: 1e12, seed: seed(digit) } }))
      return answer.kind === 'output' && Buffer.from(answer.bytes).toString('hex')
    }
    const first = await run('a')
    expect(await run('a')).toBe(first)
    expect(await run('b')).not.toBe(first)
  })

  it('does not wait for its sleeps, and tells what its clock was read as', async () => {
    const cells = await pool()
    const sleeps = await product(fixtures.SLEEPS)
    const fixed = { clockStart: 1e12, seed: seed('a') }
    const answer = await cells.run(job(sleeps, { fixed, wallMs: 5_000 }))
    expect(answer).toMatchObject({ kind: 'output', clockStart: 1e12, clockReads: [0, 3_600_000] })
    const fed = await cells.run(job(sleeps, { fixed: { ...fixed, clockReads: [5, 9_000_000] } }))
    expect(fed).toMatchObject({ kind: 'output', clockReads: [5, 9_000_000] })
  })

  it('is recorded live: seed and reads repeat it', async () => {
    const cells = await pool()
    const draws = await product(fixtures.DRAWS)
    const live = await cells.run(job(draws, { record: { seed: seed('c') } }))
    const again = await cells.run(job(draws, { fixed: { clockStart: live.clockStart!, seed: seed('c') } }))
    expect(live.kind === 'output' && live.bytes).toEqual(again.kind === 'output' && again.bytes)
    expect((await cells.run(job(draws))).clockReads).toBeUndefined()
  })
})
