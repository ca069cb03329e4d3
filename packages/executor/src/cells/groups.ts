/**
 * @module cells/groups: who shares a cell. A trust group is a tenant, or everybody; a piece that hung runs in its tenant's
 * quarantine until it behaves. Groups share a number of slots; beyond it the least recently used group gives way.
 */
import type { CellProcess } from './process.ts'

export interface Group<T> {
  readonly key: string
  readonly quarantine: boolean
  readonly cells: Set<CellProcess<T>>
  usedAt: number
}

/** Quarantine has a slot of its own, so that a piece that hangs does not take turns with those that behave. */
const QUARANTINE_SLOTS = 1
/** So many calls on the emptiest cell of a group, and it gets another while slots are free. */
const CROWDED = 4

export class Groups<T> {
  readonly #slots: number
  readonly #callsPerCell: number
  readonly #highWaterBytes: number
  readonly #groups = new Map<string, Group<T>>()

  constructor(options: { slots: number; callsPerCell: number; highWaterBytes: number }) {
    this.#slots = options.slots
    this.#callsPerCell = options.callsPerCell
    this.#highWaterBytes = options.highWaterBytes
  }

  get size(): number {
    return this.#groups.size
  }

  *cells(): Generator<[CellProcess<T>, Group<T>]> {
    for (const group of this.#groups.values()) for (const cell of group.cells) yield [cell, group]
  }

  group(key: string, quarantine: boolean): Group<T> {
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { key, quarantine, cells: new Set(), usedAt: performance.now() }
      this.#groups.set(key, group)
    }
    return group
  }

  forget(cell: CellProcess<T>): void {
    for (const group of this.#groups.values())
      if (group.cells.delete(cell) && group.cells.size === 0) this.#groups.delete(group.key)
  }

  /**
   * A worn cell takes no new calls and ends with its last one; the next cell of its group need not wait for that. One at a
   * time, so that there is never more than one process on top.
   */
  replaceWorn(): void {
    const all = [...this.cells()].map(([cell]) => cell)
    if (all.some((cell) => cell.replaced)) return
    const worn = all.find((cell) => cell.loaded.worn && !cell.retiring)
    if (worn === undefined) return
    if (worn.calls.size === 0) worn.stop()
    else worn.retiring = worn.replaced = true
  }

  /** The cell with the fewest calls that takes another one. `start` makes one where a slot is free. */
  pick(group: Group<T>, start: () => CellProcess<T> | undefined): CellProcess<T> | undefined {
    group.usedAt = performance.now()
    let best: CellProcess<T> | undefined
    for (const cell of group.cells) {
      if (cell.retiring || cell.calls.size >= this.#callsPerCell || cell.waitingBytes > this.#highWaterBytes) continue
      if (best === undefined || cell.calls.size < best.calls.size) best = cell
    }
    if (best !== undefined && best.calls.size < CROWDED) return best
    const more = this.#hasSlot(group, best === undefined) ? start() : undefined
    if (more !== undefined) group.cells.add(more)
    else if (group.cells.size === 0) this.#groups.delete(group.key)
    return more ?? best
  }

  #hasSlot(group: Group<T>, needed: boolean): boolean {
    const slots = group.quarantine ? QUARANTINE_SLOTS : this.#slots
    const rivals = [...this.#groups.values()].filter((one) => one.quarantine === group.quarantine)
    const taken = rivals.reduce((sum, one) => sum + standing(one).length, 0)
    if (taken < slots) return true
    // Another group gives way only for one that has no cell at all.
    if (!needed || standing(group).length > 0) return false
    return this.#giveWay(rivals.filter((one) => one !== group)) && this.#hasSlot(group, false)
  }

  /** True if a slot became free at once; else a cell retires, and its end frees the slot. */
  #giveWay(rivals: Group<T>[]): boolean {
    rivals.sort((a, b) => a.usedAt - b.usedAt)
    for (const rival of rivals)
      for (const cell of standing(rival))
        if (cell.calls.size === 0) {
          cell.stop()
          return true
        }
    if (rivals.some((rival) => standing(rival).some((cell) => cell.retiring))) return false
    const rich =
      rivals.find((rival) => standing(rival).length > 1) ?? rivals.find((rival) => standing(rival).length > 0)
    let emptiest: CellProcess<T> | undefined
    for (const cell of rich === undefined ? [] : standing(rich))
      if (cell.calls.size < (emptiest?.calls.size ?? Infinity)) emptiest = cell
    if (emptiest !== undefined) emptiest.retiring = true
    return false
  }
}

/** Cells that have a slot. */
const standing = <T>({ cells }: Group<T>): CellProcess<T>[] => [...cells].filter((cell) => !cell.replaced)
