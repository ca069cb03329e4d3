import { setImmediate } from 'node:timers/promises'
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { SLOT_HELPER } from '../../packages/executor/src/rewrite/index.ts'
import { metered } from './metered.ts'

const LIMIT = 1_000_000
const repeat = (count: number, text: string): string => text.repeat(count)

/** Each never ends, or not before the sun does; all export `f`, or run away in their start function. */
const RUNAWAYS: Readonly<Record<string, string>> = {
  'a loop': '(func (export "f") (loop $l (br $l)))',
  'a loop with a call': '(func $g) (func (export "f") (loop $l (call $g) (br $l)))',
  'a loop in the start function': '(func $s (loop $l (br $l))) (start $s)',
  'a tail call to itself': '(func $f (export "f") (return_call $f))',
  'tail calls through a table':
    '(type $t (func)) (table funcref (elem $a $b)) (func $a (export "f") (return_call_indirect (type $t) (i32.const 1))) (func $b (return_call_indirect (type $t) (i32.const 0)))',
  'a loop that catches everything': `(tag $e) (func $g (throw $e))
    (func (export "f") (loop $l (block $h (try_table (catch_all $h) (call $g))) (br $l)))`,
  'a loop that handlers make': '(tag $e) (func (export "f") (loop $l (try_table (catch_all $l) (throw $e))))',
  'a loop inside a handler of everything':
    '(func (export "f") (loop $o (block $h (try_table (catch_all $h) (loop $l (br $l)))) (br $o)))',
  'a host that throws, in a loop that catches':
    '(import "host" "throws" (func $h)) (func (export "f") (loop $l (block $c (try_table (catch_all $c) (call $h))) (br $l)))',
  'a tree of 2^40 calls': Array.from(
    { length: 40 },
    (_, i) => `(func $f${i} ${i ? '' : '(export "f")'} ${i < 39 ? `(call $f${i + 1}) (call $f${i + 1})` : ''})`,
  ).join(''),
  'a br_table': `(func (export "f") (local i32) (loop $a (block $b (loop $c
      (local.set 0 (i32.xor (local.get 0) (i32.const 1))) (br_table $a $b $c (local.get 0)))) (br $a)))`,
  'memory.fill again and again':
    '(memory 16) (func (export "f") (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br $l)))',
  'branches on null': '(func (export "f") (loop $l (drop (br_on_null $l (ref.null func)))))',
}

describe('a runaway ends at its limit', () => {
  it.each(Object.entries(RUNAWAYS))('%s', async (_, wat) => {
    const thrown = new Error('of the host')
    const imports = {
      host: {
        throws: () => {
          throw thrown
        },
      },
    }
    for (const parks of [true, false]) {
      const one = metered(await parse(`(module ${wat})`), { grant: 50_000, limit: LIMIT, parks, imports })
      const end = wat.includes('(start ') ? one.start() : one.suspending('f')
      // A trap: no handler of the guest can catch it.
      await expect(end).rejects.toThrow(WebAssembly.RuntimeError)
      await expect(end).rejects.toThrow('unreachable')
      expect(one.used).toBeGreaterThan(LIMIT)
      expect(one.used).toBeLessThan(LIMIT + 2 * 1_048_576)
      expect(one.parked).toBe(parks ? one.ticks - 1 : 0)
    }
  })

  it('ends at an ordinary call of an export, too, where the stack cannot suspend', async () => {
    const module = await parse(`(module ${RUNAWAYS['a loop that catches everything']})`)
    const one = metered(module, { grant: 50_000, limit: LIMIT, parks: true })
    expect(() => one.exports.f()).toThrow('unreachable')
    expect(one.parked).toBe(0)
  })
})

