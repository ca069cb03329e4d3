/** @module cells/births: when another cell may be started. A cell that dies before it is ready is not reborn in a loop. */

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 30_000
const LEAST_MS = 10
/** So many deaths at birth in a row, and calls are refused instead of waiting. */
const GIVE_UP = 3

export class Births {
  #failures = 0
  #notBefore = 0
  #detail = ''

  get failures(): number {
    return this.#failures
  }

  /** Milliseconds until the next try. */
  get waitMs(): number {
    return Math.max(0, this.#notBefore - performance.now())
  }

  /**
   * Milliseconds after which whoever waits for a cell has to look again; `undefined`: the last birth went well, and an event
   * will tell. A wait that has just passed still counts: nothing else tells of it.
   */
  get lookAgainMs(): number | undefined {
    return this.#failures === 0 ? undefined : Math.max(LEAST_MS, this.waitMs)
  }

  /** Whether calls without a cell should be told so. */
  get hopeless(): boolean {
    return this.#failures >= GIVE_UP
  }

  get detail(): string {
    return `${this.#failures} cells in a row ended at birth; the last: ${this.#detail}`
  }

  lived(): void {
    this.#failures = 0
    this.#notBefore = 0
  }

  failed(detail: string): void {
    this.#failures++
    this.#detail = detail
    this.#notBefore = performance.now() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1))
  }
}
