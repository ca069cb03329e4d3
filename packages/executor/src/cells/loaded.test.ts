import { expect, test } from 'vitest'
import type { ProgramProduct } from '../engine.ts'
import { Loaded } from './loaded.ts'

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

test('a program that cannot be read fails its call, and can be read by the next', async () => {
  const { one } = loaded(100)
  const broken = { ...product('a', 10), modules: [{ hash: 'm', bytes: () => Promise.reject(new Error('disk')) }] }
  await expect(one.use(broken)).rejects.toThrow('disk')
  await one.use(product('a', 10))
  expect(one.programs).toBe(1)
})
