/** @module bench/cells: calls through real cells: how many, at what price, and who waits for whom. */
import { readFileSync } from 'node:fs'
import { cpuUsage } from 'node:process'
import { innermost } from '../../packages/executor/src/cells/cpu-time.ts'
import { Cells } from '../../packages/executor/src/cells.ts'
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import * as fixtures from '../cells/fixtures.ts'
import { job, Outside, product } from '../cells/pieces.ts'
import type { Figure } from './call.ts'

const MiB = 1024 * 1024
const WINDOW_MS = 2_000
const WINDOWS = 3
const HOGS = 64
const WAITING = 1_000
const FLAT_CALLS = 100_000
const FLAT_MS = 30_000

const open = (): Promise<Cells> =>
  Cells.start({
    cells: 1,
    memoryBytes: 2048 * MiB,
    isolation: 'shared',
    spare: false,
    limits: { concurrentPerPiece: 1_000, queued: 1_000, queuedBytes: 256 * MiB },
  })

/** All threads of the process behind the wrappers, µs. */
function cellCpu(cells: Cells): number {
  const pid = innermost(cells.status.cells[0]!.pid!)
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function rssBytes(cells: Cells): number {
  const pid = innermost(cells.status.cells[0]!.pid!)
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

/** Calls one after the other in each of so many lines, until time or number is spent; answers with each call's time. */
async function load(
  cells: Cells,
  program: ProgramProduct,
  lines: number,
  ms: number,
  most = Infinity,
): Promise<number[]> {
  const one = job(program)
  const times: number[] = []
  const end = performance.now() + ms
  const line = async () => {
    while (performance.now() < end && times.length < most) {
      const began = performance.now()
      const answer = await cells.run({ ...one, outside: () => new Outside(), deadlineAt: Date.now() + 60_000 })
      if (answer.kind !== 'output') throw new Error(`a call of the bench ended as ${answer.kind}`)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: lines }, line))
  return times
}

async function throughput(cells: Cells): Promise<Figure[]> {
  const echo = await product()
  await load(cells, echo, 16, WINDOW_MS / 2)
  const windows: { perSecond: number; cellMicros: number; ourMicros: number }[] = []
  for (let i = 0; i < WINDOWS; i++) {
    const [began, cell, ours] = [performance.now(), cellCpu(cells), cpuUsage()]
    const { length } = await load(cells, echo, 16, WINDOW_MS)
    const used = cpuUsage(ours)
    windows.push({
      perSecond: (length / (performance.now() - began)) * 1000,
      cellMicros: (cellCpu(cells) - cell) / length,
      ourMicros: (used.user + used.system) / length,
    })
  }
  const alone = await load(cells, echo, 1, WINDOW_MS)
  return [
    {
      name: 'echo, 16 in flight, one cell',
      figure: median(windows.map((w) => w.perSecond)),
      unit: 'calls/s',
      target: 10_000,
    },
    { name: 'echo, CPU of the cell', figure: median(windows.map((w) => w.cellMicros)), unit: 'µs/call', target: 110 },
    {
      name: 'echo, CPU of the supervisor',
      figure: median(windows.map((w) => w.ourMicros)),
      unit: 'µs/call',
      target: 15,
    },
    { name: 'echo, one at a time, p50', figure: median(alone), unit: 'ms' },
  ]
}

async function besideHogs(cells: Cells): Promise<Figure[]> {
  const caller = new AbortController()
  const hog = await product(fixtures.LOOPS.action)
  const run = () => cells.run(job(hog, { signal: caller.signal, limits: { cpuMs: 60_000 }, wallMs: 60_000 }))
  const one = run()
  const cpu = cellCpu(cells)
  const times = await load(cells, await product(), 1, WINDOW_MS)
  const cpuMs = (cellCpu(cells) - cpu) / 1000 / times.length
  const hogs = Array.from({ length: HOGS - 1 }, run)
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS * 2))
  caller.abort()
  const shares = (await Promise.all([one, ...hogs])).slice(1).map((answer) => answer.usage.cpuMs)
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  return [
    { name: 'echo beside a hog, p50', figure: median(times), unit: 'ms' },
    // What the cell spent meanwhile: the same on a busy machine.
    { name: 'echo beside a hog, CPU of the cell between answers', figure: cpuMs, unit: 'ms', target: 20 },
    {
      name: `${HOGS - 1} hogs, largest distance from an equal share`,
      figure: Math.max(...shares.map((share) => Math.abs(share / mean - 1))) * 100,
      unit: '%',
      target: 10,
    },
  ]
}

async function waiting(cells: Cells): Promise<Figure[]> {
  const reads = await product(fixtures.READS)
  const opened = Promise.withResolvers<object>()
  const all = Promise.withResolvers<void>()
  let asked = 0
  const get = () => {
    if (++asked === WAITING) all.resolve()
    return opened.promise
  }
  const before = rssBytes(cells)
  const began = performance.now()
  const calls = Array.from({ length: WAITING }, () => cells.run(job(reads, { answers: { 'store.get': get } })))
  await all.promise
  const askedMs = performance.now() - began
  const heldBytes = rssBytes(cells) - before
  opened.resolve({ found: false })
  await Promise.all(calls)
  return [
    { name: `${WAITING} calls wait at once, until the last one asks`, figure: askedMs, unit: 'ms' },
    { name: `${WAITING} calls wait at once, memory of each`, figure: heldBytes / WAITING / 1024, unit: 'KiB' },
  ]
}

async function flat(cells: Cells): Promise<Figure[]> {
  const echo = await product()
  await load(cells, echo, 16, FLAT_MS, FLAT_CALLS / 4)
  const before = rssBytes(cells)
  const { length } = await load(cells, echo, 16, FLAT_MS, FLAT_CALLS)
  return [
    {
      name: `growth of the cell over ${length} calls`,
      figure: (rssBytes(cells) - before) / MiB,
      unit: 'MiB',
      target: 20,
    },
  ]
}

export async function bench(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const part of [throughput, besideHogs, waiting, flat]) {
    const cells = await open()
    await load(cells, await product(), 1, 100)
    figures.push(...(await part(cells)))
    await cells.close()
  }
  return figures
}

if (import.meta.main) console.table(await bench())
