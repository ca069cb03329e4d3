import { describe, expect, it } from 'vitest'
import { createRandom } from './index.ts'
import { fakeCall, trapOf } from './testing.ts'

const SOURCES = ['wasi:random/random#get-random-bytes', 'wasi:random/insecure#get-insecure-random-bytes']

describe('random', () => {
  it.each(SOURCES)('%s gives what is asked, up to 64 KiB', (name) => {
    const { run } = fakeCall({ random: createRandom() })
    expect(run(name, 0n)).toHaveLength(0)
    expect(run(name, 65_536n)).toHaveLength(65_536)
  })
  it.each(SOURCES.flatMap((name) => [65_537n, 2n ** 32n, 2n ** 64n - 1n].map((length) => [name, length] as const)))(
    '%s(%s) traps',
    (name, length) => {
      const { run } = fakeCall()
      expect(trapOf(() => run(name, length))).toContain(`${length} bytes were asked; one call gives at most 65536`)
    },
  )
  it.each(['wasi:random/random#get-random-u64', 'wasi:random/insecure#get-insecure-random-u64'])(
    '%s has 64 bits',
    (name) => {
      const { run } = fakeCall({ random: createRandom() })
      const drawn = Array.from({ length: 64 }, () => run(name) as bigint)
      expect(drawn.reduce((a, b) => a | b, 0n)).toBe(2n ** 64n - 1n)
    },
  )
  it('the insecure seed is two of them, the same all through a call, another in the next', () => {
    const { run } = fakeCall({ random: createRandom() })
    const [a, b] = run('wasi:random/insecure-seed#insecure-seed')
    expect(typeof a).toBe('bigint')
    expect(a).not.toBe(b)
    expect(run('wasi:random/insecure-seed#insecure-seed')).toEqual([a, b])
    const other = fakeCall({ random: createRandom() }).run('wasi:random/insecure-seed#insecure-seed')
    expect(other).not.toEqual([a, b])
  })
})

describe('a seed', () => {
  // RFC 8439, A.1, vectors 1 and 2: key 0, nonce 0, blocks 0 and 1.
  const BLOCKS =
    '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586' +
    '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f'
  it.each([[[128]], [[1, 62, 2, 63]], [[64, 64]]])('is the key of ChaCha20, drawn in parts of %j', (parts) => {
    const source = createRandom('00'.repeat(32))
    const drawn = parts.map((length) => {
      const part = new Uint8Array(length)
      source.fill(part)
      return part.toHex()
    })
    expect(drawn.join('')).toBe(BLOCKS)
  })
  it('other seed, other bytes', () => {
    const draw = (seed: string) => {
      const part = new Uint8Array(16)
      createRandom(seed).fill(part)
      return part.toHex()
    }
    expect(draw('01'.repeat(32))).not.toBe(draw('02'.repeat(32)))
  })
  it.each(['', 'abc', 'zz'.repeat(32), '00'.repeat(33)])('refuses "%s"', (seed) => {
    expect(() => createRandom(seed)).toThrow('64 hexadecimal digits')
  })
})
