import { expect, test } from 'vitest'
import { compare, differenceLines } from './comparison.ts'

const CASES: { name: string; expected: unknown; actual: unknown; lines: string[] }[] = [
  { name: 'equal values', expected: { a: [1, { b: null }] }, actual: { a: [1, { b: null }] }, lines: [] },
  { name: 'keys in another order', expected: { a: 1, b: 2 }, actual: { b: 2, a: 1 }, lines: [] },
  {
    name: 'a value deep inside',
    expected: { a: [{ b: 1 }] },
    actual: { a: [{ b: 2 }] },
    lines: ['output.a[0].b', '  - 1', '  + 2'],
  },
  { name: 'a key that is missing', expected: { a: 1 }, actual: {}, lines: ['output.a', '  - 1'] },
  { name: 'a key too many', expected: {}, actual: { 'a b': null }, lines: ['output["a b"]', '  + null'] },
  { name: 'a shorter list', expected: [1, 2], actual: [1], lines: ['output[1]', '  - 2'] },
  { name: 'another kind', expected: [], actual: {}, lines: ['output', '  - []', '  + {}'] },
  { name: 'null and nothing', expected: { a: null }, actual: {}, lines: ['output.a', '  - null'] },
  { name: 'a number and its text', expected: 1, actual: '1', lines: ['output', '  - 1', '  + "1"'] },
]
test.each(CASES)('$name', ({ expected, actual, lines }) => {
  expect(differenceLines(compare('output', expected, actual))).toEqual(lines)
})

test('long texts are shown from where they part', () => {
  const [, minus, plus] = differenceLines(compare('output', `${'a'.repeat(200)}1end`, `${'a'.repeat(200)}2end`))
  expect([minus, plus]).toEqual([`  - …"${'a'.repeat(40)}1end"`, `  + …"${'a'.repeat(40)}2end"`])
})

test('so many differences end with a word about the rest', () => {
  const lines = differenceLines(compare('output', Array(500).fill(1), Array(500).fill(2)))
  expect(lines.at(-1)).toBe('… only the first 100 differences')
})
