import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { Refused } from '../../packages/executor/src/errors.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { FAMILIES } from '../../packages/executor/src/rewrite/opcodes.ts'
import { HOSTILE, MEMORY_BYTES } from './hostile.ts'

const options = { memoryBytes: MEMORY_BYTES }

function reasons(module: Uint8Array): readonly string[] {
  try {
    rewrite(module, options)
  } catch (error) {
    if (error instanceof Refused) return error.reasons
    throw error
  }
  return []
}

describe('a hostile module is refused, its permitted twin is not', () => {
  it('covers every refused family', () => {
    const covered = new Set(Object.values(HOSTILE).flatMap((one) => one.families ?? []))
    expect([...covered].sort()).toEqual(
      FAMILIES.filter((one) => one.refused)
        .map((one) => one.name)
        .sort(),
    )
  })

  it.each(Object.entries(HOSTILE))('%s', async (_, { refused, reason, permitted }) => {
    const module = typeof refused === 'string' ? await parse(`(module ${refused})`) : refused
    expect(reasons(module).join('; ')).toMatch(reason)
    const twin = rewrite(await parse(`(module ${permitted})`), options)
    expect(WebAssembly.validate(twin.bytes)).toBe(true)
  })

  it('names every reason, one a kind', async () => {
    const found = reasons(
      await parse(`(module (memory i64 1) (memory 2000) (table 200000 funcref) (global (export "@fuel:left") i32 (i32.const 1))
        (func (param anyref)) (func (param eqref) (drop (ref.i31 (i32.const 1)))) (func (drop (i32.atomic.load (i64.const 0)))))`),
    )
    expect(found.map((one) => one.slice(0, 40))).toEqual([
      'type 0x6e at byte 14: garbage-collected ',
      'table 0 begins with 200,000 entries; at ',
      'memory 0 is indexed by 64 bits; only 32 ',
      'memory 1 begins with 2000 pages (131,072',
      'the module has 2 memories; at most 1 is ',
      'the export "@fuel:left" has a name that ',
      'function 2 has instruction 0xfe 0x10 at ',
    ])
    expect(found[0]).toMatch(/\(and 2 more of this kind\)$/)
  })

  it.each([
    ['nothing', [], /malformed|not valid/],
    ['text', [...new TextEncoder().encode('(module)')], /magic word/],
    ['a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], /version/],
    ['a section that ends too late', [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9, 0], /not valid/],
    // (func (export "f") (loop (global.set 0 …) (br 0))): global 0 would be the counter, once it is appended.
    [
      'an index one past the end',
      [
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 13, 1, 11, 0, 3,
        0x40, 0x41, 0, 0x24, 0, 12, 0, 11, 11,
      ],
      /not valid: .*global/,
    ],
  ])('%s is no module', (_, bytes, reason) => {
    expect(reasons(Uint8Array.from(bytes)).join('; ')).toMatch(reason)
  })
})
