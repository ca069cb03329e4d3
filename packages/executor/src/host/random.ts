/** @module host/random: wasi:random. All three interfaces answer from the call's one source; none is weaker. */
import { type HostCall, immediate, type RandomSource } from './call.ts'
import { KeyStream } from './chacha.ts'
import { perCall, trap } from './state.ts'
import type { Bindings } from './world.ts'

/** As much as one `crypto.getRandomValues` gives; who needs more asks again. */
const RANDOM_BYTES = 64 * 1024

const LIVE: RandomSource = { fill: (bytes) => void crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>) }

/** Live without a seed. A seed (32 bytes in hex) makes every draw repeatable. */
export function createRandom(seed?: string): RandomSource {
  if (seed === undefined) return LIVE
  if (!/^[0-9a-f]{64}$/i.test(seed)) throw new RangeError(`a seed is 64 hexadecimal digits, not "${seed}"`)
  return new KeyStream(Uint8Array.fromHex(seed))
}

function draw(where: string, call: HostCall, length: bigint): Uint8Array {
  if (length > RANDOM_BYTES) trap(where, `${length} bytes were asked; one call gives at most ${RANDOM_BYTES}`)
  const bytes = new Uint8Array(Number(length))
  call.random.fill(bytes)
  return bytes
}

function drawU64(call: HostCall): bigint {
  const word = new BigUint64Array(1)
  call.random.fill(new Uint8Array(word.buffer))
  return word[0]!
}

export const random = {
  'get-random-bytes': immediate((call, length) => draw('wasi:random/random#get-random-bytes', call, length)),
  'get-random-u64': immediate(drawU64),
} satisfies Bindings<'wasi:random/random'>

export const insecure = {
  'get-insecure-random-bytes': immediate((call, length) =>
    draw('wasi:random/insecure#get-insecure-random-bytes', call, length),
  ),
  'get-insecure-random-u64': immediate(drawU64),
} satisfies Bindings<'wasi:random/insecure'>

/** One for each call: WASI means to make it a value, and programs of others count on that already. */
const seed = perCall('insecure seed', (call): [bigint, bigint] => [drawU64(call), drawU64(call)])

export const insecureSeed = {
  'insecure-seed': immediate(seed),
} satisfies Bindings<'wasi:random/insecure-seed'>
