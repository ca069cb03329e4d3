/** @module refusals: collects every reason why a module is refused, one sentence a kind. */
import { Refused } from '../errors.ts'
import { hex } from './reader.ts'

const figure = (value: number): string => value.toLocaleString('en-US')

export class Refusals {
  readonly #byKind = new Map<string, { sentence: string; more: number }>()

  get any(): boolean {
    return this.#byKind.size > 0
  }

  /** Keeps the first sentence of a kind and counts the others: a module may hold a million of them. */
  add(kind: string, sentence: string): void {
    const known = this.#byKind.get(kind)
    if (known) known.more++
    else this.#byKind.set(kind, { sentence, more: 0 })
  }

  /** Adds a reason if `value` is over `limit`. */
  cap(value: number, limit: number, place: string, what: string): void {
    if (value > limit)
      this.add(
        what,
        `${place} ${figure(value)} ${what}; at most ${figure(limit)} ${limit === 1 ? 'is' : 'are'} allowed`,
      )
  }

  instruction(place: string, at: number, first: number, second: number, why: string): void {
    const code = first === second ? hex(first) : `${hex(first)} ${hex(second)}`
    this.add(why, `${place} has instruction ${code} at byte ${at}: ${why}`)
  }

  toError(): Refused {
    return new Refused(
      [...this.#byKind.values()].map(({ sentence, more }) =>
        more === 0 ? sentence : `${sentence} (and ${figure(more)} more of this kind)`,
      ),
    )
  }
}
