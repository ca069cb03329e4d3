import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { DESCRIPTION, pieceComponent } from '../../../test/fixture.ts'
import { digestOf } from './digest.ts'
import { letGo } from './engine/passing.ts'
import { ENGINE_VERSION, hashOf } from './engine/product.ts'
import { decodeSkeleton } from './engine/skeleton.ts'
import { Engine, type EngineOptions, type ProgramProduct } from './engine.ts'
import { inspect } from './inspect.ts'
import { parseComponent } from './linker/component.ts'
import { embedManifest, type Manifest } from './manifest.ts'

const MANIFEST = { name: 'fixture', version: '0.1.0', language: 'wat', description: DESCRIPTION } as unknown as Manifest
const MiB = 2 ** 20

let component: Uint8Array
let artifact: Uint8Array
let digest: string
beforeAll(async () => {
  component = await pieceComponent()
  artifact = embedManifest(component, MANIFEST)
  digest = digestOf(artifact)
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-engine-'))
})
afterEach(() => rm(folder, { recursive: true }))

const open = (more: Partial<EngineOptions> = {}): Promise<Engine> =>
  Engine.open({ folder, diskBytes: 100 * MiB, memoryBytes: 10 * MiB, ...more })
const give = async (): Promise<Uint8Array> => artifact
const never = async (): Promise<Uint8Array> => {
  throw new Error('the artifact was asked for')
}
const bodies = (product: ProgramProduct): Promise<Buffer[]> =>
  Promise.all(product.modules.map(async (one) => Buffer.from(await one.bytes())))
const productFile = (of = digest): string => join(folder, ENGINE_VERSION, 'products', of.slice('sha256:'.length))
const moduleFiles = async (): Promise<string[]> => {
  const modules = join(folder, ENGINE_VERSION, 'modules')
  return (await readdir(modules)).map((name) => join(modules, name))
}

test('a product is what stands around the modules of a component, with hashes in their place', async () => {
  const engine = await open()
  const product = await engine.product(digest, give)
  expect(product).toMatchObject({ key: `${digest}+${ENGINE_VERSION}`, digest, memoryBytes: 131_072 })
  const skeleton = decodeSkeleton(product.skeleton)
  expect(skeleton.modules.map((one) => one.toHex())).toEqual(product.modules.map((one) => one.hash))
  const { steps, scopes, imports, lifted } = parseComponent(artifact)
  expect(skeleton).toEqual({ modules: skeleton.modules, steps, scopes, imports, lifted })
  const [body] = await bodies(product)
  expect(hashOf(body!)).toBe(product.modules[0]!.hash)
  expect(WebAssembly.validate(body as Buffer<ArrayBuffer>)).toBe(true)
})

test('it is built once: callers that come together share, later ones find it', async () => {
  const engine = await open()
  const products = await Promise.all(Array.from({ length: 5 }, () => engine.product(digest, give)))
  await engine.product(digest, never)
  await Promise.all(products.map(bodies))
  expect(engine.counts).toEqual({ builds: 1, diskReads: 5, damaged: 0 })
})

test('modules pass through: what one caller lets go is gone, and nothing of it stays in memory', async () => {
  const engine = await open()
  const [module] = (await engine.product(digest, give)).modules
  const [one, other] = [await module!.bytes(), await module!.bytes()]
  letGo(one)
  expect([one.length, one.buffer.byteLength]).toEqual([0, 0])
  expect(hashOf(other)).toBe(module!.hash)
  expect(hashOf(await module!.bytes())).toBe(module!.hash)
})

test('what the disk has no room for stays in memory, and cannot be let go', async () => {
  const engine = await open({ diskBytes: 0 })
  const [module] = (await engine.product(digest, give)).modules
  letGo(await module!.bytes())
  expect(hashOf(await module!.bytes())).toBe(module!.hash)
  expect(engine.counts).toEqual({ builds: 1, diskReads: 0, damaged: 0 })
  expect(await moduleFiles()).toEqual([])
})

test('a second start does no work but reading', async () => {
  const first = await open()
  const made = await bodies(await first.product(digest, give))
  await first.close()
  const second = await open()
  expect(await bodies(await second.product(digest, never))).toEqual(made)
  await bodies(await second.product(digest, never))
  expect(second.counts).toEqual({ builds: 0, diskReads: 3, damaged: 0 })
})

