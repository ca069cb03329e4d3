/** @module proof/sample: what a server and its cells hold at a moment, and whether a row of moments is flat. */
import { readdirSync } from 'node:fs'
import { cellsOf, residentBytes } from '../break/machine.ts'

export interface Sample {
  atS: number
  supervisorBytes: number
  /** All cells together. */
  cellBytes: number
  descriptors: number
  cells: number
  /** Live calls, as /metrics tells. */
  running: number
  calls: number
  p50Ms: number
  p99Ms: number
}

export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** Zero for a process that has just ended. */
const resident = (pid: number): number => {
  try {
    return residentBytes(pid)
  } catch {
    return 0
  }
}

export function memoryOf(pid: number): Pick<Sample, 'supervisorBytes' | 'cellBytes' | 'descriptors' | 'cells'> {
  const cells = cellsOf(pid)
  return {
    supervisorBytes: resident(pid),
    cellBytes: cells.reduce((sum, cell) => sum + resident(cell), 0),
    descriptors: descriptorsOf(pid),
    cells: cells.length,
  }
}

export const percentile = (values: readonly number[], part: number): number =>
  values.length === 0
    ? 0
    : values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!

/** How far a row drifts: the mean of its last third over that of its first, less one. Garbage comes and goes in between. */
export function drift(values: readonly number[]): number {
  const third = Math.max(1, Math.floor(values.length / 3))
  const mean = (part: readonly number[]) => part.reduce((sum, one) => sum + one, 0) / part.length
  return mean(values.slice(-third)) / mean(values.slice(0, third)) - 1
}
