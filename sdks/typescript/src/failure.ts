/** @module failure: a piece's own refusal. It is a normal result that a flow can branch on. */

export interface FailureOptions {
  /** Trying again after this many milliseconds may succeed; 0 leaves the moment to the caller. */
  retryAfterMs?: number
  /** Anything more that a flow may branch on. */
  detail?: unknown
  cause?: unknown
}

/**
 * Thrown out of `run`, it becomes the failure of the call.
 *
 * @example throw new Failure('rate_limited', 'The server asks for a pause.', { retryAfterMs: 7000 })
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  /** Stable, machine-readable, snake_case. */
  readonly code: string
  readonly retryAfterMs: number | undefined
  readonly detail: unknown

  constructor(code: string, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.detail = options.detail
  }
}

/** What a bug says about its place. */
export interface Trace {
  file?: string
  line?: number
  stack: string
}

/** Any thrown value as a failure: what is no refusal is a bug, with its place in the author's files. */
export function toFailure(thrown: unknown, trace: (error: Error) => Trace): Failure {
  if (thrown instanceof Failure) return thrown
  if (!(thrown instanceof Error))
    return new Failure('internal_error', `the piece threw ${shown(thrown)}, which is no Error`)
  // A failed fetch carries the code that it means; undici's, in tests without wasm, carries none.
  if (thrown.name === 'FetchError' && 'code' in thrown)
    return new Failure(String(thrown.code), thrown.message, { cause: thrown })
  if (thrown.name === 'TimeoutError') return new Failure('timeout', thrown.message, { cause: thrown })
  const place = trace(thrown)
  const at = place.file === undefined ? '' : ` (${place.file}:${place.line})`
  return new Failure('internal_error', `${thrown.name}: ${thrown.message}${at}`, { detail: place, cause: thrown })
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return typeof value
  }
}
