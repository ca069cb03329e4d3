/** @module random: `Math.random` and `crypto`, drawn from wasi:random while the piece runs, never from the build. */
import random from 'wasi:random/random'
import { frozen } from './frozen.ts'
import { isRunning, mustRun } from './loop.ts'

const bytes = (length: number): Uint8Array => {
  const drawn = random.getRandomBytes(length)
  return drawn instanceof Uint8Array ? drawn : Uint8Array.from(drawn)
}

/** sfc32 of PractRand: small, fast without 64-bit integers, and seeded anew in each instance. */
let state: Int32Array | undefined

/** A fixed sequence for libraries that draw a number at module level: a build must give the same bytes each time. */
const atBuild = Int32Array.of(0x2545f491, 0x4f6cdd1d, 0x12345678, 1)

function seeded(): Int32Array {
  if (!isRunning()) {
    frozen('Math.random()')
    return atBuild
  }
  if (state === undefined) {
    const seed = bytes(12)
    state = Int32Array.of(...new Int32Array(seed.slice().buffer), 1)
    for (let i = 0; i < 12; i++) next(state)
  }
  return state
}

function next(s: Int32Array): number {
  const result = (s[0]! + s[1]! + s[3]!) | 0
  s[3] = (s[3]! + 1) | 0
  s[0] = s[1]! ^ (s[1]! >>> 9)
  s[1] = (s[2]! + (s[2]! << 3)) | 0
  s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + result
  return result >>> 0
}

export function mathRandom(): number {
  const s = seeded()
  return ((next(s) >>> 5) * 67108864 + (next(s) >>> 6)) / 9007199254740992
}

const QUOTA_BYTES = 65_536

export const crypto = {
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    mustRun('crypto.getRandomValues')
    if (array.byteLength > QUOTA_BYTES)
      throw new DOMException(`at most ${QUOTA_BYTES} bytes at once`, 'QuotaExceededError')
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes(array.byteLength))
    return array
  },
  randomUUID(): string {
    mustRun('crypto.randomUUID')
    const drawn = bytes(16)
    drawn[6] = (drawn[6]! & 0x0f) | 0x40
    drawn[8] = (drawn[8]! & 0x3f) | 0x80
    return drawn.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  },
}
