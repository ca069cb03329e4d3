/** @module host/state: what host functions remember about a call, and how they end one. */
import { PieceError } from '../errors.ts'
import type { HostCall } from './call.ts'

/** A place in the call's memory, filled at its first use. */
export function perCall<T>(name: string, make: (call: HostCall) => T): (call: HostCall) => T {
  const key = Symbol(name)
  return (call) => {
    let value = call.memory.get(key) as T | undefined
    if (value === undefined) {
      value = make(call)
      call.memory.set(key, value)
    }
    return value
  }
}

/** The guest broke a rule of the interface that has no error of its own: the component model calls that a trap. */
export function trap(where: string, why: string): never {
  throw new PieceError('AP_TRAPPED', { detail: `${where}: ${why}` })
}

/** Bytes that the host holds for one call; whoever takes gives back. */
export class Budget {
  #left: number
  constructor(bytes: number) {
    this.#left = bytes
  }
  get left(): number {
    return this.#left
  }
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }
  give(bytes: number): void {
    this.#left += bytes
  }
}

/** Waits of a call that are under way. All of them end with the call: a stack that stays suspended is never collected. */
export class Waits {
  readonly #under = new Set<(why: unknown) => void>()
  #why: unknown

  constructor(signal: AbortSignal) {
    if (signal.aborted) this.fail(signal.reason)
    else signal.addEventListener('abort', () => this.fail(signal.reason), { once: true })
  }
  /** Lets go of all waits, and of each that comes later. */
  fail(why: unknown): void {
    this.#why ??= why ?? new Error('the call has ended')
    for (const end of [...this.#under]) end(this.#why)
  }
  get why(): unknown {
    return this.#why
  }
  add(end: (why: unknown) => void): void {
    this.#under.add(end)
  }
  delete(end: (why: unknown) => void): void {
    this.#under.delete(end)
  }
}

export const waits = perCall('waits', (call) => new Waits(call.signal))

/** What a guest has begun and left to the host until it waits; called at each wait. */
export const beforeWait = perCall('before wait', () => new Set<() => void>())
