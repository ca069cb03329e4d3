import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { letGo, readPassing } from './passing.ts'

const MiB = 2 ** 20
const BYTES = 64 * MiB

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-passing-'))
})
afterAll(() => rm(folder, { recursive: true }))

const residentBytes = async (): Promise<number> =>
  Number(/^RssAnon:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8'))![1]) * 1024

test.runIf(process.platform === 'linux')(
  'what was let go is the system’s again at once, without a collection',
  async () => {
    const path = join(folder, 'large')
    await writeFile(path, new Uint8Array(BYTES).fill(1))
    const bytes = await readPassing(path)
    const held = await residentBytes()
    letGo(bytes)
    expect(held - (await residentBytes())).toBeGreaterThan(BYTES * 0.9)
    expect(bytes.length).toBe(0)
  },
)

test.each([0, 1, 100_000, 3 * MiB + 1])('a file of %d bytes is read whole', async (length) => {
  const path = join(folder, `${length}`)
  const written = randomBytes(length)
  await writeFile(path, written)
  expect(Buffer.compare(await readPassing(path), written)).toBe(0)
})

test('a file that is not there', async () => {
  await expect(readPassing(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('bytes of others stay', () => {
  const bytes = new Uint8Array(10)
  letGo(bytes)
  expect(bytes.length).toBe(10)
})
