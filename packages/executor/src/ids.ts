/** @module ids: identifiers that sort by the time they were made and cannot be guessed. */
import { randomFillSync } from 'node:crypto'

// Crockford's base 32: without letters that are mistaken for digits, in the order of their codes.
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_DIGITS = 10
/** 80 bits. */
const RANDOM_DIGITS = 16

/** 48 bits of milliseconds. */
function timeDigits(ms: number): string {
  let left = Math.max(0, Math.floor(ms))
  let digits = ''
  for (let i = 0; i < TIME_DIGITS; i++) {
    digits = DIGITS.charAt(left % 32) + digits
    left = Math.floor(left / 32)
  }
  return digits
}

/** Random bytes are drawn for many ids at once: each draw is a system call. Five bits of each are used. */
const drawn = Buffer.alloc(RANDOM_DIGITS * 256)
let used = drawn.length

function randomDigits(): string {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  let digits = ''
  for (const end = used + RANDOM_DIGITS; used < end; used++) digits += DIGITS.charAt(drawn[used]! & 31)
  return digits
}

export const newCallId = (nowMs: number = Date.now()): string => `call_${timeDigits(nowMs)}${randomDigits()}`

/** The smallest id that a call begun at `ms` or later can have. */
export const firstCallId = (ms: number): string => `call_${timeDigits(ms)}${DIGITS.charAt(0).repeat(RANDOM_DIGITS)}`

export const CALL_ID = /^call_[0-9a-hjkmnp-tv-z]{26}$/
