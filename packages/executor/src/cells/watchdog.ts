/** @module cells/watchdog: the outer fence. Fuel stops an ordinary runaway; what fuel cannot see is a cell that falls silent. */
import type { CellProcess } from './process.ts'

export interface WatchdogOptions {
  pingMs: number
  /** Silence of a cell that burns CPU meanwhile. */
  hungMs: number
  /** Silence, whatever it does. */
  silentMs: number
}

export const WATCHDOG: WatchdogOptions = { pingMs: 50, hungMs: 250, silentMs: 5_000 }

/**
 * What a hung cell has burnt at least, as part of `hungMs`; less is the machine's fault: a large program's first load takes
 * 100 ms of CPU in one go, and a neighbour of the same core doubles that.
 */
const BURNT = 0.9

export class Watchdog<T> {
  readonly #options: WatchdogOptions
  readonly #cells: () => Iterable<CellProcess<T>>
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0

  constructor(options: WatchdogOptions, cells: () => Iterable<CellProcess<T>>) {
    this.#options = options
    this.#cells = cells
  }

  /** Looks on while there is a busy cell. */
  wake(): void {
    if (this.#timer !== undefined) return
    this.#lookedAt = performance.now()
    this.#timer = setInterval(() => this.#look(), this.#options.pingMs)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    const late = now - this.#lookedAt - this.#options.pingMs
    this.#lookedAt = now
    let busy = false
    for (const cell of this.#cells()) {
      if (cell.calls.size === 0 || cell.state !== 'ready') continue
      busy = true
      // Pongs that came while this process itself was held up are not read yet.
      if (late > this.#options.pingMs) cell.forgive(late)
      if (cell.silentMs(now) === 0) cell.ping(now)
      // Timers run before sockets are read: the verdict waits for what has arrived.
      else if (this.#isHung(cell, now)) setImmediate(() => this.#judge(cell))
    }
    if (!busy) this.close()
  }

  #isHung(cell: CellProcess<T>, now: number): boolean {
    const silentMs = cell.silentMs(now)
    if (silentMs < this.#options.hungMs) return false
    if (silentMs >= this.#options.silentMs) return true
    const burnt = cell.burntMs()
    return burnt === undefined ? silentMs >= this.#options.hungMs * 4 : burnt >= this.#options.hungMs * BURNT
  }

  #judge(cell: CellProcess<T>): void {
    const now = performance.now()
    if (cell.state !== 'ready' || !this.#isHung(cell, now)) return
    const silentMs = Math.round(cell.silentMs(now))
    cell.kill('hung', `silent for ${silentMs} ms`, silentMs)
  }
}
