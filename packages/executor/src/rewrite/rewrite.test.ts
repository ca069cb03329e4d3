import { readdirSync, readFileSync } from 'node:fs'
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { rewrite, setMemoryMaximum } from './index.ts'

const KiB = 1024
const MEMORY_BYTES = 256 * KiB

const module = async (wat: string): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await parse(`(module ${wat})`))
const compiled = async (wat: string, options = {}): Promise<WebAssembly.Module> =>
  new WebAssembly.Module(rewrite(await module(wat), { memoryBytes: MEMORY_BYTES, ...options }).bytes)
const exported = (of: WebAssembly.Module): string[] =>
  WebAssembly.Module.exports(of).map(({ name, kind }) => `${kind} ${name}`)

describe('what a rewritten module exports beyond its own', () => {
  it('is the meter, and the state that it defines by the index of the original', async () => {
    const of = await compiled(`
      (import "a" "g" (global (mut i32)))
      (import "a" "t" (table 1 funcref))
      (memory 1) (table 2 funcref)
      (global (mut i32) (i32.const 1)) (global i32 (i32.const 2)) (global (mut f64) (f64.const 3))
      (func $s) (func (export "f")) (start $s)`)
    expect(exported(of)).toEqual([
      'function f',
      'global @global:1',
      'global @global:3',
      'memory @memory:0',
      'table @table:1',
      'global @fuel:left',
      'table @fuel:slot',
      'function @fuel:start',
    ])
  })

  it('is no meter without code of its own, but the start that it would have run', async () => {
    const started: string[] = []
    const of = await compiled('(import "a" "init" (func $init)) (start $init)')
    const { exports } = new WebAssembly.Instance(of, { a: { init: () => started.push('init') } })
    expect(exported(of)).toEqual(['function @fuel:start'])
    expect(started).toEqual([])
    ;(exports['@fuel:start'] as () => void)()
    expect(started).toEqual(['init'])
  })
})

describe('maxima', () => {
  const memory = async (limits: string, memoryBytes = MEMORY_BYTES) => {
    const { bytes, memoryMaximumAt } = rewrite(await module(`(memory (export "m") ${limits})`), { memoryBytes })
    return { bytes, at: memoryMaximumAt! }
  }
  const grows = (bytes: Uint8Array<ArrayBuffer>): number => {
    const of = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.m as WebAssembly.Memory
    let pages = of.buffer.byteLength / 65_536
    try {
      while (pages < 100) {
        of.grow(1)
        pages++
      }
    } catch {}
    return pages
  }

  it.each([
    ['1', MEMORY_BYTES, 4],
    ['1 100', MEMORY_BYTES, 4],
    ['1 3', MEMORY_BYTES, 3],
    ['1', MEMORY_BYTES + 65_535, 4],
    ['4', MEMORY_BYTES, 4],
  ])('a memory %s under %i bytes grows to %i pages', async (limits, memoryBytes, pages) => {
    expect(grows((await memory(limits, memoryBytes)).bytes)).toBe(pages)
  })

  it('are lowered for a call in place', async () => {
    const { bytes, at } = await memory('1')
    for (const pages of [2, 3, 1]) {
      setMemoryMaximum(bytes, at, pages)
      expect(grows(bytes)).toBe(pages)
    }
  })

  it('below the minimum do not compile, and outside of 0 to 65536 are refused', async () => {
    const { bytes, at } = await memory('2')
    setMemoryMaximum(bytes, at, 1)
    expect(WebAssembly.validate(bytes)).toBe(false)
    for (const pages of [-1, 65_537, 1.5, Number.NaN])
      expect(() => setMemoryMaximum(bytes, at, pages)).toThrow(RangeError)
  })

  it('of an imported memory are left to the module that defines it', async () => {
    const { memoryMaximumAt } = rewrite(await module('(import "a" "m" (memory 1 100))'), { memoryBytes: MEMORY_BYTES })
    expect(memoryMaximumAt).toBeUndefined()
  })

  it.each([
    ['1 funcref', {}, 100_000],
    ['1 7 funcref', {}, 7],
    ['1 externref', { tableEntries: 9 }, 9],
    ['3 5 (ref null func) (ref.func $f)', {}, 5],
  ])('of a table %s', async (limits, options, most) => {
    const of = await compiled(`(func $f) (elem declare func $f) (table (export "t") ${limits})`, options)
    const table = new WebAssembly.Instance(of).exports.t as WebAssembly.Table
    table.grow(most - table.length)
    expect(() => table.grow(1)).toThrow(RangeError)
  })
})

describe('the bytes', () => {
  it('are the same for the same module', async () => {
    const original = await module('(memory 1) (func (export "f") (loop (br_if 0 (i32.const 0))))')
    const copy = original.slice()
    const one = rewrite(original, { memoryBytes: MEMORY_BYTES })
    expect(rewrite(original, { memoryBytes: MEMORY_BYTES })).toEqual(one)
    expect(one.functions).toBe(1)
    expect(original).toEqual(copy)
  })

  it('keep the names, which are indices, and drop what holds offsets', async () => {
    const of = await compiled(
      '(func $spin (export "f") unreachable) (@custom ".debug_line" "1234") (@producers (language "C" "1"))',
    )
    expect(WebAssembly.Module.customSections(of, '.debug_line')).toEqual([])
    expect(WebAssembly.Module.customSections(of, 'producers')).toEqual([])
    expect(WebAssembly.Module.customSections(of, 'name')).toHaveLength(1)
    let stack = ''
    try {
      ;(new WebAssembly.Instance(of).exports.f as () => void)()
    } catch (error) {
      stack = (error as Error).stack ?? ''
    }
    expect(stack).toContain('spin')
  })

  it('replace hints about the old code', async () => {
    const of = await compiled(
      '(func (export "f") (param i32) (@metadata.code.branch_hint "\\00") (if (local.get 0) (then (loop (br_if 0 (i32.const 0))))))',
    )
    expect(WebAssembly.Module.customSections(of, 'metadata.code.branch_hint')).toHaveLength(1)
  })

  it('may stand in the middle of a buffer', async () => {
    const original = await module('(memory 1) (func (export "f") (loop))')
    const around = new Uint8Array(original.length + 20)
    around.set(original, 7)
    const options = { memoryBytes: MEMORY_BYTES }
    expect(rewrite(around.subarray(7, 7 + original.length), options)).toEqual(rewrite(original, options))
  })
})

it('runs in a browser, too: it imports nothing but its own files', () => {
  const folder = new URL('.', import.meta.url)
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')))
    for (const [, from] of readFileSync(new URL(file, folder), 'utf8').matchAll(/ from '([^']+)'/g))
      expect(from).toMatch(/^\.\/\w+\.ts$|^\.\.\/errors\.ts$/)
})