describe('straight lines', () => {
  const leaf = (fuel: number): string => `(func $leaf ${repeat(fuel - 1, '(drop (i32.const 0))')})`
  // What may run unseen is the largest body, or the most calls of what does not check: never a product of large sizes.
  it.each([
    ['the most calls of the largest functions that do not check', leaf(64), 20_000, 20_000 * 65],
    ['the most calls of functions that do', leaf(65), 20_000, 25_000],
    ['calls of the largest functions', leaf(349_000), 500, 349_000 + 2_000],
  ])('of %s are seen in time', async (_, callee, calls, unseen) => {
    const module = await parse(`(module ${callee} (func (export "f") ${repeat(calls, '(call $leaf)')}))`)
    const one = metered(module, { grant: 50_000 })
    one.exports.f()
    expect(one.ticks).toBeGreaterThan(0)
    expect(-one.lowest).toBeLessThan(unseen)
  })

  it.each([
    ['an import', '(call $host)'],
    ['what a table holds', '(call_indirect (i32.const 0))'],
  ])('of many calls of %s are seen at each', async (_, call) => {
    const module = await parse(`(module (import "host" "call" (func $host)) (table funcref (elem $host))
      (func (export "f") ${repeat(2_000, call)}))`)
    const imports = {
      host: {
        call: () => {
          one.exports['@fuel:left'].value -= 1_000
        },
      },
    }
    const one = metered(module, { grant: 50_000, imports })
    one.exports.f()
    expect(-one.lowest).toBeLessThan(6_000)
  })
})

describe('the slot helper', () => {
  it('is the text in its comment', async () => {
    const assembled = await parse(`(module
      (type $tick (func (param i32) (result i32)))
      (type $park (func (result i32)))
      (import "" "tick" (func (type $tick)))
      (import "" "park" (func (type $park)))
      (func (export "slow") (type $tick)
        (local.set 0 (call 0 (local.get 0)))
        (if (i32.eqz (local.get 0)) (then unreachable))
        (if (i32.lt_s (local.get 0) (i32.const 0)) (then
          (local.set 0 (i32.sub (i32.const 0) (local.get 0)))
          (block (try_table (catch_all 0) (br_if 1 (call 1)) unreachable))))
        (local.get 0)))`)
    const types = Buffer.from(SLOT_HELPER).toString('hex')
    // The assembler adds a name section for what is named.
    expect(Buffer.from(assembled).toString('hex').startsWith(types)).toBe(true)
  })

  const COUNT = `(func (export "f") (param i32) (result i32) (local i32)
    (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $l (i32.lt_u (local.get 1) (local.get 0)))) (local.get 1))`

  it('goes on where the stack cannot suspend', async () => {
    const one = metered(await parse(`(module ${COUNT})`), { grant: 1_000, parks: true })
    expect(one.exports.f(10_000)).toBe(10_000)
    expect(one.parked).toBe(0)
    expect(await one.suspending('f', 10_000)).toBe(10_000)
    expect(one.parked).toBeGreaterThan(50)
  })

  it('goes on where JavaScript stands between the guest and the suspending call', async () => {
    const module = await parse(`(module (import "host" "back" (func $back (param i32) (result i32))) ${COUNT}
      (func (export "g") (param i32) (result i32) (call $back (local.get 0))))`)
    const imports = { host: { back: (n: number): number => one.exports.f(n) } }
    const one = metered(module, { grant: 1_000, parks: true, imports })
    expect(await one.suspending('g', 10_000)).toBe(10_000)
    // The way in and out may park; the loop behind the JavaScript may not.
    expect(one.parked).toBeLessThan(3)
    expect(one.ticks).toBeGreaterThan(50)
  })

  it('kills what was parked', async () => {
    let turns = 0
    const park = async () => (++turns < 5 ? 1 : 0)
    const one = metered(await parse(`(module ${RUNAWAYS['a loop that catches everything']})`), {
      grant: 1_000,
      parks: true,
      park,
    })
    await expect(one.suspending('f')).rejects.toThrow('unreachable')
    expect(turns).toBe(5)
  })

  it('lets a neighbour run between two slices', async () => {
    const order: string[] = []
    const park = (who: string) => async () => {
      order.push(who)
      await setImmediate()
      return 1
    }
    const hog = metered(await parse('(module (func (export "f") (loop $l (br $l))))'), {
      grant: 1_000,
      limit: 20_000,
      parks: true,
      park: park('hog'),
    })
    const neighbour = metered(await parse(`(module ${COUNT})`), { grant: 1_000, parks: true, park: park('neighbour') })
    const hogs = hog.suspending('f').catch(() => order.push('hog killed'))
    expect(await neighbour.suspending('f', 1_000)).toBe(1_000)
    order.push('neighbour done')
    await hogs
    expect(order.slice(0, 6)).toEqual(['hog', 'neighbour', 'hog', 'neighbour', 'hog', 'neighbour'])
    expect(order.slice(-1)).toEqual(['hog killed'])
    expect(order).toContain('neighbour done')
  })
})
