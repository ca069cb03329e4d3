import { expect, test } from 'vitest'
import { isCron } from './cron.ts'

test.each([
  '* * * * *',
  '*/5 * * * *',
  '0 9-17 * * MON-FRI',
  '0,30 0 1,15 jan *',
  '0 0 * * 7',
  ' 1  2 3 4 5 ',
  '1-59/2 * * * *',
])('is one: %s', (text) => expect(isCron(text)).toBe(true))
test.each([
  '',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '5-1 * * * *',
  '*/0 * * * *',
  'a * * * *',
  '1,,2 * * * *',
  '@daily',
])('is none: %s', (text) => expect(isCron(text)).toBe(false))
