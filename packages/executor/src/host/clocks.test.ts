import { describe, expect, it } from 'vitest'
import { createClock } from './index.ts'
import { fakeCall, reply } from './testing.ts'
import { RECORDED_READS } from './time.ts'

const MONO = 'wasi:clocks/monotonic-clock#'
const START = 1_700_000_000_123

describe('virtual time', () => {
  const fake = () =>
    fakeCall({ clock: createClock({ fixed: { clockStart: START } }), answer: () => reply({ found: false }) })

  it('starts where it is told and stands still', () => {
    const { run } = fake()
    expect(run('wasi:clocks/wall-clock#now')).toEqual({ seconds: 1_700_000_000n, nanoseconds: 123_000_000 })
    expect(run(`${MONO}now`)).toBe(0n)
    expect(run(`${MONO}now`)).toBe(0n)
  })
  it('has steps of 1 ms', () => {
    const { run } = fake()
    expect(run(`${MONO}resolution`)).toBe(1_000_000n)
    expect(run('wasi:clocks/wall-clock#resolution')).toEqual({ seconds: 0n, nanoseconds: 1_000_000 })
  })
  it('moves to the earliest timer, rounded up, and no further', async () => {
    const { run } = fake()
    const late = run(`${MONO}subscribe-duration`, 3_600_000_000_000n)
    const early = run(`${MONO}subscribe-instant`, 1_500_001n)
    expect(await run('wasi:io/poll#poll', [late, early])).toEqual([1])
    expect(run(`${MONO}now`)).toBe(2_000_000n)
    expect(await run('wasi:io/poll#poll', [late])).toEqual([0])
    expect(run('wasi:clocks/wall-clock#now').seconds).toBe(1_700_003_600n)
  })
  it.each([
    ['a past instant', 'subscribe-instant', 0n],
    ['no duration', 'subscribe-duration', 0n],
  ])('%s is ready without waiting', (_name, method, when) => {
    const { run } = fake()
    expect(run('wasi:io/poll#poll', [run(MONO + method, when)])).toEqual([0])
  })
  it('stands still while an effect is under way', async () => {
    let answer: (value: unknown) => void = () => {}
    const late = fakeCall({ answer: () => new Promise((resolve) => (answer = resolve)) })
    const got = late.run('ap:piece/store#get', 'flow', 'k')
    const slept = late.run('wasi:io/poll#[method]pollable.block', late.run(`${MONO}subscribe-duration`, 1_000_000n))
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(late.run(`${MONO}now`)).toBe(0n)
    answer(reply({ found: false }))
    await got
    await slept
    expect(late.run(`${MONO}now`)).toBe(1_000_000n)
  })
  it('feeds recorded reads back, then goes on by itself', async () => {
    const clock = createClock({ fixed: { clockStart: START, reads: [5, 7] } })
    const { run } = fakeCall({ clock })
    expect(run(`${MONO}now`)).toBe(5_000_000n)
    expect(run('wasi:clocks/wall-clock#now').nanoseconds).toBe(130_000_000)
    expect(run(`${MONO}now`)).toBe(7_000_000n)
    await run('wasi:io/poll#[method]pollable.block', run(`${MONO}subscribe-duration`, 1_000_000n))
    expect(run(`${MONO}now`)).toBe(8_000_000n)
  })
})

describe('live time', () => {
  it('records what the guest reads, not what the host looks at, within bounds', () => {
    const clock = createClock({ record: true })
    const { run } = fakeCall({ clock })
    run(`${MONO}now`)
    run('wasi:clocks/wall-clock#now')
    clock.peek()
    expect(clock.reads).toHaveLength(2)
    for (let read = 0; read < RECORDED_READS; read++) clock.elapsed()
    expect(clock.reads).toHaveLength(RECORDED_READS)
  })
  it('records nothing unasked', () => {
    const clock = createClock()
    clock.elapsed()
    expect(clock.reads).toEqual([])
  })
  it('replays as it was recorded', () => {
    const live = createClock({ record: true })
    const seen = [live.now(), live.elapsed(), live.now()]
    const replay = createClock({ fixed: { clockStart: live.clockStart, reads: live.reads } })
    expect([replay.now(), replay.elapsed(), replay.now()]).toEqual(seen)
  })
  it('never goes back for an instance that saw time before', () => {
    const { run } = fakeCall({ clock: createClock({ startMs: 40 }) })
    expect(run(`${MONO}now`)).toBeGreaterThanOrEqual(40_000_000n)
  })
  it('wakes a sleeper that is no longer wanted', async () => {
    const abort = new AbortController()
    const slept = createClock().sleep(3_600_000, abort.signal)
    abort.abort()
    await slept
  })
})
