import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { LOG2_BLOCK_BYTES, MARK_REACH, MARKS, rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { FAMILIES } from '../../packages/executor/src/rewrite/opcodes.ts'
import { argumentsFor, corpus } from './corpus.ts'
import { type Exports, instantiate, type Metered } from './metered.ts'
import { GRANT, outcome, plainly } from './outcome.ts'

const PAGE_BYTES = 65_536
const BLOCK = 1 << LOG2_BLOCK_BYTES
/** Of the largest memory here. */
const BLOCKS = (4 * PAGE_BYTES) / BLOCK

const marked = (module: Uint8Array, imports?: WebAssembly.Imports): Metered =>
  instantiate(rewrite(module, { memoryBytes: 4 * PAGE_BYTES, marks: true }).bytes, {
    grant: GRANT,
    ...(imports && { imports }),
  })

const marksOf = (exports: Exports): Uint8Array => new Uint8Array(exports[MARKS].buffer)

/** Numbers of the blocks that are marked. */
const blocks = (exports: Exports): number[] => [...marksOf(exports).entries()].flatMap(([i, mark]) => (mark ? [i] : []))

interface Write {
  families: readonly string[]
  /** Takes an address as parameter 0 and does one thing to memory. */
  code: string
  /** Bytes from the address on that it writes; none for what only reads. */
  bytes: number
  offset?: number
}

const store = (code: string, value: string, bytes: number, families: string[], offset = 0): Write => ({
  families,
  code: `(${code}${offset ? ` offset=${offset}` : ''} (local.get 0) (${value}))`,
  bytes,
  offset,
})

const WRITES: Readonly<Record<string, Write>> = {
  'i32.store': store('i32.store', 'i32.const -1', 4, ['i32.store']),
  'i32.store with an offset': store('i32.store', 'i32.const -1', 4, ['i32.store'], 70_000),
  'i64.store': store('i64.store', 'i64.const -1', 8, ['i64.store']),
  'f32.store': store('f32.store', 'f32.const 1', 4, ['f32.store']),
  'f64.store': store('f64.store', 'f64.const 1.5', 8, ['f64.store'], 8),
  'i32.store8': store('i32.store8', 'i32.const -1', 1, ['i32.store8, store16']),
  'i32.store16': store('i32.store16', 'i32.const -1', 2, ['i32.store8, store16']),
  'i64.store8': store('i64.store8', 'i64.const -1', 1, ['i64.store8, store16, store32']),
  'i64.store16': store('i64.store16', 'i64.const -1', 2, ['i64.store8, store16, store32']),
  'i64.store32': store('i64.store32', 'i64.const -1', 4, ['i64.store8, store16, store32'], 3),
  'v128.store': store('v128.store', 'v128.const i64x2 -1 -1', 16, ['v128.store']),
  'v128.store8_lane': {
    families: ['store lane'],
    code: '(v128.store8_lane offset=5 3 (local.get 0) (v128.const i64x2 -1 -1))',
    bytes: 1,
    offset: 5,
  },
  'v128.store64_lane': {
    families: ['store lane'],
    code: '(v128.store64_lane 1 (local.get 0) (v128.const i64x2 -1 -1))',
    bytes: 8,
  },
  'memory.fill of nothing': {
    families: ['memory.fill'],
    code: '(memory.fill (local.get 0) (i32.const 255) (i32.const 0))',
    bytes: 0,
  },
  'memory.fill over blocks': {
    families: ['memory.fill'],
    code: '(memory.fill (local.get 0) (i32.const 255) (i32.const 9000))',
    bytes: 9000,
  },
  'memory.copy over blocks': {
    families: ['memory.copy'],
    code: '(memory.copy (local.get 0) (i32.const 100000) (i32.const 5000))',
    bytes: 5000,
  },
  'a load': { families: [], code: '(drop (i64.load (local.get 0)))', bytes: 0 },
  'memory.grow': { families: [], code: '(drop (memory.grow (i32.const 1)))', bytes: 0 },
  'a store that is not reached': { families: [], code: '(return) (i32.store (i32.const 0) (i32.const 1))', bytes: 0 },
}

/** Where a write may begin: inside of a block, at its ends, and over the edge to the next. */
const PLACES = [0, 17, BLOCK - 16, BLOCK - 8, BLOCK - 4, BLOCK - 2, BLOCK - 1, BLOCK, 5 * BLOCK + 4090]

const isBulk = (code: string): boolean => /memory\.(fill|copy)/.test(code)

const module = (code: string): Promise<Uint8Array<ArrayBuffer>> =>
  parse(`(module (memory (export "memory") 3 4) (data (i32.const 100000) "${'\\07'.repeat(5000)}")
    (func (export "f") (param i32) ${code}))`) as Promise<Uint8Array<ArrayBuffer>>

describe('what writes memory marks its block', () => {
  it('covers every family that writes', () => {
    const covered = new Set(Object.values(WRITES).flatMap((one) => one.families))
    expect([...covered].sort()).toEqual(
      FAMILIES.filter((one) => one.writes)
        .map((one) => one.name)
        .sort(),
    )
  })

  it.each(Object.entries(WRITES))('%s', async (_, { code, bytes, offset = 0 }) => {
    const { exports } = marked(await module(code))
    for (const place of PLACES) {
      marksOf(exports).fill(0, 0, BLOCKS)
      exports.f(place)
      const first = (place + offset) >>> LOG2_BLOCK_BYTES
      const last = (place + offset + bytes - 1) >>> LOG2_BLOCK_BYTES
      const found = blocks(exports)
      if (bytes === 0) expect(found.length).toBeLessThanOrEqual(isBulk(code) ? 1 : 0)
      // A single store reaches into the block behind at most; that is not marked.
      else if (!isBulk(code)) expect(found).toEqual([first])
      else expect(found).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i))
    }
  })

  it('traps before it marks where the write is out of bounds', async () => {
    const { exports } = marked(await module('(i32.store offset=4294967295 (local.get 0) (i32.const 1))'))
    expect(() => exports.f(16)).toThrow(/out of bounds/)
    expect(blocks(exports)).toEqual([])
  })

  it('does not say that it was never written: without marks there are none', async () => {
    const { bytes } = rewrite(await module('(i32.store (local.get 0) (i32.const 1))'), { memoryBytes: 4 * PAGE_BYTES })
    expect(WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map((one) => one.name)).not.toContain(MARKS)
  })

  it('those of a memory that is imported are the exporter’s', async () => {
    const owner = marked(await module('(i32.store (local.get 0) (i32.const 1))')).exports
    const user = marked(
      (await parse(`(module (import "env" "memory" (memory 1))
        (func (export "f") (param i32) (i32.store8 (local.get 0) (i32.const 1))))`)) as Uint8Array,
      { env: { memory: owner.memory }, [MARKS]: { [MARKS]: owner[MARKS] } },
    ).exports
    owner.f(0)
    user.f(3 * BLOCK)
    expect(blocks(owner)).toEqual([0, 3])
    expect(user[MARKS]).toBe(owner[MARKS])
  })
})

