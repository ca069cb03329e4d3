/** @module server/request-bytes: bounds the bodies that the server holds at once, whoever sends them. */
import { PieceError } from '../errors.ts'

const RETRY_AFTER_MS = 1_000

export class RequestBytes {
  readonly #max: number
  #held = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Throws AP_SATURATED, or counts `bytes` until the function that it returns is called. */
  take(bytes: number): () => void {
    const held = this.#held + bytes
    if (!Number.isFinite(bytes) || held > this.#max)
      throw new PieceError(
        'AP_SATURATED',
        { waiting: held, max: this.#max, what: 'bytes of requests' },
        { retryAfterMs: RETRY_AFTER_MS },
      )
    this.#held = held
    return () => {
      this.#held -= bytes
      bytes = 0
    }
  }
}
