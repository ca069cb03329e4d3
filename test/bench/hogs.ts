/** @module bench/hogs: a call that never ends by itself beside calls that do: who waits for whom, and for how long. */
import { mainThreadCpuMs } from '../../packages/executor/src/cells/cpu-time.ts'
import type { CallAnswer, Cells } from '../../packages/executor/src/cells.ts'
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import * as fixtures from '../cells/fixtures.ts'
import { job, product } from '../cells/pieces.ts'
import { type Figure, quantile } from './figure.ts'
import { cellPid, load, openCells, SLICE_MS } from './pool.ts'

const WARM_MS = 1_000
const WINDOW_MS = 5_000
const LIMIT_MS = 1_000
const HOGS = 64
const LONG_MS = 60_000

const killed = (cells: Cells): number =>
  Object.values(cells.status.lost).reduce((sum, count) => sum + count, 0) - cells.status.lost.stopped

interface Neighbour {
  ms: number
  /** What its cell spent from question to answer, for whomever: on a busy machine as on an idle one. */
  cellMs: number
}

async function neighbours(cells: Cells, echo: ProgramProduct): Promise<Neighbour[]> {
  const pid = cellPid(cells)
  const calls: Neighbour[] = []
  const end = performance.now() + WINDOW_MS
  while (performance.now() < end) {
    const [began, cpuMs] = [performance.now(), spentMs(pid)]
    const answer = await cells.run(job(echo))
    if (answer.kind !== 'output') throw new Error(`a neighbour's call ended as ${answer.kind}`)
    calls.push({ ms: performance.now() - began, cellMs: spentMs(pid) - cpuMs })
  }
  return calls
}

const spentMs = (pid: number): number => mainThreadCpuMs(pid) ?? Number.NaN

async function beside(cells: Cells): Promise<Figure[]> {
  const echo = await product()
  const hog = await product(fixtures.LOOPS.action)
  await load(cells, echo, { lines: 1, ms: WARM_MS })
  const alone = await neighbours(cells, echo)
  const caller = new AbortController()
  const hogging = cells.run(job(hog, { signal: caller.signal, limits: { cpuMs: LONG_MS }, wallMs: LONG_MS }))
  const together = await neighbours(cells, echo)
  caller.abort()
  await hogging
  const p99 = (calls: Neighbour[], of: keyof Neighbour): number =>
    quantile(
      calls.map((call) => call[of]),
      0.99,
    )
  const extra = p99(together, 'cellMs') - p99(alone, 'cellMs')
  return [
    { name: 'echo, p99', value: p99(alone, 'ms'), unit: 'ms' },
    { name: 'echo beside a hog, p99', value: p99(together, 'ms'), unit: 'ms' },
    { name: 'CPU of the cell before it answers: p99 beside a hog', value: p99(together, 'cellMs'), unit: 'ms' },
    { name: 'that above the same without a hog', value: extra / SLICE_MS, unit: 'slices', atMost: 3 },
  ]
}

async function ends(cells: Cells): Promise<Figure[]> {
  const hog = await product(fixtures.LOOPS.action)
  const pid = cellPid(cells)
  const before = spentMs(pid)
  const answer = await cells.run(job(hog, { limits: { cpuMs: LIMIT_MS }, wallMs: LONG_MS }))
  const spent = spentMs(pid) - before
  const code = answer.kind === 'error' ? answer.error.code : answer.kind
  if (code !== 'AP_CPU_EXCEEDED') throw new Error(`the hog ended with ${code}`)
  return [{ name: 'CPU of a hog beyond its cpuMs, by the kernel', value: spent - LIMIT_MS, unit: 'ms', atMost: 20 }]
}

/** After some forty slices each. */
async function share(cells: Cells): Promise<Figure[]> {
  const hog = await product(fixtures.LOOPS.action)
  const caller = new AbortController()
  const calls = Array.from({ length: HOGS }, () =>
    cells.run(job(hog, { signal: caller.signal, limits: { cpuMs: LONG_MS }, wallMs: LONG_MS })),
  )
  await new Promise((resolve) => setTimeout(resolve, HOGS * SLICE_MS * 40))
  caller.abort()
  const answers: CallAnswer[] = await Promise.all(calls)
  const shares = answers.map((answer) => answer.usage.cpuMs)
  const mean = shares.reduce((sum, cpuMs) => sum + cpuMs, 0) / shares.length
  const furthest = Math.max(...shares.map((cpuMs) => Math.abs(cpuMs / mean - 1)))
  return [
    { name: `${HOGS} hogs, furthest from an equal share of CPU`, value: furthest * 100, unit: '%', atMost: 10 },
    { name: `processes killed meanwhile`, value: killed(cells), unit: '', atMost: 0 },
  ]
}

export async function bench(): Promise<Figure[]> {
  const cells = await openCells()
  const figures: Figure[] = []
  for (const part of [beside, ends, share]) figures.push(...(await part(cells)))
  await cells.close()
  return figures
}
