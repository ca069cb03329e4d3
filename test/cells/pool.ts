/** @module pool: cells for a test, closed after it, with the layers of this machine probed once. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { Cells, type CellsOptions } from '../../packages/executor/src/cells.ts'
import { type Layers, probeLayers } from '../../packages/executor/src/layers.ts'

export const MiB = 1024 * 1024
export const CELL_ENTRY = fileURLToPath(new URL('../../packages/executor/dist/cell.js', import.meta.url))

let probed: Promise<Layers> | undefined

async function layersOf(entry: string, memoryBytes: number): Promise<Layers> {
  if (entry === CELL_ENTRY && memoryBytes === 2048 * MiB) {
    probed ??= probeLayers({ entry, memoryBytes, calls: 1_000 })
    return probed
  }
  const layers = await probeLayers({ entry, memoryBytes, calls: 1_000 })
  onTestFinished(() => layers.close())
  return layers
}

export async function pool(options: Partial<CellsOptions> = {}): Promise<Cells> {
  const memoryBytes = options.memoryBytes ?? 2048 * MiB
  const cells = await Cells.start({
    cells: 1,
    memoryBytes,
    isolation: 'shared',
    spare: false,
    compareEvery: 1,
    limits: { concurrentPerPiece: 1_000, queued: 1_000, queuedBytes: 256 * MiB },
    layers: await layersOf(options.cellEntry ?? CELL_ENTRY, memoryBytes),
    ...options,
  })
  onTestFinished(() => cells.close())
  return cells
}

/** A script that stands in for the cell, where another user can read it. */
export function entry(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-entry-'))
  chmodSync(folder, 0o755)
  const path = join(folder, 'cell.mjs')
  writeFileSync(path, source)
  chmodSync(path, 0o644)
  return path
}

/** Waits for a state of the pool; the bound is the test's own time limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Something that others wait for, and that the test lets happen. */
export function gate(): { wait: () => Promise<object>; open: () => void; waiting: number } {
  const opened = Promise.withResolvers<object>()
  const one = {
    waiting: 0,
    wait: () => {
      one.waiting++
      return opened.promise
    },
    open: () => opened.resolve({ found: false }),
  }
  return one
}
