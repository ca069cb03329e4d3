/**
 * @module promise: the global `Promise` of a piece, by the rules of ECMA-262 §27.2. The engine's own promises would settle
 * only after the export has returned; these use the queue that the event loop drains.
 */
// biome-ignore-all lint/complexity/noThisInStatic: a subclass makes promises of its own class (§27.2.4).
import { enqueue } from './jobs.ts'

type Settled = 'pending' | 'fulfilled' | 'rejected'
type Callback = ((value: never) => unknown) | null | undefined

interface Reaction {
  onFulfilled: Callback
  onRejected: Callback
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

interface Capability<T> {
  promise: PiecePromise<T>
  resolve: (value: T | PromiseLike<T>) => void
  reject: (reason?: unknown) => void
}

const unhandled = new Set<PiecePromise<unknown>>()

/** Reasons of promises that were rejected while nobody listened; each is told once. */
export function takeUnhandled(): unknown[] {
  if (unhandled.size === 0) return []
  const reasons = [...unhandled].map((promise) => PiecePromise.reasonOf(promise))
  unhandled.clear()
  return reasons
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

export class PiecePromise<T> implements Promise<T> {
  #state: Settled = 'pending'
  #value: unknown = undefined
  #reactions: Reaction[] = []
  #handled = false

  constructor(executor: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void) {
    if (typeof executor !== 'function') throw new TypeError('Promise resolver is not a function')
    const { resolve, reject } = this.#resolvers()
    try {
      executor(resolve, reject)
    } catch (error) {
      reject(error)
    }
  }

  static reasonOf(promise: PiecePromise<unknown>): unknown {
    return promise.#value
  }

  #resolvers(): { resolve: (value: unknown) => void; reject: (reason?: unknown) => void } {
    let done = false
    const reject = (reason?: unknown) => {
      if (done) return
      done = true
      this.#settle('rejected', reason)
    }
    const resolve = (value: unknown) => {
      if (done) return
      done = true
      if (value === this) return this.#settle('rejected', new TypeError('a promise was resolved with itself'))
      if (!isObject(value)) return this.#settle('fulfilled', value)
      let then: unknown
      try {
        then = (value as { then?: unknown }).then
      } catch (error) {
        return this.#settle('rejected', error)
      }
      if (typeof then !== 'function') return this.#settle('fulfilled', value)
      enqueue(() => {
        const next = this.#resolvers()
        try {
          then.call(value, next.resolve, next.reject)
        } catch (error) {
          next.reject(error)
        }
      })
    }
    return { resolve, reject }
  }

  #settle(state: 'fulfilled' | 'rejected', value: unknown): void {
    this.#state = state
    this.#value = value
    const reactions = this.#reactions
    this.#reactions = []
    if (state === 'rejected' && !this.#handled) unhandled.add(this as PiecePromise<unknown>)
    for (const reaction of reactions) this.#react(reaction)
  }

  #react(reaction: Reaction): void {
    const fulfilled = this.#state === 'fulfilled'
    const value = this.#value
    enqueue(() => {
      const callback = fulfilled ? reaction.onFulfilled : reaction.onRejected
      if (typeof callback !== 'function') return fulfilled ? reaction.resolve(value) : reaction.reject(value)
      let result: unknown
      try {
        result = callback(value as never)
      } catch (error) {
        return reaction.reject(error)
      }
      reaction.resolve(result)
    })
  }

