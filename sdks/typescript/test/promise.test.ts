// biome-ignore-all lint/suspicious/noThenProperty: thenables are tested too.
import { afterEach, describe, expect, test } from 'vitest'
import { runAsync } from '../src/runtime/async.ts'
import { drain, enqueue, guarded, reportUncaughtTo } from '../src/runtime/jobs.ts'
import { PiecePromise, takeUnhandled } from '../src/runtime/promise.ts'

afterEach(() => {
  drain()
  takeUnhandled()
})

/** What a promise has become after every job has run. */
function outcome(promise: PromiseLike<unknown>): unknown {
  let seen: unknown = 'pending'
  promise.then(
    (value) => {
      seen = { value }
    },
    (reason) => {
      seen = { reason }
    },
  )
  drain()
  return seen
}

const rejected = (reason: unknown) => PiecePromise.reject(reason)
const never = new PiecePromise<never>(() => {})
const thenable = (value: unknown): PromiseLike<unknown> =>
  ({ then: (resolve: (value: unknown) => void) => resolve(value) }) as PromiseLike<unknown>

test.each<[string, () => PromiseLike<unknown>, unknown]>([
  ['resolve of a value', () => PiecePromise.resolve(1), { value: 1 }],
  ['resolve of a promise', () => PiecePromise.resolve(PiecePromise.resolve(1)), { value: 1 }],
  ['resolve of a thenable', () => PiecePromise.resolve(thenable(2)), { value: 2 }],
  [
    'a thenable that throws',
    () =>
      PiecePromise.resolve(
        Object.defineProperty({}, 'then', {
          get: () => {
            throw 3
          },
        }),
      ),
    { reason: 3 },
  ],
  ['reject', () => rejected(1), { reason: 1 }],
  [
    'an executor that throws',
    () =>
      new PiecePromise(() => {
        throw 4
      }),
    { reason: 4 },
  ],
  [
    'the first settlement counts',
    () =>
      new PiecePromise((ok, no) => {
        ok(1)
        no(2)
        ok(3)
      }),
    { value: 1 },
  ],
  [
    'then after then',
    () =>
      PiecePromise.resolve(1)
        .then((n) => n + 1)
        .then((n) => n * 10),
    { value: 20 },
  ],
  ['then without a function', () => PiecePromise.resolve(1).then(null), { value: 1 }],
  ['then that returns a promise', () => PiecePromise.resolve(1).then((n) => rejected(n)), { reason: 1 }],
  ['catch', () => rejected(1).catch((reason) => ({ caught: reason })), { value: { caught: 1 } }],
  ['finally keeps the value', () => PiecePromise.resolve(1).finally(() => {}), { value: 1 }],
  ['finally keeps the reason', () => rejected(1).finally(() => {}), { reason: 1 }],
  [
    'finally that throws',
    () =>
      PiecePromise.resolve(1).finally(() => {
        throw 2
      }),
    { reason: 2 },
  ],
  ['all', () => PiecePromise.all([1, PiecePromise.resolve(2), thenable(3)]), { value: [1, 2, 3] }],
  ['all of nothing', () => PiecePromise.all([]), { value: [] }],
  ['all with a rejection', () => PiecePromise.all([never, rejected(1)]), { reason: 1 }],
  ['all with one that waits', () => PiecePromise.all([1, never]), 'pending'],
  [
    'all of what is not iterable',
    () => PiecePromise.all(5 as never).catch((error) => (error as Error).name),
    { value: 'TypeError' },
  ],
  [
    'allSettled',
    () => PiecePromise.allSettled([1, rejected(2)]),
    {
      value: [
        { status: 'fulfilled', value: 1 },
        { status: 'rejected', reason: 2 },
      ],
    },
  ],
  ['any', () => PiecePromise.any([rejected(1), PiecePromise.resolve(2)]), { value: 2 }],
  [
    'any of rejections',
    () => PiecePromise.any([rejected(1), rejected(2)]).catch((error) => (error as AggregateError).errors),
    { value: [1, 2] },
  ],
  ['any of nothing', () => PiecePromise.any([]).catch((error) => (error as Error).name), { value: 'AggregateError' }],
  ['race', () => PiecePromise.race([never, PiecePromise.resolve(1), rejected(2)]), { value: 1 }],
  ['race of nothing', () => PiecePromise.race([]), 'pending'],
  ['try', () => PiecePromise.try((a, b) => a + b, 1, 2), { value: 3 }],
  [
    'try that throws',
    () =>
      PiecePromise.try(() => {
        throw 1
      }),
    { reason: 1 },
  ],
])('%s', (_name, make, expected) => {
  expect(outcome(make())).toEqual(expected)
})

