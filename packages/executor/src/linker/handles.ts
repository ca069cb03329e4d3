/** @module handles: the table of resources that one component instance holds, by the numbers that the guest knows. */
import { PieceError } from '../errors.ts'
import { Trap } from './canon.ts'
import type { Resource } from './types.ts'

export const MAX_HANDLES = 10_000

/** Open handles of all tables of one instance: a component may be made of hundreds, each with a table of its own. */
export class OpenHandles {
  count = 0
}

/** The state of a table in which nothing is open: how many numbers it knows, and which comes next. */
export interface HandleNumbers {
  readonly known: number
  readonly free: readonly number[]
}

/** Of a table that was never used; 0 is no handle. */
export const NO_HANDLES: HandleNumbers = { known: 1, free: [] }

interface Entry {
  readonly resource: Resource
  readonly object: object
  readonly own: boolean
  /** Borrows of it by calls that are under way. */
  lends: number
}

const dispose = (object: object): void => (object as Partial<Disposable>)[Symbol.dispose]?.()

export class Handles {
  /** 0 is no handle, so that a guest's zero is always wrong. */
  readonly #entries: (Entry | undefined)[] = [undefined]
  readonly #free: number[] = []
  readonly #lent: Entry[] = []
  readonly #all: OpenHandles
  /** Borrowed handles that the guest was given and must drop before its call returns. */
  borrowed = 0

  constructor(all = new OpenHandles()) {
    this.#all = all
  }

  get open(): number {
    return this.#entries.length - 1 - this.#free.length
  }

  get numbers(): HandleNumbers {
    return { known: this.#entries.length, free: [...this.#free] }
  }

  /** Of a table in which nothing is open. */
  set numbers({ known, free }: HandleNumbers) {
    this.#entries.length = known
    this.#entries.fill(undefined)
    this.#free.length = 0
    this.#free.push(...free)
    this.#lent.length = 0
    this.borrowed = 0
  }

  add(resource: Resource, object: unknown, own = true): number {
    if (typeof object !== 'object' || object === null)
      throw new TypeError(`the host answered with ${object} where a ${resource.name} is due`)
    if (this.#all.count >= MAX_HANDLES)
      throw new PieceError('AP_HANDLES_EXCEEDED', { handles: this.#all.count + 1, limit: MAX_HANDLES })
    this.#all.count++
    const handle = this.#free.pop() ?? this.#entries.length
    this.#entries[handle] = { resource, object, own, lends: 0 }
    if (!own) this.borrowed++
    return handle
  }

  #get(handle: number, resource: Resource): Entry {
    const entry = this.#entries[handle]
    if (!entry) throw new Trap(`unknown handle ${handle} for a ${resource.name}`)
    if (entry.resource !== resource)
      throw new Trap(`handle ${handle} is a ${entry.resource.name} where a ${resource.name} is due`)
    return entry
  }

  #remove(handle: number): void {
    this.#entries[handle] = undefined
    this.#all.count--
    this.#free.push(handle)
  }

  borrow(handle: number, resource: Resource): object {
    const entry = this.#get(handle, resource)
    entry.lends++
    this.#lent.push(entry)
    return entry.object
  }

  take(handle: number, resource: Resource): object {
    const entry = this.#get(handle, resource)
    if (!entry.own) throw new Trap(`handle ${handle} is borrowed: it cannot be given away`)
    if (entry.lends) throw new Trap(`handle ${handle} is given away while it is borrowed`)
    this.#remove(handle)
    return entry.object
  }

  drop(handle: number, resource: Resource): void {
    const entry = this.#get(handle, resource)
    if (entry.lends) throw new Trap(`handle ${handle} is dropped while it is borrowed`)
    this.#remove(handle)
    if (entry.own) dispose(entry.object)
    else this.borrowed--
  }

  /** The border call that borrowed has ended. */
  unlend(): void {
    for (const entry of this.#lent) entry.lends--
    this.#lent.length = 0
  }

  /** Drops what is open; a disposer that throws does not keep the others from being dropped. */
  close(): void {
    const errors: unknown[] = []
    for (const entry of this.#entries) {
      if (!entry?.own) continue
      try {
        dispose(entry.object)
      } catch (error) {
        errors.push(error)
      }
    }
    this.#all.count -= this.open
    this.#entries.length = 1
    this.#free.length = 0
    this.#lent.length = 0
    this.borrowed = 0
    if (errors.length) throw new AggregateError(errors, 'dropping handles failed')
  }
}
