/** @module cells/quarantine: pieces that cost a cell, per tenant, until they have behaved for a while. */

const GOOD_CALLS = 10
/** The oldest is forgotten beyond that: it would be caught again. */
const MOST = 10_000

export class Quarantine {
  readonly #good = new Map<string, number>()

  get size(): number {
    return this.#good.size
  }

  holds(key: string): boolean {
    return this.#good.has(key)
  }

  bad(key: string): void {
    this.#good.delete(key)
    this.#good.set(key, 0)
    if (this.#good.size > MOST) this.#good.delete(this.#good.keys().next().value!)
  }

  /** A call of it has come back by itself. */
  good(key: string): void {
    const calls = this.#good.get(key)
    if (calls === undefined) return
    if (calls + 1 >= GOOD_CALLS) this.#good.delete(key)
    else this.#good.set(key, calls + 1)
  }
}