test('a promise resolved with itself is rejected', () => {
  const { promise, resolve } = PiecePromise.withResolvers<unknown>()
  resolve(promise)
  expect(outcome(promise)).toMatchObject({ reason: expect.any(TypeError) })
})

test('callbacks run later, in order', () => {
  const order: string[] = []
  PiecePromise.resolve()
    .then(() => order.push('first'))
    .then(() => order.push('third'))
  enqueue((word, list) => list.push(word), 'second', order)
  order.push('before')
  drain()
  expect(order).toEqual(['before', 'first', 'second', 'third'])
})

test('a subclass makes promises of its own', () => {
  class Mine<T> extends PiecePromise<T> {}
  expect(Mine.resolve(1)).toBeInstanceOf(Mine)
  expect(Mine.resolve(1).then(() => 2)).toBeInstanceOf(Mine)
  expect(Mine.resolve(PiecePromise.resolve(1))).toBeInstanceOf(Mine)
})

test('it looks like the one that it stands for', () => {
  expect(PiecePromise.name).toBe('Promise')
  expect(Object.prototype.toString.call(PiecePromise.resolve())).toBe('[object Promise]')
  expect(() => new PiecePromise(undefined as never)).toThrow(TypeError)
})

describe('what nobody handles', () => {
  test('is told once', () => {
    rejected('lost')
    rejected('caught').catch(() => {})
    drain()
    expect(takeUnhandled()).toEqual(['lost'])
    expect(takeUnhandled()).toEqual([])
  })
  test('a callback that throws is told, and the next runs', () => {
    const told: unknown[] = []
    reportUncaughtTo((error) => told.push(error))
    guarded(() => {
      throw 1
    })
    expect(told).toEqual([1])
  })
})

test('ten thousand jobs in a chain keep no past', () => {
  let promise = PiecePromise.resolve(0)
  for (let i = 0; i < 10_000; i++) promise = promise.then((n) => n + 1)
  expect(outcome(promise)).toEqual({ value: 10_000 })
})

test('an async function has its this and its arguments, and their errors reject', () => {
  function* body(
    this: unknown,
    a: unknown,
    b = (() => {
      throw 'no b'
    })(),
  ): Generator<unknown, unknown, unknown> {
    return [this, yield a, b]
  }
  expect(outcome(runAsync('self', [1, 2], body as never))).toEqual({ value: ['self', 1, 2] })
  expect(outcome(runAsync('self', [1], body as never))).toEqual({ reason: 'no b' })
})

test('a rejection that an async function awaits is handled, one that it returns with is not', () => {
  runAsync(undefined, [], function* () {
    try {
      yield rejected('awaited')
    } catch {}
  })
  runAsync(undefined, [], function* () {
    yield rejected('thrown')
  })
  drain()
  expect(takeUnhandled()).toEqual(['thrown'])
})

test.each<[string, (executor: (ok: unknown, no: unknown) => void) => void]>([
  [
    'calls its executor twice',
    (executor) => {
      executor(
        () => {},
        () => {},
      )
      executor(
        () => {},
        () => {},
      )
    },
  ],
  ['does not call it', () => {}],
  ['hands it no function', (executor) => executor(() => {}, 1)],
])('a class that %s is refused', (_name, construct) => {
  function Odd(executor: never) {
    construct(executor)
  }
  expect(() => PiecePromise.resolve.call(Odd as never, 1)).toThrow(TypeError)
  const promise = PiecePromise.resolve(1)
  promise.constructor = { [Symbol.species]: Odd } as never
  expect(() => promise.then()).toThrow(TypeError)
})

test('a value that resolves twice is kept once', () => {
  const twice = {
    then: (ok: (value: number) => void) => {
      ok(1)
      ok(2)
    },
  }
  class Odd<T> extends PiecePromise<T> {
    static override resolve = ((value: unknown) => value) as never
  }
  expect(outcome(Odd.all([twice, twice]))).toEqual({ value: [1, 1] })
})
