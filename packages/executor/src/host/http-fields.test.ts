import { describe, expect, it } from 'vitest'
import { FORBIDDEN_HEADERS } from './index.ts'
import { bytes, fakeCall, text, trapOf } from './testing.ts'

const F = 'wasi:http/types#[method]fields.'
const header = (tag: string) => ({ tag: 'err', val: { tag } })
const okay = { tag: 'ok', val: undefined }

function fresh() {
  const fake = fakeCall()
  const fields = fake.run('wasi:http/types#[constructor]fields')
  const on = (method: string, ...args: unknown[]) => fake.run(F + method, fields, ...args)
  const entries = () => on('entries').map(([name, value]: [string, Uint8Array]) => [name, text(value)])
  return { ...fake, fields, on, entries }
}

describe('fields', () => {
  it('compare names without case and keep their spelling and order', () => {
    const { on, entries } = fresh()
    on('append', 'X-One', bytes('1'))
    on('append', 'accept', bytes('a'))
    on('append', 'x-one', bytes('2'))
    expect(entries()).toEqual([
      ['X-One', '1'],
      ['accept', 'a'],
      ['x-one', '2'],
    ])
    expect(on('get', 'X-ONE').map(text)).toEqual(['1', '2'])
    expect(on('has', 'Accept')).toBe(true)
    expect(on('has', 'nothing')).toBe(false)
    expect(on('get', 'nothing')).toEqual([])
  })
  it('set replaces all, delete removes all', () => {
    const { on, entries } = fresh()
    for (const value of ['1', '2']) on('append', 'a', bytes(value))
    expect(on('set', 'A', [bytes('3')])).toEqual(okay)
    expect(entries()).toEqual([['A', '3']])
    expect(on('delete', 'a')).toEqual(okay)
    expect(entries()).toEqual([])
  })
  it('take the bytes of Latin-1', () => {
    const { on } = fresh()
    expect(on('append', 'a', new Uint8Array([0xe9, 9, 0x20, 0xff]))).toEqual(okay)
  })
  it.each([
    ['an empty name', '', 'v'],
    ['a space in the name', 'a b', 'v'],
    ['a colon in the name', 'a:b', 'v'],
    ['a line feed in the name', 'a\nb', 'v'],
    ['a name that is not ASCII', 'é', 'v'],
    ['CR', 'a', 'x\ry'],
    ['LF', 'a', 'x\ny'],
    ['NUL', 'a', 'x\0y'],
    ['DEL', 'a', 'x\u007fy'],
  ])('refuse %s as invalid-syntax', (_name, name, value) => {
    const { on, entries, run } = fresh()
    expect(on('append', name, bytes(value))).toEqual(header('invalid-syntax'))
    expect(on('set', name, [bytes(value)])).toEqual(header('invalid-syntax'))
    expect(run('wasi:http/types#[static]fields.from-list', [[name, bytes(value)]])).toEqual(header('invalid-syntax'))
    expect(entries()).toEqual([])
  })
  it.each([...FORBIDDEN_HEADERS].flatMap((name) => [name, name.toUpperCase()]))('refuse %s as forbidden', (name) => {
    const { on, entries, run } = fresh()
    expect(on('append', name, bytes('v'))).toEqual(header('forbidden'))
    expect(on('set', name, [])).toEqual(header('forbidden'))
    expect(on('delete', name)).toEqual(header('forbidden'))
    expect(run('wasi:http/types#[static]fields.from-list', [[name, bytes('v')]])).toEqual(header('forbidden'))
    expect(entries()).toEqual([])
  })
  it('a refused set changes nothing', () => {
    const { on, entries } = fresh()
    on('append', 'a', bytes('1'))
    expect(on('set', 'a', [bytes('ok'), bytes('no\n')])).toEqual(header('invalid-syntax'))
    expect(entries()).toEqual([['a', '1']])
  })
  it('of a request are immutable', () => {
    const { run, fields } = fresh()
    const request = run('wasi:http/types#[constructor]outgoing-request', fields)
    const shown = run('wasi:http/types#[method]outgoing-request.headers', request)
    expect(run(`${F}append`, shown, 'a', bytes('v'))).toEqual(header('immutable'))
    expect(run(`${F}set`, shown, 'a', [])).toEqual(header('immutable'))
    expect(run(`${F}delete`, shown, 'a')).toEqual(header('immutable'))
    const copy = run(`${F}clone`, shown)
    expect(run(`${F}append`, copy, 'a', bytes('v'))).toEqual(okay)
    expect(run(`${F}has`, shown, 'a')).toBe(false)
  })
})

describe('bounds of fields', () => {
  it('100 of them', () => {
    const { on, run } = fresh()
    for (let n = 0; n < 100; n++) expect(on('append', 'a', bytes('v'))).toEqual(okay)
    expect(on('append', 'a', bytes('v'))).toEqual(header('forbidden'))
    expect(on('set', 'b', [bytes('v')])).toEqual(header('forbidden'))
    const many = Array.from({ length: 200_000 }, () => ['a', new Uint8Array(0)])
    expect(run('wasi:http/types#[static]fields.from-list', many)).toEqual(header('forbidden'))
  })
  it('64 KiB of them, names counted', () => {
    const { on } = fresh()
    expect(on('append', 'a', new Uint8Array(65_535).fill(65))).toEqual(okay)
    expect(on('append', 'b', new Uint8Array(0))).toEqual(header('forbidden'))
    expect(on('set', 'a', [new Uint8Array(65_535).fill(66)])).toEqual(okay)
  })
  it('copies count in full over the whole call, and come back when dropped', () => {
    const { on, run, fields } = fresh()
    on('append', 'a', new Uint8Array(65_535).fill(65))
    const copies: Disposable[] = []
    const copyAll = () => {
      for (;;) copies.push(run(`${F}clone`, fields))
    }
    expect(trapOf(copyAll)).toContain('more than 8388608 bytes of fields')
    expect(copies).toHaveLength(127)
    const other = run('wasi:http/types#[constructor]fields')
    expect(run(`${F}append`, other, 'a', bytes('v'))).toEqual(header('forbidden'))
    for (const copy of copies.splice(0)) copy[Symbol.dispose]()
    expect(trapOf(copyAll)).toContain('more than 8388608')
    expect(copies).toHaveLength(127)
  })
  it('a dropped original leaves its copy counted', () => {
    const { run } = fakeCall()
    let fields = run('wasi:http/types#[constructor]fields')
    run(`${F}append`, fields, 'a', new Uint8Array(65_535).fill(65))
    const kept: unknown[] = []
    const chain = () => {
      for (;;) {
        const copy = run(`${F}clone`, fields)
        kept.push(run(`${F}clone`, fields))
        fields[Symbol.dispose]()
        fields = copy
      }
    }
    expect(trapOf(chain)).toContain('more than 8388608')
    expect(kept.length).toBeLessThan(128)
  })
})
