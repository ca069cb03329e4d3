/** @module globals: puts the web's globals where a piece and its packages look for them. Imported before anything of the author's. */
import { URL, URLSearchParams } from 'whatwg-url-minimum'
import { runAsync } from './async.ts'
import { Blob, File, FormData } from './blob.ts'
import { structuredClone } from './clone.ts'
import { console, format, log } from './console.ts'
import { PieceDate } from './date.ts'
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from './events.ts'
import { fetch, Request, Response } from './fetch.ts'
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

const performance = {
  timeOrigin: 0,
  now: (): number => (isRunning() ? nowMs() : 0),
}

Math.random = mathRandom
define({
  self: globalThis,
  global: globalThis,
  Date: PieceDate,
  Promise: PiecePromise,
  queueMicrotask: (callback: () => void) => enqueue(guarded, callback, undefined),
  __apAsync: runAsync,
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
