/** @module effects/egress-refused: what the guard of addresses says to a call. */
import type { HttpErrorCode } from '../effect.ts'

/** A connection that is not made, as the guest will see it; `reason` is for the call's log. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused'
  readonly http: HttpErrorCode

  constructor(http: HttpErrorCode, reason: string) {
    super(reason)
    this.http = http
  }
}
