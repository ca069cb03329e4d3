/**
 * @module promise: the global `Promise` of a piece, by the rules of ECMA-262 §27.2. The engine's own promises would settle
 * only after the export has returned; these use the queue that the event loop drains.
 *
 * Each property, private field and closure that is made costs about 1,000, 1,800 and 3,000 instructions in the engine:
 * where no code of a piece can tell, promises are settled and heard without any.
 */
// biome-ignore-all lint/complexity/noThisInStatic: a subclass makes promises of its own class (§27.2.4).
import { type Capability, capability, collect } from './capability.ts'
import { enqueue } from './jobs.ts'

type Callback = ((value: never) => unknown) | null | undefined
type Class = typeof PiecePromise

/** Who waits for a promise; told in a job of its own. */
export interface Listener {
  fulfilled(value: unknown): void
  rejected(reason: unknown): void
}

/** In place of an executor: `resolvePromise` and `rejectPromise` will settle it. */
const NOBODY = (): void => {}

const unhandled = new Set<PiecePromise<unknown>>()

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

// What needs the fields of a promise; the class defines it.
let settle: (promise: PiecePromise<unknown>, state: 'fulfilled' | 'rejected', value: unknown) => void
let isPromise: (value: object) => boolean
let reasonOf: (promise: PiecePromise<unknown>) => unknown
/** Tells the listener what becomes of the promise, which counts as handled from now on. */
export let listen: (promise: PiecePromise<unknown>, listener: Listener) => void

export class PiecePromise<T> implements Promise<T> {
  #state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  /** The value or the reason. While it is pending its listeners: none, one, or a list. */
  #value: unknown = undefined

