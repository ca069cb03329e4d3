import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestOf } from '../digest.ts'
import { openArtifactsFolder } from './index.ts'

const BYTES = new TextEncoder().encode('an artifact')
const DIGEST = digestOf(BYTES)
const FILE = DIGEST.slice('sha256:'.length)
const OTHER = digestOf(new Uint8Array())

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-artifacts-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('what was put is there, also after opening again', async () => {
  const artifacts = await openArtifactsFolder(join(folder, 'made', 'here'))
  await artifacts.put(DIGEST, BYTES)
  await artifacts.put(DIGEST, BYTES)
  const again = await openArtifactsFolder(join(folder, 'made', 'here'))
  expect(Buffer.from(await again.get(DIGEST)).toString()).toBe('an artifact')
  expect(await again.list()).toEqual([{ digest: DIGEST, bytes: BYTES.length }])
  expect([await again.has(DIGEST), await again.has(OTHER)]).toEqual([true, false])
})

test('what was deleted is gone; deleting nothing is no error', async () => {
  const artifacts = await openArtifactsFolder(folder)
  await artifacts.put(DIGEST, BYTES)
  await artifacts.delete(DIGEST)
  await artifacts.delete(DIGEST)
  expect(await artifacts.list()).toEqual([])
  await expect(artifacts.get(DIGEST)).rejects.toMatchObject({ code: 'AP_ARTIFACT_LOST', fields: { state: 'missing' } })
})

test('damage is told, and mended by putting the same bytes again', async () => {
  const artifacts = await openArtifactsFolder(folder)
  await artifacts.put(DIGEST, BYTES)
  await writeFile(join(folder, FILE), 'an artefact')
  await expect(artifacts.get(DIGEST)).rejects.toMatchObject({ code: 'AP_ARTIFACT_LOST', fields: { state: 'damaged' } })
  await artifacts.put(DIGEST, BYTES)
  expect(await artifacts.get(DIGEST)).toEqual(Buffer.from(BYTES))
})

test.each(['sha256:../../etc/passwd', 'sha256:', `md5:${FILE}`, FILE, `${DIGEST}x`, DIGEST.toUpperCase()])(
  'refused as a digest: %s',
  async (digest) => {
    const artifacts = await openArtifactsFolder(folder)
    await expect(artifacts.get(digest)).rejects.toThrow(TypeError)
    await expect(artifacts.put(digest, BYTES)).rejects.toThrow(TypeError)
    await expect(artifacts.delete(digest)).rejects.toThrow(TypeError)
  },
)

test('bytes under another digest are not stored', async () => {
  const artifacts = await openArtifactsFolder(folder)
  await expect(artifacts.put(OTHER, BYTES)).rejects.toThrow(TypeError)
  expect(await readdir(folder)).toEqual([])
})

test('leftovers of an interrupted write are swept and never listed', async () => {
  await writeFile(join(folder, `.tmp-${FILE}-0123`), 'half')
  await writeFile(join(folder, 'README'), 'not ours')
  const artifacts = await openArtifactsFolder(folder)
  expect(await artifacts.list()).toEqual([])
  expect(await readdir(folder)).toEqual(['README'])
})

/** Stores 100,000 bytes in a process whose files may have 1,000: the kernel refuses as a full disk does. */
const STORE = `
  const { openArtifactsFolder } = await import(process.argv[1])
  const { digestOf } = await import(process.argv[2])
  const bytes = new Uint8Array(100_000)
  const artifacts = await openArtifactsFolder(process.argv[3])
  await artifacts.put(digestOf(bytes), bytes).catch((error) => console.log(error.code, error.message))
  console.log((await artifacts.list()).length)`
// Skipped without prlimit (util-linux, on every Debian): nothing else here can make a disk full.
test.skipIf(!existsSync('/usr/bin/prlimit'))('a full disk is told, and nothing half-written stays', async () => {
  const modules = ['./index.ts', '../digest.ts'].map((name) => new URL(name, import.meta.url).href)
  const node = [process.execPath, '--input-type=module', '-e', STORE, ...modules, folder]
  const { stdout } = spawnSync('/usr/bin/prlimit', ['--fsize=1000', '--', ...node], { encoding: 'utf8' })
  const [said, kept] = stdout.trim().split('\n')
  expect(said).toMatch(/^AP_STORAGE_FULL artifact sha256:\w+ could not be written/)
  expect(kept).toBe('0')
  expect(await readdir(folder)).toEqual([])
})
