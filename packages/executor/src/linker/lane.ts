/** @module lane: a queue: what came first is first taken, unless it is put in front. */

/** Empty places at the front that are kept before the rest is moved up. */
const GAP = 1024

export class Lane<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  pushFront(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item
    else this.#items.unshift(item)
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head++]
    if (this.#head === this.#items.length || this.#head > GAP) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
