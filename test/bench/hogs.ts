/** @module bench/hogs: a call that never ends by itself beside calls that do: who waits for whom, and for how long. */
import type { CallAnswer, Cells } from '../../packages/executor/src/cells.ts'
import * as fixtures from '../cells/fixtures.ts'
import { job, product } from '../cells/pieces.ts'
import { type Figure, quantile } from './figure.ts'
import { load, openCells, SLICE_MS } from './pool.ts'

const WARM_MS = 1_000
const WINDOW_MS = 5_000
const LIMIT_MS = 1_000
const HOGS = 64
const LONG_MS = 60_000

const killed = (cells: Cells): number =>
  Object.values(cells.status.lost).reduce((sum, count) => sum + count, 0) - cells.status.lost.stopped

async function beside(cells: Cells): Promise<Figure[]> {
  const echo = await product()
  const hog = await product(fixtures.LOOPS.action)
  await load(cells, echo, { lines: 1, ms: WARM_MS })
  const alone = await load(cells, echo, { lines: 4, ms: WINDOW_MS })
  const caller = new AbortController()
  const hogging = cells.run(job(hog, { signal: caller.signal, limits: { cpuMs: LONG_MS }, wallMs: LONG_MS }))
  const together = await load(cells, echo, { lines: 4, ms: WINDOW_MS })
  caller.abort()
  await hogging
  const extra = quantile(together, 0.99) - quantile(alone, 0.99)
  return [
    { name: 'echo, p99', value: quantile(alone, 0.99), unit: 'ms' },
    { name: 'echo beside a hog, p99', value: quantile(together, 0.99), unit: 'ms' },
    { name: 'what the hog adds to it, in slices', value: extra / SLICE_MS, unit: 'slices', atMost: 3 },
  ]
}

async function ends(cells: Cells): Promise<Figure[]> {
  const answer = await cells.run(
    job(await product(fixtures.LOOPS.action), { limits: { cpuMs: LIMIT_MS }, wallMs: LONG_MS }),
  )
  const code = answer.kind === 'error' ? answer.error.code : answer.kind
  if (code !== 'AP_CPU_EXCEEDED') throw new Error(`the hog ended with ${code}`)
  return [{ name: `CPU of a hog beyond its cpuMs`, value: answer.usage.cpuMs - LIMIT_MS, unit: 'ms', atMost: 20 }]
}

/** Of the slices of each: all began before the first is counted, and are counted at one moment. */
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
