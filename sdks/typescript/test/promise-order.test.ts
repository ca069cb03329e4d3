/** @module promise-order: each step of a program comes between the same jobs as with the promises of the engine that runs the test. */
// biome-ignore-all lint/suspicious/noThenProperty: thenables are what is tested.
// biome-ignore-all lint/correctness/useYield: an async function need not wait.
import { afterEach, expect, test } from 'vitest'
import { runAsync } from '../src/runtime/async.ts'
import { drain } from '../src/runtime/jobs.ts'
import { PiecePromise, takeUnhandled } from '../src/runtime/promise.ts'

afterEach(() => {
  drain()
  takeUnhandled()
})

const thenable = (value: unknown): PromiseLike<unknown> =>
  ({ then: (resolve: (value: unknown) => void) => resolve(value) }) as PromiseLike<unknown>

type Log = (word: string) => void
type Generated = () => Generator<unknown, unknown, unknown>
/** What runs a program's async functions, written as the build writes them: `yield` is `await`. */
type Async = (body: Generated) => Promise<unknown>

const own: Async = (body) => runAsync(undefined, [], body)
const engines: Async = async (body) => {
  const steps = body()
  let step = steps.next()
  while (!step.done) {
    let value: unknown
    try {
      value = await step.value
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(value)
  }
  return step.value
}

/** Jobs between which the steps of a program are seen. */
const clock = (P: PromiseConstructor, log: Log, ticks = 12) => {
  let promise: Promise<unknown> = P.resolve()
  for (let n = 1; n <= ticks; n++) promise = promise.then(() => log(String(n)))
}
const shown = (log: Log, name: string) =>
  [(value: unknown) => log(`${name}=${value}`), (error: unknown) => log(`${name}!${error}`)] as const

/** Programs whose steps come in the same order, and between the same jobs, as with the engine's own promises. */
const programs: [string, (P: PromiseConstructor, async: Async, log: Log) => void][] = [
  ['a promise resolved with a value', (P, _, log) => P.resolve(1).then(...shown(log, 'a'))],
  ['a promise resolved with a promise', (P, _, log) => new P((ok) => ok(P.resolve(1))).then(...shown(log, 'a'))],
  [
    'a promise resolved with one that is rejected',
    (P, _, log) => new P((ok) => ok(P.reject(1))).then(...shown(log, 'a')),
  ],
  ['a promise resolved with a thenable', (P, _, log) => P.resolve(thenable(1)).then(...shown(log, 'a'))],
  [
    'a promise resolved with one of a subclass',
    (P, _, log) => {
      class Mine<T> extends P<T> {}
      new P((ok) => ok(Mine.resolve(1))).then(...shown(log, 'a'))
    },
  ],
  [
    'a promise resolved with one whose then is its own',
    (P, _, log) => {
      const odd = P.resolve(1)
      odd.then = ((ok: (value: number) => void) => ok(2)) as never
      new P((ok) => ok(odd)).then(...shown(log, 'a'))
    },
  ],
  [
    'a promise that waits for one that waits',
    (P, _, log) => {
      const { promise, resolve } = P.withResolvers<unknown>()
      const outer = new P((ok) => ok(promise))
      outer.then(...shown(log, 'outer'))
      promise.then(...shown(log, 'inner'))
      P.resolve().then(() => resolve(P.resolve(1)))
    },
  ],
  [
    'three listeners of one promise',
    (P, _, log) => {
      const { promise, resolve } = P.withResolvers<number>()
      for (const name of ['a', 'b', 'c']) promise.then(...shown(log, name))
      resolve(1)
      promise.then(...shown(log, 'late'))
    },
  ],
  [
    'then that returns a promise',
    (P, _, log) =>
      P.resolve()
        .then(() => P.resolve(1))
        .then(...shown(log, 'a')),
  ],
  [
    'then that throws',
    (P, _, log) =>
      P.resolve()
        .then(() => {
          throw 1
        })
        .then(...shown(log, 'a')),
  ],
  [
    'finally',
    (P, _, log) =>
      P.resolve(1)
        .finally(() => log('f'))
        .then(...shown(log, 'a')),
  ],
  [
    'finally that waits',
    (P, _, log) =>
      P.reject(1)
        .finally(() => P.resolve(2) as never)
        .then(...shown(log, 'a')),
  ],
  [
    'all, race and any',
    (P, _, log) => {
      P.all([1, P.resolve(2), thenable(3)]).then(...shown(log, 'all'))
      P.race([P.resolve(1), 2]).then(...shown(log, 'race'))
      P.any([P.reject(1), P.resolve(2)]).then(...shown(log, 'any'))
    },
  ],
  [
    'an async function that returns',
    (_P, run, log) =>
      run(function* () {
        log('in')
        return 1
      }).then(...shown(log, 'a')),
  ],
  [
    'an async function that throws',
    (_P, run, log) =>
      run(function* () {
        throw 1
      }).then(...shown(log, 'a')),
  ],
  [
    'an async function that returns a promise',
    (P, run, log) =>
      run(function* () {
        return P.resolve(1)
      }).then(...shown(log, 'a')),
  ],
  [
    'await of a value',
    (_P, run, log) =>
      run(function* () {
        log(String(yield 1))
        log(String(yield 2))
      }).then(...shown(log, 'a')),
  ],
  [
    'await of promises',
    (P, run, log) =>
      run(function* () {
        log(String(yield P.resolve(1)))
        log(String(yield P.resolve(2)))
      }).then(...shown(log, 'a')),
  ],
  [
    'await of a thenable',
    (_P, run, log) =>
      run(function* () {
        log(String(yield thenable(1)))
      }).then(...shown(log, 'a')),
  ],
  [
    'await of a rejection that is caught',
    (P, run, log) =>
      run(function* () {
        try {
          yield P.reject(1)
        } catch (error) {
          log(`caught ${error}`)
        }
        return yield 2
      }).then(...shown(log, 'a')),
  ],
  [
    'await of a rejection',
    (P, run, log) =>
      run(function* () {
        yield P.reject(1)
      }).then(...shown(log, 'a')),
  ],
  [
    'await of what throws when it is asked',
    (_P, run, log) =>
      run(function* () {
        try {
          yield {
            get then() {
              throw 1
            },
          }
        } catch (error) {
          log(`caught ${error}`)
        }
      }).then(...shown(log, 'a')),
  ],
  [
    'async functions in each other',
    (P, run, log) =>
      run(function* () {
        const [a, b] = (yield P.all(
          [1, 2].map((n) =>
            run(function* () {
              log(`in ${n}`)
              yield
              log(`on ${n}`)
              return n
            }),
          ),
        )) as number[]
        return a! + b!
      }).then(...shown(log, 'a')),
  ],
]

test.each(programs)('%s: step by step as the engine', async (_name, program) => {
  const expected: string[] = []
  program(Promise, engines, (word) => expected.push(word))
  clock(Promise, (word) => expected.push(word))
  await new Promise((resolve) => setImmediate(resolve))
  const seen: string[] = []
  program(PiecePromise as never, own, (word) => seen.push(word))
  clock(PiecePromise as never, (word) => seen.push(word))
  drain()
  expect(seen).toEqual(expected)
  expect(seen.length).toBeGreaterThan(12)
})