test('what the inspector built is not built again', async () => {
  const engine = await open()
  await inspect(artifact, { engine })
  await bodies(await engine.product(digest, never))
  expect(engine.counts.builds).toBe(0)
})

test('an upload that is refused leaves nothing', async () => {
  const engine = await open()
  await expect(inspect(component, { engine })).rejects.toMatchObject({ code: 'AP_INVALID_COMPONENT' })
  const lying = async (): Promise<unknown> => ({})
  await expect(inspect(artifact, { engine, describe: lying })).rejects.toMatchObject({ code: 'AP_INVALID_COMPONENT' })
  expect(await moduleFiles()).toEqual([])
})

test('equal modules of different pieces are kept once', async () => {
  const engine = await open()
  const other = embedManifest(component, { ...MANIFEST, version: '0.2.0' })
  await engine.product(digest, give)
  await engine.product(digestOf(other), async () => other)
  expect(engine.counts.builds).toBe(2)
  expect(await moduleFiles()).toHaveLength(1)
})

const damages: [name: string, file: () => Promise<string>, change: (bytes: Buffer) => Uint8Array][] = [
  ['a product of other bytes', async () => productFile(), (bytes) => bytes.fill(1, bytes.length - 4)],
  ['a product cut off', async () => productFile(), (bytes) => bytes.subarray(0, 40)],
  ['an empty product', async () => productFile(), () => new Uint8Array()],
  ['a module of other bytes', async () => (await moduleFiles())[0]!, (bytes) => bytes.fill(1, bytes.length - 4)],
  ['a module cut off', async () => (await moduleFiles())[0]!, (bytes) => bytes.subarray(0, 40)],
]
test.each(damages)('made again: %s', async (_name, file, change) => {
  const first = await open()
  const made = await bodies(await first.product(digest, give))
  await first.close()
  const path = await file()
  const before = await readFile(path)
  await writeFile(path, change(Buffer.from(before)))
  const second = await open()
  expect(await bodies(await second.product(digest, give))).toEqual(made)
  expect(second.counts).toMatchObject({ builds: 1, damaged: 1 })
  expect(await readFile(path)).toEqual(before)
})

test('a module that is gone brings its product again, also under the feet of a running executor', async () => {
  const engine = await open({ memoryBytes: 1 })
  const product = await engine.product(digest, give)
  for (const file of await moduleFiles()) await rm(file)
  expect((await bodies(product))[0]!.length).toBeGreaterThan(500)
  expect(engine.counts.builds).toBe(2)
})

test('two executors share a folder', async () => {
  const [a, b] = await Promise.all([open(), open()])
  const [one, two] = await Promise.all([a.product(digest, give), b.product(digest, give)])
  expect(await bodies(one)).toEqual(await bodies(two))
  expect((await readdir(join(folder, ENGINE_VERSION, 'products'))).length).toBe(1)
})

test('the disk is bounded: what was not used for longest goes first, other engines’ products too', async () => {
  const first = await open()
  await first.product(digest, give)
  await first.close()
  const old = join(folder, '0.0', 'products')
  await mkdir(old, { recursive: true })
  await writeFile(join(old, 'x'), new Uint8Array(1000))
  await utimes(join(old, 'x'), 1, 1)
  const files = [productFile(), ...(await moduleFiles())]
  const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, one) => sum + one.size, 0)
  await open({ diskBytes: bytes })
  expect(await readdir(old)).toEqual([])
  expect(await moduleFiles()).toHaveLength(1)
  await open({ diskBytes: 0 })
  expect(await moduleFiles()).toEqual([])
})

test('leftovers of an interrupted write are swept, a write under way is not', async () => {
  const modules = join(folder, ENGINE_VERSION, 'modules')
  await mkdir(modules, { recursive: true })
  await writeFile(join(modules, '.tmp-old'), 'half')
  await utimes(join(modules, '.tmp-old'), 1, 1)
  await writeFile(join(modules, '.tmp-new'), 'half')
  await open()
  expect(await readdir(modules)).toEqual(['.tmp-new'])
})

test('an artifact that this engine refuses is told so, and nothing is kept', async () => {
  const engine = await open()
  const core = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  await expect(engine.product(digestOf(core), async () => core)).rejects.toMatchObject({ code: 'AP_INVALID_COMPONENT' })
  await expect(engine.product(digest, never)).rejects.toThrow('the artifact was asked for')
  await bodies(await engine.product(digest, give))
})
