import { describe, expect, it } from 'vitest'
import { Refused } from '../../packages/executor/src/errors.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { corpus } from './corpus.ts'
import { kernelModules } from './kernels.ts'

const options = { memoryBytes: 64 * 65_536 }

/** Xorshift: the same garbage every time. */
function random(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return (below) => {
    state = (state ^ (state << 13)) >>> 0
    state = (state ^ (state >>> 17)) >>> 0
    state = (state ^ (state << 5)) >>> 0
    return state % below
  }
}

/** A few bytes are changed, cut out, doubled, or become the largest integer. */
function mutated(module: Uint8Array, below: (n: number) => number): Uint8Array {
  let bytes = [...module]
  for (let n = 1 + below(3); n > 0; n--) {
    const at = 8 + below(bytes.length - 8)
    const length = 1 + below(4)
    switch (below(5)) {
      case 0:
        bytes[at] = below(256)
        break
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
        break
      case 2:
        bytes.splice(at, length)
        break
      case 3:
        bytes.splice(at, 0, ...bytes.slice(at, at + length))
        break
      default:
        bytes.splice(at, 1, 0xff, 0xff, 0xff, 0xff, 0x0f)
    }
    if (below(20) === 0) bytes = bytes.slice(0, at)
    if (bytes.length < 9) break
  }
  return Uint8Array.from(bytes)
}

/** Accepted and valid, or refused with a reason: nothing else may come of any bytes. */
function fate(bytes: Uint8Array): 'accepted' | 'refused' {
  try {
    const rewritten = rewrite(bytes, options)
    expect(WebAssembly.validate(rewritten.bytes)).toBe(true)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    expect(error.reasons.length).toBeGreaterThan(0)
    return 'refused'
  }
}

describe('garbage', () => {
  it('made of small modules is accepted or refused', () => {
    const below = random(1)
    const fates = { accepted: 0, refused: 0 }
    for (const { bytes } of corpus('exceptions')) for (let i = 0; i < 30; i++) fates[fate(mutated(bytes, below))]++
    expect(fates.accepted).toBeGreaterThan(100)
    expect(fates.refused).toBeGreaterThan(100)
  })

  it('made of a real program is accepted or refused', async () => {
    const below = random(2)
    const { c, hand } = await kernelModules()
    for (const module of [c, hand]) for (let i = 0; i < 100; i++) fate(mutated(module, below))
  })

  it('of nothing but the largest integers ends', () => {
    const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
    const largest = [0xff, 0xff, 0xff, 0xff, 0x0f]
    for (let id = 0; id < 16; id++)
      for (const size of [[5], largest])
        expect(fate(Uint8Array.from([...header, id, ...size, ...largest]))).toBe('refused')
  })
})