  // biome-ignore lint/suspicious/noThenProperty: this class is the promise.
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PiecePromise<A | B> {
    const species = (this.constructor as { [Symbol.species]?: typeof PiecePromise } | undefined)?.[Symbol.species]
    const next = capability<A | B>(species ?? PiecePromise)
    const reaction = { onFulfilled, onRejected, resolve: next.resolve, reject: next.reject } as Reaction
    this.#handled = true
    unhandled.delete(this as PiecePromise<unknown>)
    if (this.#state === 'pending') this.#reactions.push(reaction)
    else this.#react(reaction)
    return next.promise
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PiecePromise<T | B> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: (() => void) | null): PiecePromise<T> {
    if (typeof onFinally !== 'function') return this.then(onFinally, onFinally)
    return this.then(
      (value) => PiecePromise.resolve(onFinally()).then(() => value),
      (reason) =>
        PiecePromise.resolve(onFinally()).then(() => {
          throw reason
        }),
    )
  }

  get [Symbol.toStringTag](): string {
    return 'Promise'
  }

  static get [Symbol.species](): typeof PiecePromise {
    return this
  }

  static resolve<V>(this: typeof PiecePromise, value?: V | PromiseLike<V>): PiecePromise<Awaited<V>> {
    if (value instanceof PiecePromise && value.constructor === this) return value as PiecePromise<Awaited<V>>
    const next = capability<V>(this)
    next.resolve(value as V)
    return next.promise as PiecePromise<Awaited<V>>
  }

  static reject<V = never>(this: typeof PiecePromise, reason?: unknown): PiecePromise<V> {
    const next = capability<V>(this)
    next.reject(reason)
    return next.promise
  }

  static withResolvers<V>(this: typeof PiecePromise): Capability<V> {
    return capability<V>(this)
  }

  static try<V, A extends unknown[]>(
    this: typeof PiecePromise,
    callback: (...args: A) => V | PromiseLike<V>,
    ...args: A
  ): PiecePromise<Awaited<V>> {
    return new this<V>((resolve) => resolve(callback(...args))) as PiecePromise<Awaited<V>>
  }

  static all(this: typeof PiecePromise, values: Iterable<unknown>): PiecePromise<unknown[]> {
    return collect(this, values, (next, results, done) => [
      (value) => {
        results.value = value
        done()
      },
      next.reject,
    ])
  }

  static allSettled(this: typeof PiecePromise, values: Iterable<unknown>): PiecePromise<unknown[]> {
    return collect(this, values, (_next, results, done) => [
      (value) => {
        results.value = { status: 'fulfilled', value }
        done()
      },
      (reason) => {
        results.value = { status: 'rejected', reason }
        done()
      },
    ])
  }

  static any(this: typeof PiecePromise, values: Iterable<unknown>): PiecePromise<unknown> {
    const next = capability<unknown>(this)
    const errors = collect(this, values, (_next, results, done) => [
      next.resolve,
      (reason) => {
        results.value = reason
        done()
      },
    ])
    errors.then(
      (reasons) => next.reject(new AggregateError(reasons, 'all promises were rejected')),
      (error) => next.reject(error),
    )
    return next.promise
  }

  static race(this: typeof PiecePromise, values: Iterable<unknown>): PiecePromise<unknown> {
    const next = capability<unknown>(this)
    try {
      for (const value of values) this.resolve(value).then(next.resolve, next.reject)
    } catch (error) {
      next.reject(error)
    }
    return next.promise
  }
}

function capability<T>(Class: typeof PiecePromise): Capability<T> {
  let resolve: Capability<T>['resolve'] | undefined
  let reject: Capability<T>['reject'] | undefined
  const promise = new Class<T>((res, rej) => {
    resolve = res
    reject = rej
  })
  if (resolve === undefined || reject === undefined) throw new TypeError('a promise class did not call its executor')
  return { promise, resolve, reject }
}

/** Waits for each value in its place; what a settled value does is the caller's. */
function collect(
  Class: typeof PiecePromise,
  values: Iterable<unknown>,
  reactions: (
    next: Capability<unknown[]>,
    place: { value: unknown },
    done: () => void,
  ) => [(value: unknown) => void, (reason: unknown) => void],
): PiecePromise<unknown[]> {
  const next = capability<unknown[]>(Class)
  const places: { value: unknown }[] = []
  let left = 1
  const done = () => {
    left -= 1
    if (left === 0) next.resolve(places.map((place) => place.value))
  }
  try {
    for (const value of values) {
      const place = { value: undefined as unknown }
      places.push(place)
      left += 1
      const [onFulfilled, onRejected] = reactions(next, place, done)
      Class.resolve(value).then(onFulfilled, onRejected)
    }
    done()
  } catch (error) {
    next.reject(error)
  }
  return next.promise
}

Object.defineProperty(PiecePromise, 'name', { value: 'Promise' })
