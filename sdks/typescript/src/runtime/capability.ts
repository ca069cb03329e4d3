/** @module capability: promises of any class, made and waited for through what that class shows (ECMA-262 §27.2.1.5, §27.2.4). */
import type { PiecePromise } from './promise.ts'

type Class = typeof PiecePromise

export interface Capability<T> {
  promise: PiecePromise<T>
  resolve: (value: T | PromiseLike<T>) => void
  reject: (reason?: unknown) => void
}

/** A promise of the class, and what settles it (§27.2.1.5). */
export function capability<T>(Class: Class): Capability<T> {
  let resolve: Capability<T>['resolve'] | undefined
  let reject: Capability<T>['reject'] | undefined
  const promise = new Class<T>((first, second) => {
    if (resolve !== undefined || reject !== undefined) throw new TypeError('a promise class called its executor twice')
    resolve = first
    reject = second
  })
  if (typeof resolve !== 'function' || typeof reject !== 'function')
    throw new TypeError('a promise class did not hand resolving functions to its executor')
  return { promise, resolve, reject }
}

type Reactions = [onFulfilled: (value: unknown) => void, onRejected: (reason: unknown) => void]

/**
 * Waits for all values. `reactions` says what each does: `keep` takes what becomes of it, once. `finish` is called when
 * something is kept of every value.
 */
export function collect<T>(
  Class: Class,
  values: Iterable<unknown>,
  reactions: (next: Capability<T>, keep: (result: unknown) => void) => Reactions,
  finish: (next: Capability<T>, results: unknown[]) => void,
): PiecePromise<T> {
  const next = capability<T>(Class)
  const results: unknown[] = []
  let left = 1
  const done = () => {
    left -= 1
    if (left === 0) finish(next, results)
  }
  try {
    const { resolve } = Class
    if (typeof resolve !== 'function') throw new TypeError('a promise class has no function resolve')
    for (const value of values) {
      const index = results.push(undefined) - 1
      left += 1
      let kept = false
      const keep = (result: unknown) => {
        if (kept) return
        kept = true
        results[index] = result
        done()
      }
      const [onFulfilled, onRejected] = reactions(next, keep)
      resolve.call(Class, value).then(onFulfilled, onRejected)
    }
    done()
  } catch (error) {
    next.reject(error)
  }
  return next.promise
}
