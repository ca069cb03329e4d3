/** @module bench/memory: what stays behind: after many calls of one piece, and after one call of many pieces. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cells } from '../../packages/executor/src/cells.ts'
import { buildProduct } from '../../packages/executor/src/engine/product.ts'
import { Engine } from '../../packages/executor/src/engine.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { job, product } from '../cells/pieces.ts'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { type Figure, median } from './figure.ts'
import { cellPid, load, openCells } from './pool.ts'
import { descendantsOf, pssBytes, rssBytes } from './processes.ts'

const MiB = 1024 * 1024
/** The heaps reach their size. */
const WARM_CALLS = 100_000
const CALLS = 100_000
const PARTS = 20
const PIECES = 1_000
const IDLE_MS = 60_000
const LONG_MS = 600_000

/** The last quarter of so many calls against the first. */
async function flat(cells: Cells): Promise<Figure[]> {
  const echo = await product()
  await load(cells, echo, { lines: 16, ms: LONG_MS, calls: WARM_CALLS })
  const [cell, ours]: [number[], number[]] = [[], []]
  for (let part = 0; part < PARTS; part++) {
    await load(cells, echo, { lines: 16, ms: LONG_MS, calls: CALLS / PARTS })
    cell.push(rssBytes(cellPid(cells)))
    ours.push(rssBytes(process.pid))
  }
  const grown = (sizes: number[]): number => (median(sizes.slice(-PARTS / 4)) - median(sizes.slice(0, PARTS / 4))) / MiB
  return [
    { name: `growth of the cell over ${CALLS / 1_000},000 calls`, value: grown(cell), unit: 'MiB', atMost: 10 },
    { name: 'growth of the supervisor', value: grown(ours), unit: 'MiB', atMost: 10 },
    { name: 'the cell after them', value: cell.at(-1)! / MiB, unit: 'MiB' },
  ]
}

const AUTHOR = 'No. 000000'

/** Each has a module and a skeleton of its own: they differ in six digits of their description. */
async function smallPieces(): Promise<Uint8Array[]> {
  const one = await pieceComponent({ description: { ...DESCRIPTION, authors: [AUTHOR] } })
  const at = Buffer.from(one).indexOf(AUTHOR) + AUTHOR.length - 6
  return Array.from({ length: PIECES }, (_, i) => {
    const bytes = one.slice()
    bytes.set(Buffer.from(String(i).padStart(6, '0')), at)
    return bytes
  })
}

const allPss = (): number => [process.pid, ...descendantsOf(process.pid)].reduce((sum, pid) => sum + pssBytes(pid), 0)

/** Their cell goes on with other calls, as one of a busy server does: else it would be stopped, and all be free. */
async function idle(cells: Cells): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-bench-'))
  const engine = await Engine.open({ folder, diskBytes: 1024 * MiB, memoryBytes: 512 * MiB })
  const digests: string[] = []
  for (const piece of await smallPieces()) {
    const digest = `sha256:${createHash('sha256').update(piece).digest('hex')}`
    await engine.keep(digest, buildProduct(parseComponent(piece)))
    digests.push(digest)
  }
  await engine.close()
  const cold = await Engine.open({ folder, diskBytes: 1024 * MiB, memoryBytes: 512 * MiB })
  const echo = await product()
  await load(cells, echo, { lines: 16, ms: LONG_MS, calls: WARM_CALLS / 10 })
  global.gc?.()
  const before = allPss()
  for (const digest of digests) {
    const program = await cold.product(digest, () => Promise.reject(new Error('it is on disk')))
    const answer = await cells.run(job(program))
    if (answer.kind !== 'output') throw new Error(`a call of the bench ended as ${answer.kind}`)
  }
  const called = allPss()
  const end = performance.now() + IDLE_MS
  while (performance.now() < end) {
    await load(cells, echo, { lines: 1, ms: LONG_MS, calls: 5 })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const after = allPss()
  const { programs } = cells.status.cells[0]!
  await cold.close()
  rmSync(folder, { recursive: true, force: true })
  const each = (bytes: number): number => (bytes - before) / MiB / PIECES
  return [
    { name: `${PIECES} pieces called once: memory of each right after`, value: each(called), unit: 'MiB' },
    { name: 'a minute later, their cell still at work', value: each(after), unit: 'MiB', atMost: 0.2 },
    { name: 'of them still loaded in the cell', value: programs - 1, unit: 'pieces' },
  ]
}

export async function bench(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const part of [flat, idle]) {
    const cells = await openCells()
    figures.push(...(await part(cells)))
    await cells.close()
  }
  return figures
}
