/** Buffers are shared by all pulls: whoever reads, however slowly, gets the bytes that were asked for, and no file stays open. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { FileParts } from './parts.ts'

const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-parts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'artifact')
const content = randomBytes(1024 * 1024 + 7)
writeFileSync(path, content)

/** Keeps what it was given, after a while: then the same memory must not hold something else yet. */
function slow(turns: number): { sink: Writable; taken: () => Buffer } {
  const parts: Buffer[] = []
  const sink = new Writable({
    async write(part: Buffer, _encoding, done) {
      for (let i = 0; i < turns; i++) await new Promise(setImmediate)
      parts.push(Buffer.from(part))
      done()
    },
  })
  return { sink, taken: () => Buffer.concat(parts) }
}

const LAST = content.length - 1
const RANGES = [
  { from: 0, to: LAST },
  { from: 0, to: 0 },
  { from: LAST, to: LAST },
  { from: 1, to: 256 * 1024 },
  { from: 256 * 1024 - 1, to: 512 * 1024 },
]
test.each(RANGES)('bytes $from to $to, piped and read', async (range) => {
  const { sink, taken } = slow(1)
  const file = await open(path)
  new FileParts(file, range).pipe(sink)
  await once(sink, 'finish')
  const wanted = content.subarray(range.from, range.to + 1)
  expect(Buffer.compare(taken(), wanted)).toBe(0)
  expect(Buffer.compare(await buffer(new FileParts(await open(path), range)), wanted)).toBe(0)
  await expect.poll(() => file.fd).toBe(-1)
})

test('a hundred at once, more than there are buffers, at paces of their own', async () => {
  const all = Array.from({ length: 100 }, async (_, i) => {
    const { sink, taken } = slow(i % 7)
    const range = { from: i * 1000, to: LAST - i }
    new FileParts(await open(path), range).pipe(sink)
    await once(sink, 'finish')
    return Buffer.compare(taken(), content.subarray(range.from, range.to + 1))
  })
  expect(new Set(await Promise.all(all))).toEqual(new Set([0]))
})

test('a reader that goes away leaves no file open', async () => {
  const file = await open(path)
  const stream = new FileParts(file, { from: 0, to: LAST })
  const failed = once(stream, 'error')
  const sink = new Writable({
    write(_part, _encoding, done) {
      done(new Error('gone'))
    },
  })
  sink.on('error', () => {})
  stream.pipe(sink)
  expect(await failed).toMatchObject([{ message: 'gone' }])
  await expect.poll(() => file.fd).toBe(-1)
})

test('a file that is shorter than was said is an error, and not an end', async () => {
  const stream = new FileParts(await open(path), { from: 0, to: LAST + 10 })
  const { sink } = slow(0)
  const failed = once(stream, 'error')
  stream.pipe(sink)
  expect(await failed).toMatchObject([{ message: 'the file ends 10 bytes before its end' }])
  expect(sink.writableFinished).toBe(false)
})
