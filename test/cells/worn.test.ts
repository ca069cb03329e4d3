/** What programs leave behind in a cell goes with its process: it is replaced while others work, and nobody notices. */
import { expect, it } from 'vitest'
import * as fixtures from './fixtures.ts'
import { job, product } from './pieces.ts'
import { gate, pool, until } from './pool.ts'

/** 32 MB of memory from its first moment. */
const LARGE = { memory: '512' }
/** Soon idle, and looked at every 10 ms. */
const SOON = { programIdleMs: 40, spare: true }

const pids = (cells: { status: { cells: { pid: number | undefined }[] } }) => cells.status.cells.map(({ pid }) => pid)

it('a cell that a large program has left gives way to the spare; the next call is answered by that', async () => {
  const cells = await pool(SOON)
  const small = await product()
  await cells.run(job(await product(LARGE)))
  const before = pids(cells)
  await until(() => cells.status.lost.stopped === 1)
  expect(cells.status.cells).toEqual([])
  expect(await cells.run(job(small))).toMatchObject({ kind: 'output', attempts: 1 })
  expect(pids(cells)).not.toEqual(before)
})

it('its calls end in it, new ones go to its successor at once, though there is one slot', async () => {
  const cells = await pool(SOON)
  const door = gate()
  const reads = await product(fixtures.READS)
  const waiting = cells.run(job(reads, { answers: { 'store.get': door.wait } }))
  await until(() => door.waiting === 1)
  await cells.run(job(await product(LARGE)))
  await until(() => cells.status.cells[0]!.retiring)
  const [old] = pids(cells)
  expect(await cells.run(job(await product()))).toMatchObject({ kind: 'output', attempts: 1 })
  expect(cells.status.cells).toMatchObject([{ pid: old, calls: 1 }, { calls: 0 }])
  door.open()
  expect(await waiting).toMatchObject({ kind: 'output', attempts: 1 })
  expect(pids(cells)).not.toContain(old)
})

it('there is one such cell at a time, and its group still comes first in its own slot', async () => {
  const cells = await pool({ ...SOON, isolation: 'tenant', cells: 2 })
  const door = gate()
  const reads = await product(fixtures.READS)
  const waits = (tenant: string) => cells.run(job(reads, { tenant, answers: { 'store.get': door.wait } }))
  const calls = [waits('a'), waits('b')]
  await until(() => door.waiting === 2)
  for (const tenant of ['a', 'b']) await cells.run(job(await product(LARGE), { tenant }))
  await until(() => cells.status.cells.some(({ retiring }) => retiring) && cells.status.spare)
  await until(() => cells.status.cells.every(({ programs }) => programs === 1))
  expect(cells.status.cells.filter(({ retiring }) => retiring)).toHaveLength(1)
  for (const tenant of ['a', 'b']) calls.push(cells.run(job(await product(), { tenant })))
  expect(await Promise.all(calls.slice(2))).toMatchObject([{ kind: 'output' }, { kind: 'output' }])
  expect(cells.status.cells.length).toBeLessThanOrEqual(3)
  door.open()
  expect(await Promise.all(calls)).toMatchObject(calls.map(() => ({ kind: 'output', attempts: 1 })))
})

it.each([
  ['while none stands ready to follow', LARGE, { programIdleMs: 40 }],
  ['for a program that left little', { memory: '16' }, SOON],
])('a cell stays %s', async (_name, fixture, options) => {
  const cells = await pool(options)
  await cells.run(job(await product(fixture)))
  const before = pids(cells)
  await until(() => cells.status.cells[0]!.programs === 0)
  for (let i = 0; i < 20; i++) await cells.run(job(await product()))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(pids(cells)).toEqual(before)
})
