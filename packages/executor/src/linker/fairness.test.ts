/** Who goes before whom: calls that need so many milliseconds of CPU, on a clock that their work alone moves. */
import { describe, expect, test } from 'vitest'
import type { Instance } from './instance.ts'
import { Scheduler, SHORT_SLICES } from './scheduler.ts'

const SLICE_MS = 5
/** A slice ends at a look at the clock. */
const LOOK_MS = 0.125

type Program = Pick<Instance['program'], 'habit'>
const program = (): Program => ({ habit: { cpuMs: 0, isLong: false } })
const pause = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Step {
  ms: number
  /** Frames of the host stand below it: it cannot be parked. */
  whole?: boolean
  /** Happens while each of its slices runs. */
  during?: () => unknown
}

class Machine {
  #nowMs = 0
  #began = 0
  turns = 0
  /** In the order that they ran. */
  readonly slices: { id: number; ms: number; turn: number }[] = []
  readonly scheduler = new Scheduler({
    sliceMs: SLICE_MS,
    cpuMs: () => this.#nowMs,
    beforeSlice: () => {
      this.#began = this.#nowMs
    },
    afterSlice: ({ id }) => this.slices.push({ id, ms: this.#nowMs - this.#began, turn: this.turns }),
    yieldTurn: (f) =>
      setImmediate(() => {
        this.turns++
        f()
      }),
  })

  call(id: number, of = program()): Instance {
    return { id, program: of, turn: this.scheduler.newTurn(), sliceEnded() {} } as unknown as Instance
  }

  step(instance: Instance, { ms, whole = false, during = () => {} }: Step): Promise<void> {
    return new Promise((resolve) => {
      let left = ms
      const run = (): void => {
        during()
        const from = this.#nowMs
        while (left > 0 && (whole || this.scheduler.hasLeft(this.#nowMs - from))) {
          this.#nowMs += LOOK_MS
          left -= LOOK_MS
        }
        if (left > 0) this.scheduler.park(run)
        else {
          this.scheduler.leave()
          resolve()
        }
      }
      this.scheduler.enter(instance, run)
    })
  }

  cpuOf(id: number): number {
    return this.slices.reduce((sum, one) => (one.id === id ? sum + one.ms : sum), 0)
  }
}

const SHORT = 1
const HOG = 100

/** Slices of others between a short call of three steps and its answer. It comes in a slice of a hog, after so many slices. */
async function besideHogs(count: number, each: Step, of: () => Program, after: number) {
  const on = new Machine()
  let from = 0
  let short: Promise<void> | undefined
  const comes = async () => {
    const call = on.call(SHORT)
    for (let i = 0; i < 3; i++) await on.step(call, { ms: 1 })
  }
  const during = () => {
    if (short !== undefined || on.slices.length < after) return
    from = on.slices.length
    short = comes()
  }
  await Promise.all(Array.from({ length: count }, (_, i) => on.step(on.call(HOG + i, of()), { ...each, during })))
  await short
  const answered = on.slices.findLastIndex(({ id }) => id === SHORT)
  return on.slices.slice(from, answered).filter(({ id }) => id !== SHORT)
}

describe('a short call waits for the slice that runs when it comes', () => {
  test.each([1, 4, 64])('beside %i loops', async (count) => {
    const before = await besideHogs(count, { ms: 10 * SLICE_MS }, program, count)
    expect(before).toHaveLength(1)
    expect(before[0]!.ms).toBeLessThanOrEqual(SLICE_MS + LOOK_MS)
  })

  test('beside eight allocators of one program, which cannot be parked', async () => {
    const one = program()
    expect(await besideHogs(8, { ms: 100, whole: true }, () => one, 2)).toHaveLength(1)
  })
})

test('of a crowd of one program the first alone is taken for short', async () => {
  const on = new Machine()
  const one = program()
  const crowd = Array.from({ length: 20 }, (_, i) => on.step(on.call(HOG + i, one), { ms: 3 * SLICE_MS }))
  await on.step(on.call(SHORT), { ms: 1 })
  expect(on.slices.map(({ id }) => id)).toEqual([HOG, SHORT])
  await Promise.all(crowd)
})

test('a crowd of short calls: each ends before the next begins', async () => {
  const on = new Machine()
  const one = program()
  const twoSteps = async (id: number) => {
    const call = on.call(id, one)
    await on.step(call, { ms: 1 })
    await on.step(call, { ms: 1 })
  }
  let crowd: Promise<unknown> | undefined
  await on.step(on.call(HOG), { ms: 1, during: () => (crowd = Promise.all([1, 2, 3, 4].map(twoSteps))) })
  await crowd
  expect(on.slices.slice(1).map(({ id }) => id)).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
})

test('a flood of short calls leaves a long one its part: a slice at the latest after four of theirs', async () => {
  const on = new Machine()
  let isOver = false
  let id = 0
  const long = on.step(on.call(HOG), { ms: 20 * SLICE_MS }).then(() => (isOver = true))
  const flood = Array.from({ length: 50 }, async () => {
    while (!isOver) await on.step(on.call(++id % HOG), { ms: 2 })
  })
  await Promise.all([long, ...flood])
  let passedMs = 0
  for (const slice of on.slices.slice(
    0,
    on.slices.findLastIndex((one) => one.id === HOG),
  )) {
    if (slice.id === HOG) passedMs = 0
    else passedMs += slice.ms
    expect(passedMs).toBeLessThan(SHORT_SLICES * SLICE_MS + SLICE_MS)
  }
  expect(on.cpuOf(HOG)).toBe(20 * SLICE_MS)
})

test('64 hogs share alike, whenever they came', async () => {
  const on = new Machine()
  const all = Array.from({ length: 32 }, (_, i) => on.step(on.call(HOG + i), { ms: 1_000 }))
  await pause()
  const later = Array.from({ length: 32 }, (_, i) => on.step(on.call(HOG + 32 + i), { ms: 1_000 }))
  while (on.slices.length < 64 * 10) await pause()
  const shares = Array.from({ length: 64 }, (_, i) => on.cpuOf(HOG + i))
  expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(SLICE_MS + LOOK_MS)
  await Promise.all([...all, ...later])
})

test('who took more than a slice lets the others pass until it is even', async () => {
  const on = new Machine()
  const allocates = async () => {
    const call = on.call(HOG)
    for (let i = 0; i < 10; i++) await on.step(call, { ms: 8 * SLICE_MS, whole: true })
  }
  await Promise.all([allocates(), on.step(on.call(HOG + 1), { ms: 500 })])
  const last = on.slices.findLastIndex(({ id }) => id === HOG + 1)
  const [greedy, patient] = [HOG, HOG + 1].map((id) =>
    on.slices.slice(0, last).reduce((sum, one) => (one.id === id ? sum + one.ms : sum), 0),
  )
  expect(greedy).toBeLessThanOrEqual(patient! + 8 * SLICE_MS)
})

test('a long call that waited for an answer goes on with what is left of its slice, and with no more', async () => {
  const on = new Machine()
  const busy = Array.from({ length: 4 }, (_, i) => on.step(on.call(HOG + i), { ms: 400 }))
  const asks = on.call(HOG + 9)
  await on.step(asks, { ms: SLICE_MS + 1 })
  const between: number[] = []
  for (let i = 0; i < 20; i++) {
    // The answer comes with a turn of the event loop, after a slice of somebody else.
    const from = on.slices.length
    while (on.slices.length === from) await pause()
    const answered = on.slices.length
    await on.step(asks, { ms: 1 })
    between.push(on.slices.slice(answered).filter(({ id }) => id !== asks.id).length)
  }
  expect(between.filter((slices) => slices === 0).length).toBeGreaterThanOrEqual(14)
  // For each five milliseconds it stands in the queue once, as the others do.
  expect(between.filter((slices) => slices >= 4).length).toBeGreaterThanOrEqual(3)
  await Promise.all(busy)
})

test('the event loop turns before each long slice, so that answers go out', async () => {
  const on = new Machine()
  const busy = on.step(on.call(HOG), { ms: 10 * SLICE_MS })
  while (on.slices.length < 20) {
    await pause()
    await on.step(on.call(SHORT), { ms: 1 })
  }
  await busy
  const turns = on.slices.flatMap(({ id, turn }) => (id === HOG ? [turn] : []))
  expect(new Set(turns).size).toBe(turns.length)
  for (const [i, { id, turn }] of on.slices.entries())
    if (id === HOG && on.slices[i - 1]?.id === SHORT) expect(turn).toBeGreaterThan(on.slices[i - 1]!.turn)
})

describe('what is known of a program', () => {
  const ended = (on: Machine, of: Program, calls: number[]) => {
    for (const ms of calls) on.scheduler.ended(on.call(SHORT, of), ms)
    return of.habit.isLong
  }
  test.each<[what: string, calls: number[], isLong: boolean]>([
    ['nothing yet', [], false],
    ['short calls', [1, 2, 1], false],
    ['a short call that was held up once', [0.5, 0.5, 15, 0.5], false],
    ['a loop that was stopped', [0.5, 1_000], true],
    ['loops with a short call between them', [1_000, 0.5, 1_000, 0.5], true],
    ['it was long once', [100, ...Array.from({ length: 12 }, () => 0.5)], false],
  ])('%s', (_, calls, isLong) => {
    expect(ended(new Machine(), program(), calls)).toBe(isLong)
  })

  test('decides where its next call stands', async () => {
    const on = new Machine()
    const known = program()
    ended(on, known, [1_000])
    const busy = on.step(on.call(HOG), { ms: 4 * SLICE_MS })
    const next = on.step(on.call(HOG + 1, known), { ms: 1 })
    await on.step(on.call(SHORT), { ms: 1 })
    await Promise.all([busy, next])
    expect(on.slices.slice(0, 2).map(({ id }) => id)).toEqual([HOG, SHORT])
  })
})
