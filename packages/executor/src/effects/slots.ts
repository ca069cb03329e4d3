/** @module effects/slots: at most so many at once, the rest in the order in which they came. */

export class Slots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Runs `start` now or when a slot is free. What is returned gives the slot, or the place in the queue, back. */
  take(start: () => void): () => void {
    let held = false
    const run = () => {
      held = true
      start()
    }
    if (this.#free > 0) {
      this.#free--
      run()
    } else this.#waiting.add(run)
    let given = false
    return () => {
      if (given) return
      given = true
      if (held) this.#pass()
      else this.#waiting.delete(run)
    }
  }

  #pass(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
