import * as esbuild from 'esbuild'
import { expect, test } from 'vitest'
import { withRuntimesAsync } from './async.ts'

const RUNTIME = 'export const names = { __apAsync: 1 };'
const ASYNC = 'export const one = async () => 1;'

/** As the build bundles; lines of different lengths cut the bundler's words in different places. */
const bundled = async (source: string, lineLimit: number): Promise<string> => {
  const { code } = await esbuild.transform(source, {
    target: 'esnext',
    format: 'esm',
    minifyWhitespace: true,
    lineLimit,
    supported: { 'async-await': false },
  })
  return code
}
const placeOf = (script: string, word: string) => {
  const lines = script.split('\n')
  const line = lines.findIndex((text) => text.includes(word))
  return [line, lines[line]?.indexOf(word)]
}

test.each([40, 80, 200, 1000])('at %i columns the runtime runs async functions, and nothing moves', async (limit) => {
  const before = await bundled(RUNTIME + ASYNC, limit)
  const after = withRuntimesAsync(before)
  expect(before).toContain('new Promise')
  expect(after).not.toContain('new Promise')
  expect(after).toContain('=>__apAsync(')
  expect(placeOf(after, 'names')).toEqual(placeOf(before, 'names'))
  expect(after.split('\n').length).toBe(before.split('\n').length)
  const seen: unknown[][] = []
  const run = new Function('__apAsync', `${after.replace(/export\s*\{[^}]*\};?/, '')}; return one()`)
  run((...given: unknown[]) => seen.push(given))
  expect(seen).toMatchObject([[null, null, expect.any(Function)]])
})

test.each([
  ['without async functions', RUNTIME],
  ['with an SDK that has no way of its own', ASYNC],
])('a bundle %s stays as it is', async (_name, source) => {
  const bundle = await bundled(source, 200)
  expect(withRuntimesAsync(bundle)).toBe(bundle)
})

test('what a package was built with before is run by the runtime too', async () => {
  const built = await esbuild.transform('export const two = async () => 2', {
    target: 'esnext',
    supported: { 'async-await': false },
  })
  const after = withRuntimesAsync(await bundled(`${RUNTIME}${ASYNC}${built.code}`, 200))
  expect(after).not.toContain('new Promise')
  expect(after.match(/=>__apAsync\(/g)).toHaveLength(2)
})

test.each([
  'var __async=fn=>new Promise(fn);var x={__apAsync:1};',
  'var __async=(__this,__arguments,generator)=>{return generator.next()};var x={__apAsync:1};',
])('a helper that only has the name stays: %s', (bundle) => {
  expect(withRuntimesAsync(bundle)).toBe(bundle)
})
