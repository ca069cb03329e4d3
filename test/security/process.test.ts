import { describe, expect, it } from 'vitest'
import type { CallAnswer } from '../../packages/executor/src/cells.ts'
import * as fixtures from '../cells/fixtures.ts'
import { job, product } from '../cells/pieces.ts'
import { entry, gate, MiB, pool, until } from '../cells/pool.ts'

const code = (answer: CallAnswer): string => (answer.kind === 'error' ? answer.error.code : answer.kind)
/** A cell that is silent for that long and has burnt CPU meanwhile: one large fill takes longer. */
const STRICT = { pingMs: 10, hungMs: 40, silentMs: 5_000 }
const HUGE = { memoryBytes: 512 * MiB }

describe('a cell that is killed from outside', () => {
  it('is replaced: calls without effect run again, those with one are told', async () => {
    const cells = await pool()
    const reading = gate()
    const writing = gate()
    const [reads, writes] = [await product(fixtures.READS), await product(fixtures.WRITES)]
    const harmless = Array.from({ length: 48 }, () => cells.run(job(reads, { answers: { 'store.get': reading.wait } })))
    const effectful = Array.from({ length: 16 }, () =>
      cells.run(job(writes, { answers: { 'store.put': writing.wait } })),
    )
    await until(() => reading.waiting === 48 && writing.waiting === 16)
    process.kill(cells.status.cells[0]!.pid!, 'SIGKILL')
    for (const answer of await Promise.all(effectful)) expect(code(answer)).toBe('AP_CELL_LOST')
    await until(() => reading.waiting === 96)
    reading.open()
    for (const answer of await Promise.all(harmless)) expect(answer).toMatchObject({ kind: 'output', attempts: 2 })
    expect(writing.waiting).toBe(16)
    expect(cells.status).toMatchObject({ lost: { killed: 1 }, reruns: 48, running: 0, quarantined: 0 })
  })

  it('takes each call at most twice more', async () => {
    const cells = await pool()
    const door = gate()
    const answer = cells.run(job(await product(fixtures.READS), { answers: { 'store.get': door.wait } }))
    for (const attempt of [1, 2, 3]) {
      await until(() => door.waiting === attempt)
      process.kill(cells.status.cells[0]!.pid!, 'SIGKILL')
      await until(() => cells.status.lost.killed === attempt)
    }
    expect(await answer).toMatchObject({ attempts: 3, error: { code: 'AP_CELL_LOST', status: 502 } })
  })

  it('gives each attempt an outside of its own, and closes each once', async () => {
    const cells = await pool()
    const door = gate()
    const one = job(await product(fixtures.READS), { answers: { 'store.get': door.wait } })
    const outsides: { closed: number }[] = []
    const made = one.outside
    const answer = cells.run({
      ...one,
      outside: () => {
        const outside = made()
        outsides.push(outside as never)
        return outside
      },
    })
    await until(() => door.waiting === 1)
    process.kill(cells.status.cells[0]!.pid!, 'SIGKILL')
    await until(() => door.waiting === 2)
    door.open()
    expect((await answer).outside).toBe(outsides[1])
    expect(outsides.map((outside) => outside.closed)).toEqual([1, 1])
  })
})

describe('a cell that hangs', () => {
  it('is killed; the marked call is told, the others run again elsewhere, those with effects are told', async () => {
    const cells = await pool({ watchdog: STRICT })
    const reading = gate()
    const [reads, both] = [await product(fixtures.READS), await product(fixtures.WRITES_THEN_READS)]
    const harmless = Array.from({ length: 10 }, () => cells.run(job(reads, { answers: { 'store.get': reading.wait } })))
    const effectful = Array.from({ length: 3 }, () =>
      cells.run(job(both, { answers: { 'store.put': () => ({}), 'store.get': reading.wait } })),
    )
    await until(() => reading.waiting === 13)
    const hog = await cells.run(job(await product(fixtures.BLOCKS), { limits: HUGE }))
    expect(hog).toMatchObject({ error: { code: 'AP_HUNG', fault: 'piece' }, attempts: 1 })
    for (const answer of await Promise.all(effectful)) expect(code(answer)).toBe('AP_CELL_LOST')
    await until(() => reading.waiting === 23)
    reading.open()
    for (const answer of await Promise.all(harmless)) expect(answer).toMatchObject({ kind: 'output', attempts: 2 })
    expect(cells.status).toMatchObject({ lost: { hung: 1 }, quarantined: 1 })
  })

  it('costs its piece the company of others until it has behaved ten times', async () => {
    const cells = await pool({ watchdog: STRICT })
    const echo = await product()
    const blocks = await product(fixtures.BLOCKS)
    const piece = 'moody'
    const tenants = ['a', 'b']
    await cells.run(job(blocks, { piece, tenant: 'a', limits: HUGE }))
    for (const tenant of tenants) expect(code(await cells.run(job(echo, { piece, tenant })))).toBe('output')
    expect(cells.status.cells.map((cell) => cell.group).sort()).toEqual(['everybody', 'quarantine of a'])
    for (let good = 1; good < 10; good++) await cells.run(job(echo, { piece, tenant: 'a' }))
    expect(cells.status.quarantined).toBe(0)
    const before = cells.status.cells.length
    await cells.run(job(echo, { piece, tenant: 'a' }))
    expect(cells.status.cells).toHaveLength(before)
  })

  it('is found by silence alone, where it burns nothing', async () => {
    const cells = await pool({
      watchdog: { pingMs: 10, hungMs: 50, silentMs: 150 },
      cellEntry: entry(`
        import { writeSync } from 'node:fs'
        const ready = Buffer.alloc(20); ready.writeUInt32LE(33, 4)
        writeSync(3, ready)
        setInterval(() => {}, 1000)
      `),
    })
    const answer = await cells.run(job(await product()))
    expect(answer).toMatchObject({ attempts: 3, error: { code: 'AP_CELL_LOST' } })
    expect(cells.status.lost.hung).toBe(3)
  })
})

describe('a cell that crashes', () => {
  it('does not take the marked call again', async () => {
    const cells = await pool({
      cellEntry: entry(`
        import { writeSync } from 'node:fs'
        const ready = Buffer.alloc(20); ready.writeUInt32LE(33, 4)
        writeSync(3, ready)
        const mark = Buffer.alloc(4); mark.writeUInt32LE(1)
        setTimeout(() => { writeSync(4, mark, 0, 4, 0); process.abort() }, 200)
      `),
    })
    const [first, second] = await Promise.all([cells.run(job(await product())), cells.run(job(await product()))])
    expect(first).toMatchObject({ attempts: 1, error: { code: 'AP_CELL_LOST' } })
    expect(second.attempts).toBe(3)
    expect(cells.status.lost.crashed).toBe(3)
  })
})

describe('a cell that fails at birth', () => {
  it('is not reborn in a loop: the call is refused, and so is the next', async () => {
    const cells = await pool({ cellEntry: entry('console.error("no luck"); process.exit(7)') })
    const call = async () => cells.run(job(await product()))
    await expect(call()).rejects.toMatchObject({ code: 'AP_NO_CELL', message: expect.stringContaining('no luck') })
    expect(cells.status).toMatchObject({ ready: false, lost: { birth: 3 }, running: 0, queued: 0 })
    await expect(call()).rejects.toMatchObject({ code: 'AP_NO_CELL', retryAfterMs: expect.any(Number) })
    expect(cells.status.lost.birth).toBe(3)
  })

  it('costs no call when another one lives', async () => {
    const cells = await pool({ spare: true })
    expect(code(await cells.run(job(await product())))).toBe('output')
  })
})
