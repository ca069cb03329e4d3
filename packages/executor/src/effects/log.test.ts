import { describe, expect, test } from 'vitest'
import { CallLog } from './log.ts'

const line = (message: string, context = '') => ({ level: 'info', context, message, atMs: 1 }) as const
const NOTE = ' … (70 bytes cut: logLineBytes is 2)'
const END = 'the log ends here: logBytes is 20'

describe('the log of a call', () => {
  const cases: [name: string, lines: string[], kept: string[], logBytes?: number][] = [
    ['nothing', [], []],
    ['lines', ['one', 'two'], ['one', 'two']],
    ['a long line is cut, with a note', ['x'.repeat(75)], [`${'x'.repeat(10)} … (cut: logLineBytes is 10)`]],
    ["the cell's note of what it cut stays", [`xx${NOTE}`, 'y'], [`xx${NOTE}`, 'y'], 100],
    ['a line to the limit', ['x'.repeat(10)], ['x'.repeat(10)]],
    ['never half a character', ['xxxxxxxxä', `${'x'.repeat(9)}ä`], ['xxxxxxxxä', 'xxxxxxxxx']],
    ['never half a surrogate pair', [`${'x'.repeat(18)}🎉`], ['x'.repeat(18)]],
    ['the budget ends it', ['x'.repeat(10), 'y'.repeat(10), 'z'], ['x'.repeat(10), 'y'.repeat(10), END]],
    [
      'the last line is cut to the budget',
      ['x'.repeat(10), 'y'.repeat(8), 'zzzzz', 'a'],
      ['x'.repeat(10), 'y'.repeat(8), 'zz', END],
    ],
    ['empty lines cost too', Array.from({ length: 100 }, () => ''), [...Array.from({ length: 20 }, () => ''), END]],
  ]
  test.each(cases)('%s', (_, lines, kept, logBytes = 20) => {
    const log = new CallLog({ logBytes, logLineBytes: 10 }, Date.now())
    for (const message of lines) log.add(line(message))
    expect(log.lines.map(({ message }) => message)).toEqual(kept)
  })

  test('the context counts', () => {
    const log = new CallLog({ logBytes: 20, logLineBytes: 10 }, Date.now())
    log.add(line('message', 'context'))
    expect(log.lines[0]).toEqual({ level: 'info', context: 'context', message: 'message', atMs: 1 })
  })

  test('what quotes a cell is cut: it may be hostile', () => {
    const log = new CallLog({ logBytes: 1, logLineBytes: 10 }, Date.now())
    log.say('warn', `denied: ${'x'.repeat(100_000)}`)
    expect(log.lines[0]!.message).toHaveLength(2_000)
  })

  test('a full log still says why something was refused, once each, a hundred times at most', () => {
    const log = new CallLog({ logBytes: 1, logLineBytes: 10 }, Date.now())
    log.add(line('xx'))
    for (let at = 0; at < 1000; at++) log.say('warn', `refused ${at % 500}`)
    expect(log.lines).toHaveLength(2 + 100)
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', context: 'host', message: 'refused 99' })
  })
})
