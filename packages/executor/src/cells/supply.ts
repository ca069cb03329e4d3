/** @module cells/supply: where cells come from: one is started ahead, and those that die at birth are not reborn in a loop. */
import type { Layers } from '../layers.ts'
import type { CellSettings } from '../wire.ts'
import { Births } from './births.ts'
import { type CellEvents, CellProcess, type Loss, type PictureOf } from './process.ts'

export interface SupplyOptions<T> {
  layers: Layers
  settings: CellSettings
  /** Modules that a cell keeps. */
  programBytes: number
  /** Whether one is started ahead. */
  ahead: boolean
  events: CellEvents<T>
  pictureOf: PictureOf
  /** Hears why a process could not even be started. */
  unborn: (error: unknown) => void
}

/** The call at hand comes first. */
const REFILL_MS = 200

export class Supply<T> {
  readonly births = new Births()
  readonly #options: SupplyOptions<T>
  #spare: CellProcess<T> | undefined
  #made = 0
  #closed = false

  constructor(options: SupplyOptions<T>) {
    this.#options = options
  }

  get hasSpare(): boolean {
    return this.#spare !== undefined
  }

  /** Whether the next call that needs a cell need not wait for its birth. */
  get isReady(): boolean {
    return this.#spare?.state === 'ready'
  }

  /** `undefined` while births fail. */
  take(): CellProcess<T> | undefined {
    const spare = this.#spare
    this.#spare = undefined
    if (spare === undefined) return this.births.waitMs > 0 ? undefined : this.#make()
    setTimeout(() => this.refill(), REFILL_MS).unref()
    return spare
  }

  refill(): void {
    if (!this.#options.ahead || this.#closed || this.#spare !== undefined || this.births.waitMs > 0) return
    this.#spare = this.#make()
  }

  lost(cell: CellProcess<T>, loss: Loss): void {
    if (this.#spare === cell) this.#spare = undefined
    if (loss.kind === 'birth') this.births.failed(loss.said === '' ? loss.detail : `${loss.detail}: ${loss.said}`)
  }

  close(): void {
    this.#closed = true
    this.#spare?.stop()
  }

  /** Where the system has no descriptor left for another process, that is a death at birth. */
  #make(): CellProcess<T> | undefined {
    const { layers, settings, programBytes, events, pictureOf, unborn } = this.#options
    try {
      return new CellProcess<T>({ id: ++this.#made, layers, settings, programBytes, events, pictureOf })
    } catch (error) {
      this.births.failed(error instanceof Error ? error.message : String(error))
      unborn(error)
      return undefined
    }
  }
}
