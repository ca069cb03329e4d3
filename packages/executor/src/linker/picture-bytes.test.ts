import { expect, test } from 'vitest'
import { BLOCK_BYTES, type Picture } from './picture.ts'
import { decodePicture, encodePicture } from './picture-bytes.ts'

const BLOCK = BLOCK_BYTES

const PICTURE: Picture = {
  memories: [
    {
      bytes: 131_072,
      runs: Uint32Array.of(0, 3 * BLOCK, 4 * BLOCK, 2 * BLOCK),
      data: new Uint8Array(5 * BLOCK).fill(7),
    },
    { bytes: 0, runs: new Uint32Array(0), data: new Uint8Array(0) },
  ],
  globals: [1, -0, 1.5, Infinity, -Infinity, 2n ** 63n - 1n, -7n, 4294967295],
  handles: [{ known: 4, free: [2, 1, 3] }],
  meter: { left: [12, 50_000], granted: 1_000_000, extra: 3 },
  clockMs: 17,
  environment: true,
}

test('a picture is the same after its way through bytes', () => {
  expect(decodePicture(Buffer.concat([Buffer.alloc(3), encodePicture(PICTURE)]).subarray(3))).toEqual(PICTURE)
  const decoded = decodePicture(encodePicture(PICTURE))
  expect(decoded).toEqual(PICTURE)
  expect(Object.is(decoded.globals[1], -0)).toBe(true)
})

const memory = (one: Partial<Picture['memories'][number]>): Uint8Array =>
  encodePicture({ ...PICTURE, memories: [{ ...PICTURE.memories[0]!, ...one }] })
const whole = encodePicture(PICTURE)

test.each([
  ['nothing', new Uint8Array(0)],
  ['the length of a head alone', whole.subarray(0, 4)],
  ['half of it', whole.subarray(0, whole.length / 2)],
  ['all but a byte', whole.subarray(0, -1)],
  ['a head that is no JSON', Uint8Array.of(0, 0, 0, 1, 0x7b)],
  ['a head that is no text', Uint8Array.of(0, 0, 0, 1, 0xff)],
  ['runs beyond the memory', memory({ runs: Uint32Array.of(131_072 - BLOCK, 5 * BLOCK) })],
  ['runs that overlap', memory({ runs: Uint32Array.of(0, 3 * BLOCK, 2 * BLOCK, 2 * BLOCK) })],
  ['runs of more than there is', memory({ runs: Uint32Array.of(0, 6 * BLOCK) })],
  ['runs of less than there is', memory({ runs: Uint32Array.of(0, 4 * BLOCK) })],
  ['runs that end within a block', memory({ runs: Uint32Array.of(0, 5 * BLOCK - 1) })],
  ['runs that begin within a block', memory({ runs: Uint32Array.of(1, 5 * BLOCK) })],
  ['a memory larger than any', memory({ bytes: 2 ** 33 })],
])('%s is no picture', (_name, bytes) => {
  expect(() => decodePicture(bytes)).toThrow(RangeError)
})
