/** Clocks of a piece step by a millisecond, and nothing else counts for it; tenants never share a process. */
import { describe, expect, test } from 'vitest'
import { job, product } from '../cells/pieces.ts'
import { pool } from '../cells/pool.ts'
import type { Fixture } from '../fixture.ts'

const ANSWER = '(return (call $ok (i32.const 41000) (i32.const 8)))'
const NOW = '(import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))'
const RESOLUTION = '(import "wasi:clocks/monotonic-clock@0.2.12" "resolution" (func $resolution (result i64)))'
const WALL = '(import "wasi:clocks/wall-clock@0.2.12" "now" (func $wall (param i32)))'
/** Reads a clock so often; answers with what all readings have left over beyond whole milliseconds. */
const rests = (imports: string, read: string): Fixture => ({
  imports,
  action: `(local $turns i32) (local $rest i64)
    (loop $more
      (local.set $rest (i64.or (local.get $rest) (i64.rem_u ${read} (i64.const 1000000))))
      (br_if $more (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 20000))))
    (i64.store (i32.const 41000) (local.get $rest)) ${ANSWER}`,
})
/** Turns until the clock moves once. */
const TURNS: Fixture = {
  imports: NOW,
  action: `(local $turns i64) (local $first i64)
    (local.set $first (call $now))
    (loop $more
      (local.set $turns (i64.add (local.get $turns) (i64.const 1)))
      (br_if $more (i64.eq (call $now) (local.get $first))))
    (i64.store (i32.const 41000) (local.get $turns)) ${ANSWER}`,
}

async function answerOf(fixture: Fixture): Promise<bigint> {
  const cells = await pool()
  const answer = await cells.run(job(await product(fixture)))
  if (answer.kind !== 'output') throw new Error(JSON.stringify(answer))
  return Buffer.from(answer.bytes).readBigUInt64LE()
}

describe('a clock', () => {
  test.each<[name: string, fixture: Fixture]>([
    ['monotonic', rests(NOW, '(call $now)')],
    [
      'of the wall',
      rests(WALL, '(block (result i64) (call $wall (i32.const 41104)) (i64.load32_u (i32.const 41112)))'),
    ],
  ])('%s: whole milliseconds, each of 20,000 times', async (_, fixture) => {
    expect(await answerOf(fixture)).toBe(0n)
  })

  test('says its own step, and moves', async () => {
    const resolution = { imports: RESOLUTION, action: `(i64.store (i32.const 41000) (call $resolution)) ${ANSWER}` }
    expect(await answerOf(resolution)).toBe(1_000_000n)
    expect(await answerOf(TURNS)).toBeGreaterThan(0n)
  })
})

test('a counter in shared memory, the other clock of an attacker, cannot be had', async () => {
  await expect(product({ definitions: '(memory 1 1 shared)' })).rejects.toMatchObject({ name: 'Refused' })
  await expect(product({ definitions: '(func (drop (i32.atomic.load (i32.const 0))))' })).rejects.toThrow()
  await expect(product({ definitions: '(func (drop (i32.load (i32.const 0))))' })).resolves.toBeDefined()
})

test.each<[isolation: 'tenant' | 'shared', processes: number]>([
  ['tenant', 2],
  ['shared', 1],
])('with isolation %s, two tenants have %i process(es)', async (isolation, processes) => {
  const cells = await pool({ cells: 2, isolation })
  const echo = await product()
  const seen = new Set<number>()
  for (const tenant of ['a', 'b', 'a', 'b']) {
    await cells.run(job(echo, { tenant }))
    for (const { pid } of cells.status.cells) seen.add(pid!)
  }
  expect(seen.size).toBe(processes)
})
