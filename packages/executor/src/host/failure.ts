/** @module host/failure: a refusal of the outside as the guest's `failure` record. */
import type { EffectFailure } from '../effect.ts'
import { err } from './call.ts'

const encoder = new TextEncoder()

export const refused = (failure: EffectFailure) =>
  err({
    code: failure.code,
    message: failure.message,
    retryAfterMs: failure.retryAfterMs === undefined ? undefined : BigInt(Math.ceil(failure.retryAfterMs)),
    detail: undefined,
  })

/**
 * What no limit allows is refused before it becomes a message: the supervisor, which knows the call's own limits, would
 * take a frame of that size for an attack.
 */
export const overCeiling = (what: string, bytes: number, limit: string, ceiling: number) =>
  refused({ code: 'limit_exceeded', message: `the ${what} has ${bytes} bytes; ${limit} is at most ${ceiling}` })

/** Bytes of a text in UTF-8, or a lower bound above `enough`. */
export const textBytes = (text: string, enough: number): number =>
  text.length > enough ? text.length : encoder.encode(text).length
