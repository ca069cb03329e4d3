import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Births } from './births.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('waits grow with each death at birth, up to half a minute; a life ends them', () => {
  const births = new Births()
  const waits = Array.from({ length: 11 }, () => {
    births.failed('EMFILE')
    return births.waitMs
  })
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
  births.lived()
  expect(births.waitMs).toBe(0)
})

test('three in a row, and calls are told so, with the last reason', () => {
  const births = new Births()
  for (const [detail, hopeless] of [
    ['exit 1', false],
    ['exit 1', false],
    ['EMFILE', true],
  ] as const) {
    births.failed(detail)
    expect(births.hopeless).toBe(hopeless)
  }
  expect(births.detail).toBe('3 cells in a row ended at birth; the last: EMFILE')
  births.lived()
  expect(births.hopeless).toBe(false)
})

test('whoever waits looks again although the wait has just passed: no event tells of that', () => {
  const births = new Births()
  expect(births.lookAgainMs).toBeUndefined()
  births.failed('EMFILE')
  expect(births.lookAgainMs).toBe(100)
  vi.advanceTimersByTime(101)
  expect([births.waitMs, births.lookAgainMs]).toEqual([0, 10])
  births.lived()
  expect(births.lookAgainMs).toBeUndefined()
})
