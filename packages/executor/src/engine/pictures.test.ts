import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Pictures } from './pictures.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-pictures-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function open(evict: () => Promise<void> = async () => {}): Promise<Pictures> {
  const pictures = new Pictures(folder, evict)
  await pictures.open()
  return pictures
}
const PICTURE = new Uint8Array(100_000).fill(7)

test('a picture is found by those whom it was taken for, and by no other group or program', async () => {
  const pictures = await open()
  pictures.put('tenant a', 'sha256:1', PICTURE)
  const found = await pictures.get('tenant a', 'sha256:1')
  expect(found!.length).toBeLessThan(1_000)
  expect(new Uint8Array(zstdDecompressSync(found!))).toEqual(PICTURE)
  expect(await pictures.get('tenant b', 'sha256:1')).toBeUndefined()
  expect(await pictures.get('tenant a', 'sha256:2')).toBeUndefined()
  expect(await (await open()).get('tenant a', 'sha256:1')).toEqual(found)
})

test.each([
  ['a changed byte', (bytes: Buffer) => bytes.fill(9, 40, 41)],
  ['an end that is missing', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['nothing in it', () => Buffer.alloc(0)],
])('a file with %s is none, and goes', async (_name, damage) => {
  const pictures = await open()
  pictures.put('g', 'sha256:1', PICTURE)
  await pictures.close()
  const [name] = await readdir(folder)
  await writeFile(join(folder, name!), damage(await readFile(join(folder, name!))))
  expect(await pictures.get('g', 'sha256:1')).toBeUndefined()
  expect(await readdir(folder)).toEqual([])
})

test('the cache is asked to keep its bound after each', async () => {
  let asked = 0
  const pictures = await open(async () => void asked++)
  pictures.put('g', 'sha256:1', PICTURE)
  await pictures.close()
  expect(asked).toBe(1)
})

test('of too many at once some are left out: they are taken again', async () => {
  const pictures = await open()
  for (let i = 0; i < 10; i++) pictures.put('g', `sha256:${i}`, PICTURE)
  await pictures.close()
  expect((await readdir(folder)).length).toBe(4)
})

test('where nothing can be written, nothing is kept and nobody is told', async () => {
  const pictures = await open()
  await rm(folder, { recursive: true })
  pictures.put('g', 'sha256:1', PICTURE)
  await pictures.close()
  expect(await pictures.get('g', 'sha256:1')).toBeUndefined()
  await open()
})