describe.each(['corpus', 'exceptions'] as const)('generated modules that mark: %s', (file) => {
  it.each(corpus(file).map((one) => [one.seed, one] as const))('seed %i', (_, one) => {
    const plain = new WebAssembly.Module(one.bytes)
    for (const [name, parameters] of one.calls) {
      const args = argumentsFor(parameters)
      const { exports } = marked(one.bytes)
      let before = new Uint8Array()
      const start = () => {
        exports['@fuel:start']?.()
        marksOf(exports).fill(0, 0, BLOCKS)
        before = new Uint8Array(exports['@memory:0'].buffer).slice()
      }
      const ours = outcome(exports, start, name, args)
      const expected = plainly(plain, name, args)
      expect({ name, did: ours.did }).toEqual({ name, did: expected.did })
      if (expected.state !== '') expect({ name, state: ours.state }).toEqual({ name, state: expected.state })
      expect({ name, unmarked: unmarkedChanges(before, exports) }).toEqual({ name, unmarked: [] })
    }
  })
})

/** Blocks that changed beyond what a mark covers: its own block, and so far into the next as a store may reach. */
function unmarkedChanges(before: Uint8Array, exports: Exports): number[] {
  const after = new Uint8Array(exports['@memory:0'].buffer)
  const marks = marksOf(exports)
  return [...Array(before.length / BLOCK).keys()].filter((block) => {
    if (marks[block] !== 0) return false
    const from = block * BLOCK + (block > 0 && marks[block - 1] !== 0 ? MARK_REACH : 0)
    const end = (block + 1) * BLOCK
    return Buffer.compare(before.subarray(from, end), after.subarray(from, end)) !== 0
  })
}
