/** Memory and tables without end: refused inside wasm at the limit, and at the budget of the cell; the cell and its neighbours live. */
import { describe, expect, it } from 'vitest'
import type { CallAnswer } from '../../packages/executor/src/cells.ts'
import * as fixtures from '../cells/fixtures.ts'
import { job, product } from '../cells/pieces.ts'
import { gate, MiB, pool, until } from '../cells/pool.ts'
import type { Fixture } from '../fixture.ts'
import { attacks } from './attack.ts'

const code = (answer: CallAnswer): string => (answer.kind === 'error' ? answer.error.code : answer.kind)

describe('memory', () => {
  it('grows to the limit of the call and no further', async () => {
    const cells = await pool()
    const grows = await product(fixtures.GROWS)
    for (const pages of [64, 256]) {
      const answer = await cells.run(job(grows, { limits: { memoryBytes: pages * 65_536 } }))
      expect(answer.kind === 'output' && answer.bytes[0]! + answer.bytes[1]! * 256).toBeGreaterThan(pages - 16)
      expect(answer.usage.memoryPeakBytes).toBeLessThanOrEqual(pages * 65_536)
    }
  })

  it('of calls that each stay under the limit ends the largest where the cell is full; the others go on', async () => {
    const cells = await pool({ memoryBytes: 64 * MiB })
    const door = gate()
    const answers = { 'store.get': door.wait }
    const small = Array.from({ length: 4 }, async () => cells.run(job(await product(fixtures.HOLDS(100)), { answers })))
    await until(() => door.waiting === 4)
    const large = Array.from({ length: 3 }, async () => cells.run(job(await product(fixtures.HOLDS(400)), { answers })))
    const ended = await Promise.race(large)
    expect(ended).toMatchObject({ error: { code: 'AP_MEMORY_EXCEEDED', fields: { cellBytes: 64 * MiB } } })
    door.open()
    for (const one of small) expect(code(await one)).toBe('output')
    const ends = (await Promise.all(large)).map(code)
    expect(ends).toContain('output')
    expect(ends).toContain('AP_MEMORY_EXCEEDED')
    expect(cells.status.lost).toMatchObject({ crashed: 0, killed: 0 })
  })

  it('that an instance begins with is awaited, and refused where the cell can never have it', async () => {
    const cells = await pool({ memoryBytes: 40 * MiB })
    const door = gate()
    const answers = { 'store.get': door.wait }
    const piece = await product({ ...fixtures.READS, memory: '400' })
    const first = cells.run(job(piece, { answers }))
    await until(() => door.waiting === 1)
    const second = cells.run(job(piece, { answers }))
    const third = cells.run(job(piece, { wallMs: 300, answers }))
    expect(await third).toMatchObject({ error: { code: 'AP_WALL_EXCEEDED' } })
    expect(door.waiting).toBe(1)
    door.open()
    expect([code(await first), code(await second)]).toEqual(['output', 'output'])
    const never = await product({ memory: '800' })
    expect(await cells.run(job(never))).toMatchObject({ error: { code: 'AP_MEMORY_EXCEEDED' } })
  })
})

/** Grows a table, or its memory, until it is refused; then an echo. */
const growing = (grow: string): Fixture => ({
  definitions: '(table $t 1 funcref) (table $u 1 externref)',
  action: `(local $turns i32)
    (loop $more
      (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
      (br_if $more (i32.ne ${grow} (i32.const -1))))
    (if (i32.gt_u (local.get $turns) (i32.const 200000)) (then unreachable))`,
})
/** Traps where the growth went through. */
const mustNotGrow = (definitions: string, grow: string): Fixture => ({
  definitions,
  action: `(if (i32.ne ${grow} (i32.const -1)) (then unreachable))`,
})
const grows = (definitions: string, grow: string): Fixture => ({
  definitions,
  action: `(if (i32.eq ${grow} (i32.const -1)) (then unreachable))`,
})
const TABLE = '(table $t 1 funcref)'

describe('growth', () => {
  attacks({
    'of memory until it is refused': {
      hostile: { action: '(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable' },
      meets: { error: { code: 'AP_TRAPPED' } },
      permitted: growing('(memory.grow (i32.const 16))'),
    },
    'of memory by all that there is': {
      hostile: mustNotGrow('', '(memory.grow (i32.const 65534))'),
      meets: { kind: 'output' },
      permitted: grows('', '(memory.grow (i32.const 100))'),
    },
    'of a table beyond its cap': {
      hostile: mustNotGrow(TABLE, '(table.grow $t (ref.null func) (i32.const 100000))'),
      meets: { kind: 'output' },
      permitted: grows(TABLE, '(table.grow $t (ref.null func) (i32.const 99999))'),
    },
    'of a table by an entry at a time': {
      hostile: growing('(table.grow $t (ref.null func) (i32.const 1))'),
      meets: { kind: 'output' },
      permitted: growing('(table.grow $u (ref.null extern) (i32.const 1000))'),
    },
    'of what is touched, beside what is only reserved': {
      hostile: {
        action: `(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
          (memory.fill (i32.const 0) (i32.const 1) (i32.shl (memory.size) (i32.const 16))) unreachable`,
      },
      meets: { error: { code: 'AP_TRAPPED' } },
      permitted: { action: '(drop (memory.grow (i32.const 16)))' },
    },
  })
})
