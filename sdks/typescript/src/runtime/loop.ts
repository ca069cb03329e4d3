/** @module loop: the event loop of a piece. It runs one exported function to its end and waits in `wasi:io/poll` between. */
import clock from 'wasi:clocks/monotonic-clock'
import poll, { type Pollable } from 'wasi:io/poll'
import { drain, dropJobs, guarded } from './jobs.ts'
import { awaitValue, type Listener, PiecePromise, takeUnhandled } from './promise.ts'

interface Wait {
  pollable: Pollable
  wake: () => void
}

interface Timer {
  id: number
  dueMs: number
  everyMs: number | undefined
  callback: () => void
}

const waits = new Set<Wait>()
const timers = new Map<number, Timer>()
let nextTimer = 1
let running = false
let reportUnhandled: (reason: unknown) => void = () => {}

/** Where the reasons of unhandled rejections go. */
export function reportUnhandledTo(reporter: (reason: unknown) => void): void {
  reportUnhandled = reporter
}

/** False while the build makes its snapshot: nothing can be waited for, and what is read would be frozen. */
export const isRunning = (): boolean => running

export function mustRun(what: string): void {
  if (!running)
    throw new Error(`${what} has no use at module level: a piece is built once and started often. Call it inside run.`)
}

export const nowMs = (): number => clock.now() / 1e6

/** Resolves when the pollable is ready, and closes it; when the signal aborts before that, rejects with its reason. */
export function ready(pollable: Pollable, signal?: AbortSignal): Promise<void> {
  return new PiecePromise<void>((resolve, reject) => {
    const wait: Wait = {
      pollable,
      wake: () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
    }
    const onAbort = () => {
      if (waits.delete(wait)) pollable[Symbol.dispose]()
      reject(signal?.reason)
    }
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    waits.add(wait)
  })
}

export function addTimer(callback: () => void, ms: unknown, repeat: boolean): number {
  mustRun(repeat ? 'setInterval' : 'setTimeout')
  const delay = Math.max(Math.trunc(Number(ms)) || 0, repeat ? 1 : 0)
  const id = nextTimer++
  timers.set(id, { id, dueMs: nowMs() + delay, everyMs: repeat ? delay : undefined, callback })
  return id
}

export function removeTimer(id: unknown): void {
  timers.delete(Number(id))
}

const byDue = (a: Timer, b: Timer) => a.dueMs - b.dueMs || a.id - b.id

function runDueTimers(): boolean {
  if (timers.size === 0) return false
  const now = nowMs()
  const due = [...timers.values()].filter((timer) => timer.dueMs <= now).sort(byDue)
  for (const timer of due) {
    if (!timers.has(timer.id)) continue
    if (timer.everyMs === undefined) timers.delete(timer.id)
    else timer.dueMs = now + timer.everyMs
    guarded(timer.callback)
    drain()
  }
  return due.length > 0
}

/** Blocks until a pollable is ready or the next timer is due; false when there is neither. */
function block(): boolean {
  const pending = [...waits]
  const pollables = pending.map((wait) => wait.pollable)
  let alarm: Pollable | undefined
  if (timers.size > 0) {
    const dueMs = Math.min(...[...timers.values()].map((timer) => timer.dueMs))
    alarm = clock.subscribeDuration(Math.max(0, Math.ceil((dueMs - nowMs()) * 1e6)))
    pollables.push(alarm)
  }
  if (pollables.length === 0) return false
  const indices = poll.poll(pollables)
  alarm?.[Symbol.dispose]()
  for (const index of indices) {
    const wait = pending[index]
    if (wait === undefined || !waits.delete(wait)) continue
    wait.pollable[Symbol.dispose]()
    wait.wake()
    drain()
  }
  return true
}

function reportRejections(): void {
  const reasons = takeUnhandled()
  if (reasons.length > 0) reasons.forEach(reportUnhandled)
}

/** What the promise of a call has become. */
class Outcome implements Listener {
  state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  value: unknown = undefined

  fulfilled(value: unknown): void {
    this.state = 'fulfilled'
    this.value = value
  }

  rejected(reason: unknown): void {
    this.state = 'rejected'
    this.value = reason
  }
}

/** Runs everything until the promise is settled. */
function untilSettled(promise: unknown): unknown {
  const outcome = new Outcome()
  awaitValue(promise, outcome)
  drain()
  while (outcome.state === 'pending') {
    reportRejections()
    if (runDueTimers()) continue
    if (block()) continue
    throw new Error('the piece waits for a promise that nothing can settle any more')
  }
  if (outcome.state === 'rejected') throw outcome.value
  return outcome.value
}

const isThenable = (value: unknown): boolean =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (value as { then?: unknown }).then === 'function'

/** Runs `start` and everything that it waits for. What is still under way when its promise settles is dropped. */
export function runToEnd<T>(start: () => T): Awaited<T> {
  running = true
  try {
    const value: unknown = start()
    return (isThenable(value) ? untilSettled(value) : value) as Awaited<T>
  } finally {
    drain()
    reportRejections()
    dropRest()
  }
}

/** To look whether there is anything takes a quarter of dropping nothing. */
function dropRest(): void {
  if (waits.size > 0) {
    for (const wait of waits) wait.pollable[Symbol.dispose]()
    waits.clear()
  }
  if (timers.size > 0) timers.clear()
  dropJobs()
}
