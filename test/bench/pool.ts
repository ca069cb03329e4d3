/** @module bench/pool: one cell without a server around it, and load for it. */
import { innermost } from '../../packages/executor/src/cells/cpu-time.ts'
import { Cells, type CellsOptions } from '../../packages/executor/src/cells.ts'
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import { job, Outside } from '../cells/pieces.ts'

const MiB = 1024 * 1024
export const SLICE_MS = 5

export const openCells = (more: Partial<CellsOptions> = {}): Promise<Cells> =>
  Cells.start({
    cells: 1,
    memoryBytes: 2048 * MiB,
    isolation: 'shared',
    spare: false,
    sliceMs: SLICE_MS,
    limits: { concurrentPerPiece: 1_000, queued: 1_000, queuedBytes: 256 * MiB },
    ...more,
  })

/** Node itself, behind the walls around it. */
export function cellPid(cells: Cells): number {
  const pid = innermost(cells.status.cells[0]?.pid ?? 0)
  if (pid === undefined) throw new Error('/proc is needed to measure a cell')
  return pid
}

/**
 * Calls one after the other in each of so many lines, until time or number is spent; resolves to each call's milliseconds.
 */
export async function load(
  cells: Cells,
  program: ProgramProduct,
  { lines, ms, calls = Infinity }: { lines: number; ms: number; calls?: number },
): Promise<number[]> {
  const one = job(program)
  const times: number[] = []
  const end = performance.now() + ms
  let begun = 0
  const line = async (): Promise<void> => {
    while (begun < calls) {
      const began = performance.now()
      if (began > end) return
      begun++
      const answer = await cells.run({ ...one, outside: () => new Outside(), deadlineAt: performance.now() + 60_000 })
      if (answer.kind !== 'output') throw new Error(`a call of the bench ended as ${answer.kind}`)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: lines }, line))
  return times
}
