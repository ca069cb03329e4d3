import { describe, expect, test } from 'vitest'
import { compareUtf8, utf8Length } from './utf8.ts'

const TEXTS = [
  '',
  'a',
  'ab',
  'é',
  'aé',
  '€',
  '🎉',
  'a🎉b',
  '\ud83c',
  'x\udf89',
  '\ud83cx',
  '￿',
  '\u07ff',
  '\u0800',
  '\x7f\x80',
]

describe('texts as UTF-8', () => {
  test.each(TEXTS)('the length of %j is that of its bytes', (text) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text))
  })

  test.each(TEXTS)('%j stands among the others as its bytes do', (text) => {
    for (const other of TEXTS)
      expect(Math.sign(compareUtf8(text, other))).toBe(Buffer.compare(Buffer.from(text), Buffer.from(other)))
  })
})
