/** @module globals: puts the web's globals where a piece and its packages look for them. Imported before anything of the author's. */
import { URL, URLSearchParams } from 'whatwg-url-minimum'
import { Blob, File, FormData } from './blob.ts'
import { structuredClone } from './clone.ts'
import { console, format, log } from './console.ts'
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from './events.ts'
import { fetch, Request, Response } from './fetch.ts'
import { frozen } from './frozen.ts'
import { Headers } from './headers.ts'
import { enqueue, guarded, reportUncaughtTo } from './jobs.ts'
import { addTimer, isRunning, nowMs, removeTimer, reportUnhandledTo } from './loop.ts'
import { PiecePromise } from './promise.ts'
import { crypto, mathRandom } from './random.ts'
import { ReadableStream } from './stream.ts'
import { TextDecoder, TextEncoder } from './text.ts'

function define(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  }
}

const timer =
  (repeat: boolean) =>
  (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): number =>
    addTimer(() => callback(...args), ms, repeat)

/** A moment for libraries that look at the clock at module level: a build must give the same bytes each time. */
const BUILD_TIME_MS = Date.UTC(2026, 0, 1)

const EngineDate = Date
/** The clock of the snapshot: fixed, and told. The engine's own `Date` takes its place at the first call. */
const BuildDate: DateConstructor = new Proxy(EngineDate, {
  construct: (target, args: [], newTarget) => {
    if (args.length > 0 || isRunning())
      return Reflect.construct(target, args, newTarget === BuildDate ? target : newTarget)
    frozen('new Date()')
    return new target(BUILD_TIME_MS)
  },
  apply: (target, self, args) =>
    isRunning() ? Reflect.apply(target, self, args) : new target(BUILD_TIME_MS).toString(),
  get: (target, key, receiver) =>
    key === 'now' && !isRunning()
      ? () => {
          frozen('Date.now()')
          return BUILD_TIME_MS
        }
      : Reflect.get(target, key, receiver),
})

/** Called when the first call begins. */
export function thaw(): void {
  if (globalThis.Date !== EngineDate) define({ Date: EngineDate })
}

const performance = {
  timeOrigin: 0,
  now: (): number => (isRunning() ? nowMs() : 0),
}

Math.random = mathRandom
define({
  self: globalThis,
  global: globalThis,
  Date: BuildDate,
  Promise: PiecePromise,
  queueMicrotask: (callback: () => void) => enqueue(() => guarded(callback)),
  setTimeout: timer(false),
  setInterval: timer(true),
  setImmediate: (callback: (...args: unknown[]) => void, ...args: unknown[]) => timer(false)(callback, 0, ...args),
  clearTimeout: removeTimer,
  clearInterval: removeTimer,
  clearImmediate: removeTimer,
  console,
  crypto,
  performance,
  structuredClone,
  TextEncoder,
  TextDecoder,
  URL,
  URLSearchParams,
  Event,
  CustomEvent,
  EventTarget,
  AbortController,
  AbortSignal,
  Blob,
  File,
  FormData,
  ReadableStream,
  Headers,
  Request,
  Response,
  fetch,
})

// The engine's own would wait on promises that it never settles.
Object.defineProperty(Array, 'fromAsync', {
  value: async (
    values: Iterable<unknown> | AsyncIterable<unknown>,
    map?: (value: unknown, index: number) => unknown,
  ) => {
    const list: unknown[] = []
    for await (const value of values) list.push(map ? await map(value, list.length) : value)
    return list
  },
  writable: true,
  configurable: true,
})

reportUncaughtTo((error) => log('error', `uncaught in a callback: ${format([error])}`))
reportUnhandledTo((reason) => log('error', `unhandled rejection: ${format([reason])}`))
