import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

test('so many at once, the rest in order; a place in the queue can be given up', () => {
  const slots = new Slots(2)
  const started: number[] = []
  const give = Array.from({ length: 6 }, (_, at) => slots.take(() => started.push(at)))
  expect(started).toEqual([0, 1])
  give[3]!()
  give[0]!()
  expect(started).toEqual([0, 1, 2])
  give[0]!()
  expect(started).toEqual([0, 1, 2])
  give[1]!()
  expect(started).toEqual([0, 1, 2, 4])
  for (const back of give) back()
  expect(started).toEqual([0, 1, 2, 4, 5])
  give[5]!()
  slots.take(() => started.push(6))
  slots.take(() => started.push(7))
  slots.take(() => started.push(8))
  expect(started).toEqual([0, 1, 2, 4, 5, 6, 7])
})
