/** @module bench/cells: calls through a real cell, from the pool to the answer: how many, and at what price. */
import type { Cells } from '../../packages/executor/src/cells.ts'
import * as fixtures from '../cells/fixtures.ts'
import { job, product } from '../cells/pieces.ts'
import { bare, cpuOf, linkFixture } from './bare.ts'
import { type Figure, median } from './figure.ts'
import { cellPid, load, openCells } from './pool.ts'
import { cpuMicros, rssBytes } from './processes.ts'

const KiB = 1024
const WARM_MS = 2_000
const WINDOW_MS = 2_000
const WINDOWS = 7
const WAITING = 1_000

async function throughput(cells: Cells): Promise<Figure[]> {
  const echo = await product()
  await load(cells, echo, { lines: 16, ms: WARM_MS })
  const pid = cellPid(cells)
  const engine = bare(await linkFixture())
  const windows: { perSecond: number; cell: number; ours: number; bare: number }[] = []
  for (let i = 0; i < WINDOWS; i++) {
    const [began, cell, ours] = [performance.now(), cpuMicros(pid), process.cpuUsage()]
    const { length } = await load(cells, echo, { lines: 16, ms: WINDOW_MS })
    const used = process.cpuUsage(ours)
    windows.push({
      perSecond: (length / (performance.now() - began)) * 1000,
      cell: (cpuMicros(pid) - cell) / length,
      ours: (used.user + used.system) / length,
      bare: await cpuOf(engine),
    })
  }
  const alone = await load(cells, echo, { lines: 1, ms: WINDOW_MS })
  const of = (pick: (window: (typeof windows)[number]) => number): number => median(windows.map(pick))
  return [
    { name: 'echo, 16 in flight, one cell', value: of((w) => w.perSecond), unit: 'calls/s', atLeast: 10_000 },
    { name: 'CPU of the cell', value: of((w) => w.cell), unit: 'µs/call', atMost: 110 },
    { name: 'a bare instance and the same calls', value: of((w) => w.bare), unit: 'µs/call' },
    { name: 'CPU of the cell to bare', value: of((w) => w.cell / w.bare), unit: '×', atMost: 2.5 },
    { name: 'CPU of the supervisor', value: of((w) => w.ours), unit: 'µs/call' },
    { name: 'echo, one at a time, p50', value: median(alone) * 1000, unit: 'µs', atMost: 200 },
  ]
}

/** So many calls stand still in the store at once. */
async function waiting(cells: Cells): Promise<Figure[]> {
  const reads = await product(fixtures.READS)
  await load(cells, await product(), { lines: 1, ms: 100 })
  const opened = Promise.withResolvers<object>()
  const all = Promise.withResolvers<void>()
  let asked = 0
  const get = (): Promise<object> => {
    if (++asked === WAITING) all.resolve()
    return opened.promise
  }
  const pid = cellPid(cells)
  const before = rssBytes(pid)
  const began = performance.now()
  const calls = Array.from({ length: WAITING }, () => cells.run(job(reads, { answers: { 'store.get': get } })))
  await all.promise
  const askedMs = performance.now() - began
  const held = rssBytes(pid) - before
  opened.resolve({ found: false })
  const answers = await Promise.all(calls)
  const answered = answers.filter((answer) => answer.kind === 'output').length
  return [
    { name: `of ${WAITING} calls that waited at once, answered`, value: answered, unit: 'calls', atLeast: WAITING },
    { name: 'until the last of them had asked', value: askedMs, unit: 'ms' },
    { name: 'memory of each', value: held / WAITING / KiB, unit: 'KiB' },
  ]
}

export async function bench(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const part of [throughput, waiting]) {
    const cells = await openCells()
    figures.push(...(await part(cells)))
    await cells.close()
  }
  return figures
}
