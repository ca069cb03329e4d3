/** @module cells/status: what readiness, metrics and the log are told of the cells. */
import type { Layer } from '../layers.ts'
import type { Group } from './groups.ts'
import type { CellProcess, LossKind } from './process.ts'

export interface CellStatus {
  id: number
  pid: number | undefined
  group: string
  state: 'starting' | 'ready' | 'lost'
  retiring: boolean
  calls: number
  programs: number
  programBytes: number
  /** Linear memories, as of its last sign of life. */
  memoryBytes: number
}

export interface CellsStatus {
  /** Takes calls: not draining, and cells can be started. */
  ready: boolean
  draining: boolean
  layers: readonly Layer[]
  cells: CellStatus[]
  spare: boolean
  groups: number
  running: number
  queued: number
  queuedBytes: number
  /** Cells that ended, by how. */
  lost: Readonly<Record<LossKind, number>>
  /** Calls that were run again because their cell was lost. */
  reruns: number
  quarantined: number
  /** Programs that an instance of was not what it had to be. */
  unequal: number
}

export const noLosses = (): Record<LossKind, number> => ({
  birth: 0,
  hung: 0,
  malformed: 0,
  stuck: 0,
  crashed: 0,
  killed: 0,
  stopped: 0,
})

export const cellStatus = <T>(cell: CellProcess<T>, group: Group<T>): CellStatus => ({
  id: cell.id,
  pid: cell.pid,
  group: group.key,
  state: cell.state,
  retiring: cell.retiring,
  calls: cell.calls.size,
  programs: cell.loaded.programs,
  programBytes: cell.loaded.bytes,
  memoryBytes: cell.memoryBytes,
})
