import { parse } from '@bytecodealliance/jco'
import { expect, test } from 'vitest'
import { deterministic, loadEngine } from './engine.ts'

const module = (names: readonly (readonly [string, string])[]) =>
  parse(`(module ${names.map(([from, name]) => `(import "${from}" "${name}" (func))`).join(' ')})`)

const CLOCKS = [
  ['wasi:random/insecure-seed@0.2.9', 'insecure-seed'],
  ['wasi:clocks/wall-clock@0.2.0', 'now'],
  ['wasi:clocks/monotonic-clock@0.2.0', 'now'],
] as const
const importsOf = (bytes: Uint8Array) =>
  WebAssembly.Module.imports(new WebAssembly.Module(bytes as BufferSource)).map((one) => `${one.module}#${one.name}`)

test('clock and random are bound to what always answers the same', async () => {
  const changed = deterministic(await module([...CLOCKS, ['env', 'now']]))
  expect(importsOf(changed)).toEqual([
    'wasi:cli/environment@0.2.0#initial-cwd',
    'wasi:clocks/wall-clock@0.2.0#resolution',
    'wasi:clocks/monotonic-clock@0.2.0#resolution',
    'env#now',
  ])
})

test.each([
  ['without random', CLOCKS.slice(1)],
  ['with two clocks', [...CLOCKS, ['wasi:clocks/wall-clock@0.2.1', 'now'] as const]],
])('an engine %s is not known here', async (_name, imports) => {
  const bytes = await module(imports)
  expect(() => deterministic(bytes)).toThrow('no single import')
})

test('the tool holds an engine without the async ABI', async () => {
  const engine = await loadEngine()
  expect(engine.length).toBeGreaterThan(500_000)
  expect(Buffer.from(engine).toString('latin1')).not.toContain('wall-clock@0.2.0\u0003now')
})
