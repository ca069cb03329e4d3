/** @module events: Event, EventTarget, AbortController and AbortSignal as a piece needs them; there is no tree to bubble in. */
import { addTimer } from './loop.ts'

export class Event {
  readonly type: string
  readonly cancelable: boolean
  defaultPrevented = false
  target: EventTarget | null = null
  stopped = false

  constructor(type: string, options: { cancelable?: boolean } = {}) {
    this.type = String(type)
    this.cancelable = options.cancelable ?? false
  }
  get currentTarget(): EventTarget | null {
    return this.target
  }
  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true
  }
  stopPropagation(): void {}
  stopImmediatePropagation(): void {
    this.stopped = true
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown
  constructor(type: string, options: { cancelable?: boolean; detail?: unknown } = {}) {
    super(type, options)
    this.detail = options.detail ?? null
  }
}

type Listener = ((event: Event) => void) | { handleEvent(event: Event): void }

export class EventTarget {
  #listeners: { type: string; listener: Listener; once: boolean }[] = []

  addEventListener(type: string, listener: Listener | null, options?: boolean | { once?: boolean }): void {
    if (listener === null || this.#listeners.some((entry) => entry.type === type && entry.listener === listener)) return
    this.#listeners.push({ type, listener, once: typeof options === 'object' && options.once === true })
  }
  removeEventListener(type: string, listener: Listener | null): void {
    this.#listeners = this.#listeners.filter((entry) => entry.type !== type || entry.listener !== listener)
  }
  dispatchEvent(event: Event): boolean {
    event.target = this
    for (const entry of [...this.#listeners]) {
      if (entry.type !== event.type || !this.#listeners.includes(entry)) continue
      if (entry.once) this.removeEventListener(entry.type, entry.listener)
      if (typeof entry.listener === 'function') entry.listener.call(this, event)
      else entry.listener.handleEvent(event)
      if (event.stopped) break
    }
    return !event.defaultPrevented
  }
}

export class AbortSignal extends EventTarget {
  aborted = false
  reason: unknown = undefined
  onabort: ((event: Event) => void) | null = null

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal()
    abort(signal, reason)
    return signal
  }

  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal()
    addTimer(() => abort(signal, new DOMException('the time is over', 'TimeoutError')), ms, false)
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const either = new AbortSignal()
    for (const signal of signals) {
      if (signal.aborted) {
        abort(either, signal.reason)
        break
      }
      signal.addEventListener('abort', () => abort(either, signal.reason), { once: true })
    }
    return either
  }
}

function abort(signal: AbortSignal, reason: unknown): void {
  if (signal.aborted) return
  signal.aborted = true
  signal.reason = reason === undefined ? new DOMException('the operation was aborted', 'AbortError') : reason
  const event = new Event('abort')
  signal.onabort?.(event)
  signal.dispatchEvent(event)
}

export class AbortController {
  readonly signal = new AbortSignal()
  abort(reason?: unknown): void {
    abort(this.signal, reason)
  }
}