  static {
    isPromise = (value) => #state in value
    reasonOf = (promise) => promise.#value
    const tell = (listener: Listener, promise: PiecePromise<unknown>) => {
      if (promise.#state === 'fulfilled') listener.fulfilled(promise.#value)
      else listener.rejected(promise.#value)
    }
    settle = (promise, state, value) => {
      const listeners = promise.#value as Listener | Listener[] | undefined
      promise.#state = state
      promise.#value = value
      if (listeners === undefined) {
        if (state === 'rejected') unhandled.add(promise)
      } else if (Array.isArray(listeners)) {
        for (const listener of listeners) enqueue(tell, listener, promise)
      } else enqueue(tell, listeners, promise)
    }
    listen = (promise, listener) => {
      if (promise.#state === 'pending') {
        const listeners = promise.#value as Listener | Listener[] | undefined
        if (Array.isArray(listeners)) listeners.push(listener)
        else promise.#value = listeners === undefined ? listener : [listeners, listener]
      } else {
        if (promise.#state === 'rejected') unhandled.delete(promise)
        enqueue(tell, listener, promise)
      }
    }
  }

  constructor(executor: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void) {
    if (executor === NOBODY) return
    if (typeof executor !== 'function') throw new TypeError('Promise resolver is not a function')
    execute(this, executor)
  }

  // biome-ignore lint/suspicious/noThenProperty: this class is the promise.
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PiecePromise<A | B> {
    const Species = speciesOf(this)
    if (Species === PiecePromise) {
      const next = unsettled<A | B>()
      listen(this, new Reaction(onFulfilled, onRejected, next))
      return next
    }
    const next = capability<A | B>(Species)
    listen(this, new Reaction(onFulfilled, onRejected, next as Capability<unknown>))
    return next.promise
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): PiecePromise<T | B> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: (() => void) | null): PiecePromise<T> {
    if (typeof onFinally !== 'function') return this.then(onFinally, onFinally)
    const Species = speciesOf(this)
    return this.then(
      (value) => Species.resolve(onFinally()).then(() => value),
      (reason) =>
        Species.resolve(onFinally()).then(() => {
          throw reason
        }),
    )
  }

  get [Symbol.toStringTag](): string {
    return 'Promise'
  }

  static get [Symbol.species](): Class {
    return this
  }

  static resolve<V>(this: Class, value?: V | PromiseLike<V>): PiecePromise<Awaited<V>> {
    if (isObject(value) && isPromise(value) && value.constructor === this) return value as PiecePromise<Awaited<V>>
    if (this === PiecePromise) {
      const promise = unsettled<Awaited<V>>()
      resolvePromise(promise, value)
      return promise
    }
    const next = capability<V>(this)
    next.resolve(value as V)
    return next.promise as PiecePromise<Awaited<V>>
  }

  static reject<V = never>(this: Class, reason?: unknown): PiecePromise<V> {
    const next = capability<V>(this)
    next.reject(reason)
    return next.promise
  }

  static withResolvers<V>(this: Class): Capability<V> {
    return capability<V>(this)
  }

  static try<V, A extends unknown[]>(
    this: Class,
    callback: (...args: A) => V | PromiseLike<V>,
    ...args: A
  ): PiecePromise<Awaited<V>> {
    return new this<V>((resolve) => resolve(callback(...args))) as PiecePromise<Awaited<V>>
  }

  static all(this: Class, values: Iterable<unknown>): PiecePromise<unknown[]> {
    return collect<unknown[]>(
      this,
      values,
      (next, keep) => [keep, next.reject],
      (next, results) => next.resolve(results),
    )
  }

  static allSettled(this: Class, values: Iterable<unknown>): PiecePromise<unknown[]> {
    return collect<unknown[]>(
      this,
      values,
      (_next, keep) => [
        (value) => keep({ status: 'fulfilled', value }),
        (reason) => keep({ status: 'rejected', reason }),
      ],
      (next, results) => next.resolve(results),
    )
  }

  static any(this: Class, values: Iterable<unknown>): PiecePromise<unknown> {
    return collect(
      this,
      values,
      (next, keep) => [next.resolve, keep],
      (next, reasons) => next.reject(new AggregateError(reasons, 'all promises were rejected')),
    )
  }

  static race(this: Class, values: Iterable<unknown>): PiecePromise<unknown> {
    return collect(
      this,
      values,
      (next) => [next.resolve, next.reject],
      () => {},
    )
  }
}

Object.defineProperty(PiecePromise, 'name', { value: 'Promise' })

const { then: OWN_THEN } = PiecePromise.prototype

/** A promise that the runtime settles. */
export const unsettled = <T>(): PiecePromise<T> => new PiecePromise<T>(NOBODY)

export function rejectPromise(promise: PiecePromise<unknown>, reason: unknown): void {
  settle(promise, 'rejected', reason)
}

/** What the resolving function of a promise does (§27.2.1.3.2). */
export function resolvePromise(promise: PiecePromise<unknown>, value: unknown): void {
  if (!isObject(value)) settle(promise, 'fulfilled', value)
  else if (value === promise) settle(promise, 'rejected', new TypeError('a promise was resolved with itself'))
  else {
    let then: unknown
    try {
      then = (value as { then?: unknown }).then
    } catch (error) {
      rejectPromise(promise, error)
      return
    }
    if (typeof then === 'function') follow(promise, value, then as PromiseLike<unknown>['then'])
    else settle(promise, 'fulfilled', value)
  }
}

/** In a job, asks what the thenable becomes. */
function follow(promise: PiecePromise<unknown>, value: object, then: PromiseLike<unknown>['then']): void {
  // The `then` of this class would tell resolving functions of this promise what the follower is told.
  if (then === OWN_THEN && isPromise(value) && value.constructor === PiecePromise)
    enqueue(listen, value as PiecePromise<unknown>, new Follower(promise))
  else enqueue(execute<unknown>, promise, (resolve, reject) => then.call(value, resolve, reject))
}

/** Hands a promise's resolving functions to the executor; the first one that is called counts. */
function execute<T>(
  promise: PiecePromise<T>,
  executor: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void,
): void {
  let done = false
  const reject = (reason?: unknown) => {
    if (done) return
    done = true
    settle(promise, 'rejected', reason)
  }
  const resolve = (value: unknown) => {
    if (done) return
    done = true
    resolvePromise(promise, value)
  }
  try {
    executor(resolve, reject)
  } catch (error) {
    reject(error)
  }
}

/** A promise that was resolved with another: it becomes what that one becomes. */
class Follower implements Listener {
  readonly promise: PiecePromise<unknown>

  constructor(promise: PiecePromise<unknown>) {
    this.promise = promise
  }

  fulfilled(value: unknown): void {
    resolvePromise(this.promise, value)
  }

  rejected(reason: unknown): void {
    rejectPromise(this.promise, reason)
  }
}

/** What settles the promise that `then` returns: itself, or the capability of another class. */
type Next = PiecePromise<unknown> | Capability<unknown>

/** What `then` was given. */
class Reaction implements Listener {
  readonly onFulfilled: Callback
  readonly onRejected: Callback
  readonly next: Next

  constructor(onFulfilled: Callback, onRejected: Callback, next: Next) {
    this.onFulfilled = onFulfilled
    this.onRejected = onRejected
    this.next = next
  }

  fulfilled(value: unknown): void {
    if (typeof this.onFulfilled === 'function') callInto(this.next, this.onFulfilled, value)
    else resolveNext(this.next, value)
  }

  rejected(reason: unknown): void {
    if (typeof this.onRejected === 'function') callInto(this.next, this.onRejected, reason)
    else rejectNext(this.next, reason)
  }
}

function callInto(next: Next, callback: (value: never) => unknown, value: unknown): void {
  let result: unknown
  try {
    result = callback(value as never)
  } catch (error) {
    rejectNext(next, error)
    return
  }
  resolveNext(next, result)
}

function resolveNext(next: Next, value: unknown): void {
  if (isPromise(next)) resolvePromise(next as PiecePromise<unknown>, value)
  else (next as Capability<unknown>).resolve(value)
}

function rejectNext(next: Next, reason: unknown): void {
  if (isPromise(next)) rejectPromise(next as PiecePromise<unknown>, reason)
  else (next as Capability<unknown>).reject(reason)
}

/** The class of promises that are made from this one (§7.3.22). */
function speciesOf(promise: PiecePromise<unknown>): Class {
  const { constructor: Own } = promise as { constructor?: unknown }
  if (Own === undefined) return PiecePromise
  if (!isObject(Own)) throw new TypeError('the constructor of a promise is no object')
  return (Own as { [Symbol.species]?: Class | null })[Symbol.species] ?? PiecePromise
}

/** Tells the listener what a value becomes, as `await` waits for it; throws what asking the value throws. */
export function awaitValue(value: unknown, listener: Listener): void {
  if (isObject(value)) listen(PiecePromise.resolve(value), listener)
  else enqueue(tellFulfilled, listener, value)
}

const tellFulfilled = (listener: Listener, value: unknown): void => listener.fulfilled(value)

/** Reasons of promises that were rejected while nobody listened; each is told once. */
export function takeUnhandled(): unknown[] {
  if (unhandled.size === 0) return NONE
  const reasons = [...unhandled].map(reasonOf)
  unhandled.clear()
  return reasons
}

const NONE: never[] = []
