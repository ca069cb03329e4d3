import { expect, test } from 'vitest'
import { hashOf } from '../engine/product.ts'
import { type ChildAnswer, decodeAnswer, encodeAnswer } from './child-frames.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const module = (text: string) => ({ hash: hashOf(bytes(text)), bytes: bytes(text) })
const done = (modules: ReturnType<typeof module>[]): ChildAnswer => ({
  kind: 'done',
  built: { skeleton: bytes('skeleton'), modules, memoryBytes: 65_536, lasting: ['table.set'] },
})

test('a product comes back as it was, equal modules as one', () => {
  const answer = done([module('a'), { ...module('b'), memoryMaximumAt: 7 } as never, module('a')])
  expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer)
})

test.each([
  ['bytes of its own under the hash of another piece', { hash: module('a').hash, bytes: bytes('b') }],
  ['a path for a hash', { hash: '../../../artifacts/x', bytes: bytes('a') }],
])('a child that was taken over and answers with %s is not believed', (_name, forged) => {
  expect(() => decodeAnswer(encodeAnswer(done([forged])))).toThrow(RangeError)
})

test('an answer that is cut off is none', () => {
  const whole = encodeAnswer(done([module('a')]))
  for (const length of [0, 3, 10, whole.length - 1])
    expect(() => decodeAnswer(whole.subarray(0, length))).toThrow(RangeError)
})
