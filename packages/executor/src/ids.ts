/** @module ids: identifiers that sort by the time they were made and cannot be guessed. */
import { randomFillSync } from 'node:crypto'

// Crockford's base 32: without letters that are mistaken for digits, in the order of their codes.
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_BITS = 80n

/** 48 bits of milliseconds, then 80 of `tail`, as 26 digits. */
function callId(ms: number, tail: bigint): string {
  let value = (BigInt(Math.max(0, Math.floor(ms))) << RANDOM_BITS) | tail
  let digits = ''
  for (let i = 0; i < 26; i++) {
    digits = DIGITS.charAt(Number(value & 31n)) + digits
    value >>= 5n
  }
  return `call_${digits}`
}

/** Random bytes are drawn for many ids at once: each draw is a system call. */
const drawn = Buffer.alloc(10 * 256)
let used = drawn.length

export function newCallId(nowMs: number = Date.now()): string {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  const tail = (drawn.readBigUInt64LE(used) << 16n) | BigInt(drawn.readUInt16LE(used + 8))
  used += 10
  return callId(nowMs, tail)
}

/** The smallest id that a call begun at `ms` or later can have. */
export const firstCallId = (ms: number): string => callId(ms, 0n)

export const CALL_ID = /^call_[0-9a-hjkmnp-tv-z]{26}$/
