import { expect, test } from 'vitest'
import type { ProgramProduct } from '../engine.ts'
import { Loaded } from './loaded.ts'

const MiB = 2 ** 20

const product = (key: string, moduleBytes: number): ProgramProduct => ({
  key,
  digest: key,
  skeleton: new Uint8Array(0),
  lasting: [],
  stays: false,
  memoryBytes: 0,
  modules: [{ hash: `module of ${key}`, bytes: async () => new Uint8Array(moduleBytes) }],
})

/** What a cell was told, as words. */
function loaded(maxBytes: number) {
  const said: string[] = []
  const one = new Loaded(maxBytes, {
    pictureOf: async () => undefined,
    picture: (key) => said.push(`picture of ${key}`),
    module: ({ hash }) => said.push(hash),
    program: ({ key }) => said.push(`program ${key}`),
    unload: (key) => said.push(`unload ${key}`),
  })
  return { said, one }
}

test('calls that come together send a program once', async () => {
  const { said, one } = loaded(100)
  await Promise.all([one.use(product('a', 10)), one.use(product('a', 10))])
  expect(one.use(product('a', 10))).toBeUndefined()
  expect(said).toEqual(['module of a', 'program a'])
})

test('two programs that come together and do not fit are both there for their calls', async () => {
  const { one } = loaded(15)
  await Promise.all([one.use(product('a', 10)), one.use(product('b', 10))])
  expect(one.programs).toBe(2)
  one.release('a')
  one.release('b')
  await one.use(product('c', 10))
  expect(one.programs).toBe(1)
})

test('what surrounds the modules counts, too', async () => {
  const { one } = loaded(100)
  for (const key of ['a', 'b', 'c']) {
    await one.use({ ...product(key, 1), skeleton: new Uint8Array(60) })
    one.release(key)
  }
  expect([one.programs, one.bytes]).toEqual([1, 61])
})

test('a program without calls leaves after a while; one that is called stays', async () => {
  const { said, one } = loaded(100)
  for (const key of ['a', 'b', 'c']) await one.use(product(key, 10))
  one.release('a')
  one.release('b')
  one.unloadIdle(performance.now() - 60_000)
  expect(one.programs).toBe(3)
  one.unloadIdle(performance.now() + 1)
  expect([one.programs, one.bytes]).toEqual([1, 10])
  expect(said.slice(-2)).toEqual(['unload a', 'unload b'])
  await one.use(product('a', 10))
  expect(said.slice(-2)).toEqual(['module of a', 'program a'])
})

test('a picture goes along, counts, and is asked for where none is there', async () => {
  const said: string[] = []
  const one = new Loaded(100, {
    pictureOf: async ({ key }) => (key === 'with' ? new Uint8Array(7) : undefined),
    picture: (key, { length }) => said.push(`picture of ${key}, ${length} bytes`),
    module: () => {},
    program: ({ key }, wantsPicture) => said.push(`${key} ${wantsPicture}`),
    unload: () => {},
  })
  await one.use({ ...product('with', 10), stays: true })
  await one.use({ ...product('without', 10), stays: true })
  await one.use(product('passing', 10))
  expect(said).toEqual(['with false', 'picture of with, 7 bytes', 'without true', 'passing false'])
  expect(one.bytes).toBe(37)
  expect(['with', 'passing', 'unknown', 'without', 'without'].map((key) => one.pictured(key))).toEqual([
    ...[undefined, undefined, undefined],
    ...['without', undefined],
  ])
})

test('a module that the cell has is not read for another program; one that left meanwhile is', async () => {
  const { said, one } = loaded(100)
  const reads: string[] = []
  const sharing = (key: string, own: Promise<Uint8Array> | Uint8Array): ProgramProduct => ({
    ...product(key, 0),
    modules: [
      { hash: 'shared', bytes: async () => new Uint8Array(reads.push(`shared for ${key}`) && 10) },
      { hash: `own of ${key}`, bytes: async () => own },
    ],
  })
  await one.use(sharing('a', new Uint8Array(1)))
  await one.use(sharing('b', new Uint8Array(1)))
  expect(reads).toEqual(['shared for a'])
  for (const key of ['a', 'b']) one.release(key)

  const { promise, resolve } = Promise.withResolvers<Uint8Array>()
  const coming = one.use(sharing('c', promise))
  one.unloadIdle(performance.now() + 1)
  resolve(new Uint8Array(1))
  await coming
  expect(reads).toEqual(['shared for a', 'shared for c'])
  expect(said.slice(-5)).toEqual(['unload a', 'unload b', 'shared', 'own of c', 'program c'])
  expect(one.bytes).toBe(11)
})

test('a program that cannot be read fails its call, and can be read by the next', async () => {
  const { one } = loaded(100)
  const broken = { ...product('a', 10), modules: [{ hash: 'm', bytes: () => Promise.reject(new Error('disk')) }] }
  await expect(one.use(broken)).rejects.toThrow('disk')
  await one.use(product('a', 10))
  expect(one.programs).toBe(1)
})

test('a cell is worn by what left it: modules, skeletons, pictures and memories, four times what it has', async () => {
  const { one } = loaded(1_000 * MiB)
  const wears = async (moduleBytes: number, memoryBytes: number): Promise<boolean> => {
    await one.use({ ...product('passing', moduleBytes), memoryBytes })
    one.release('passing')
    one.unloadIdle(performance.now() + 1)
    return one.worn
  }
  expect(one.worn).toBe(false)
  expect(await wears(5 * MiB, 2 * MiB)).toBe(false)
  expect(await wears(0, 2 * MiB)).toBe(true)
  await one.use(product('busy', 4 * MiB))
  expect(one.worn).toBe(false)
  expect(await wears(6 * MiB, 0)).toBe(false)
  expect(await wears(0, 2 * MiB)).toBe(true)
})
