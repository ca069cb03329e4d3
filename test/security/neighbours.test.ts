/**
 * How long others wait beside a hog, in slices and in CPU of the thread that all share: what a busy machine does to the clock on
 * the wall is another matter.
 */
import { expect, test } from 'vitest'
import { threadCpuMs } from '../../packages/executor/src/cell/cpu-clock.ts'
import { innermost, mainThreadCpuMs } from '../../packages/executor/src/cells/cpu-time.ts'
import { PieceError } from '../../packages/executor/src/errors.ts'
import type { HostWorld } from '../../packages/executor/src/host/call.ts'
import { immediate } from '../../packages/executor/src/host/call.ts'
import { WORLD } from '../../packages/executor/src/host/index.ts'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { instanceOf, programOf } from '../../packages/executor/src/linker/testing.ts'
import { LOOPS } from '../cells/fixtures.ts'
import { job, product } from '../cells/pieces.ts'
import { pool } from '../cells/pool.ts'
import { type Fixture, pieceComponent } from '../fixture.ts'

const SLICE_MS = 5
const REALLOC_MS = 100
/** What a slice may take beyond its limit: between two looks at the clock, and garbage of the thread. */
const OVER_MS = 20
const CALLS = 25
const INPUT = new TextEncoder().encode('{}')

/** Asks for all variables, of which there are many, and puts each into memory slowly: each allocation alone stays below its limit. */
const MANY_ALLOCATIONS: Fixture = {
  imports: '(import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))',
  definitions: '(global $slow (mut i32) (i32.const 0))',
  action: '(global.set $slow (i32.const 1)) (call $environment (i32.const 41000))',
  realloc: `(local $i i32)
    (if (global.get $slow) (then (loop $more
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 3000000))))))`,
}
const VARIABLES: HostWorld = {
  ...WORLD,
  'wasi:cli/environment': {
    ...WORLD['wasi:cli/environment'],
    'get-environment': immediate(() => Array.from({ length: 500 }, (_, i) => [`NAME_${i}`, 'value'])),
  },
}

interface Hog {
  fixture: Fixture
  atOnce: number
  /** What each of its calls ends with. */
  code: string
  /** How long a slice of it may be. */
  sliceMs: number
}

test.each<[string, Hog]>([
  ['a loop', { fixture: LOOPS.action, atOnce: 1, code: 'AP_CPU_EXCEEDED', sliceMs: SLICE_MS }],
  ['sixteen loops', { fixture: LOOPS.action, atOnce: 16, code: 'AP_CPU_EXCEEDED', sliceMs: SLICE_MS }],
  ['an allocator that loops', { fixture: LOOPS.realloc, atOnce: 1, code: 'AP_REALLOC_EXCEEDED', sliceMs: REALLOC_MS }],
  ['eight such allocators', { fixture: LOOPS.realloc, atOnce: 8, code: 'AP_REALLOC_EXCEEDED', sliceMs: REALLOC_MS }],
  [
    'a thousand slow allocations for one list',
    { fixture: MANY_ALLOCATIONS, atOnce: 1, code: 'AP_REALLOC_EXCEEDED', sliceMs: REALLOC_MS },
  ],
  ['a post-return that loops', { fixture: LOOPS.post, atOnce: 1, code: 'AP_REALLOC_EXCEEDED', sliceMs: REALLOC_MS }],
])('beside %s', { timeout: 120_000 }, async (_, hog) => {
  /** Slices in the order that they ended. */
  const ended: { instance: Instance; ms: number }[] = []
  let began = 0
  const scheduler = new Scheduler({
    cpuMs: threadCpuMs,
    beforeSlice: () => (began = threadCpuMs()),
    afterSlice: (instance) => ended.push({ instance, ms: threadCpuMs() - began }),
  })
  const program = programOf(await pieceComponent(hog.fixture), VARIABLES)
  const echo = programOf(await pieceComponent(), VARIABLES)
  let isOver = false
  const codes = new Set<string>()
  const hogging = Array.from({ length: hog.atOnce }, async () => {
    while (!isOver) {
      const instance = instanceOf(program, { scheduler, limits: { cpuMs: 200, reallocCpuMs: REALLOC_MS } })
      try {
        await instance.start()
        await instance.invoke('action', ['echo', INPUT])
        codes.add('none')
      } catch (error) {
        codes.add(error instanceof PieceError ? error.code : String(error))
      }
      instance.close()
    }
  })
  const waited: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const from = ended.length
    const instance = instanceOf(echo, { scheduler })
    await instance.start()
    await instance.invoke('action', ['echo', INPUT])
    instance.close()
    const others = ended.slice(from).filter((one) => one.instance !== instance)
    waited.push(others.length)
    await new Promise((resolve) => setTimeout(resolve, i % 4))
  }
  isOver = true
  await Promise.all(hogging)
  expect([...codes]).toEqual([hog.code])
  // Whoever comes does not wait for a slice that has not begun, except where a call of its own was held up by the machine.
  expect(waited.toSorted((a, b) => a - b).at(-2)).toBeLessThanOrEqual(1)
  const ofHogs = ended.filter(({ instance }) => instance.program === program).map(({ ms }) => ms)
  expect(ofHogs.length).toBeGreaterThan(CALLS / 2)
  expect(ofHogs.toSorted((a, b) => a - b).at(-2 - Math.floor(ofHogs.length / 50))).toBeLessThan(hog.sliceMs + OVER_MS)
})

/** From question to answer the cell's thread does one slice of a hog, and the answer goes out before the next. */
test.skipIf(process.platform !== 'linux').each<[string, Fixture, number, number]>([
  ['four loops', LOOPS.action, 4, SLICE_MS],
  ['four allocators', LOOPS.realloc, 4, REALLOC_MS],
])('in a cell beside %s', { timeout: 120_000 }, async (_, fixture, atOnce, sliceMs) => {
  const cells = await pool()
  const [echo, hog] = [await product(), await product(fixture)]
  await cells.run(job(echo))
  const caller = new AbortController()
  const hogging = Array.from({ length: atOnce }, async () => {
    while (!caller.signal.aborted) await cells.run(job(hog, { signal: caller.signal, limits: { cpuMs: 1_000 } }))
  })
  // The first of a piece that nobody knows yet are over.
  await cells.run(job(echo))
  const pid = innermost(cells.status.cells[0]!.pid!)!
  const waited: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const from = mainThreadCpuMs(pid)!
    expect(await cells.run(job(echo))).toMatchObject({ kind: 'output' })
    waited.push(mainThreadCpuMs(pid)! - from)
  }
  caller.abort()
  await Promise.all(hogging)
  const median = waited.toSorted((a, b) => a - b)[CALLS >> 1]!
  // An echo alone takes a tenth of a millisecond: the hogs were there.
  expect(median).toBeGreaterThan(1)
  // While a busy machine keeps question or answer on their way, the cell goes on; with one queue for all it was a slice of each, and one.
  expect(median).toBeLessThan(sliceMs * 3)
  expect(cells.status.lost.hung).toBe(0)
})
