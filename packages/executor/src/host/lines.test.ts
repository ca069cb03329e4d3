import { describe, expect, it } from 'vitest'
import { flushLines, printable, stderrTail } from './index.ts'
import { bytes, fakeCall } from './testing.ts'

const WRITE = 'wasi:io/streams#[method]output-stream.blocking-write-and-flush'

function printing(limits = {}) {
  const fake = fakeCall({ limits })
  const stdout = fake.run('wasi:cli/stdout#get-stdout')
  const stderr = fake.run('wasi:cli/stderr#get-stderr')
  const print = (text: string | Uint8Array) => fake.run(WRITE, stdout, typeof text === 'string' ? bytes(text) : text)
  const warn = (text: string) => fake.run(WRITE, stderr, bytes(text))
  const log = (message: string, context = 'my-context') =>
    fake.run('wasi:logging/logging#log', 'debug', context, message)
  return { ...fake, print, warn, log, messages: () => fake.logs.map((line) => line.message) }
}

describe('standard output', () => {
  it.each<[string, (string | Uint8Array)[], string[]]>([
    ['whole lines', ['a\nb\n'], ['a', 'b']],
    ['a line in parts', ['a', 'b', 'c\nd'], ['abc', 'd']],
    ['lines of Windows', ['a\r\nb\r', '\n'], ['a', 'b']],
    ['an unfinished line', ['no end'], ['no end']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['nothing', [''], []],
    ['a character in two parts', [new Uint8Array([0xc3]), new Uint8Array([0xa9, 10])], ['é']],
    ['bytes that are no text', [new Uint8Array([0xff, 0x41, 10])], ['�A']],
    ['terminal escapes', ['\u001b[2Jx\u0007\u009b1m\n'], ['\\u001b[2Jx\\u0007\\u009b1m']],
    ['text that runs backwards', ['a\u202eb\n'], ['a\\u202eb']],
    ['tabs', ['a\tb\n'], ['a\tb']],
  ])('%s', (_name, writes, expected) => {
    const { print, messages, call } = printing()
    for (const part of writes) print(part)
    flushLines(call)
    expect(messages()).toEqual(expected)
  })
  it('never suspends', () => {
    expect(printing().print('x\n')).toEqual({ tag: 'ok', val: undefined })
  })
  it('keeps stdout and stderr apart', () => {
    const { print, warn, logs, call } = printing()
    print('out ')
    warn('err ')
    print('1\n')
    warn('2\n')
    flushLines(call)
    expect(logs.map(({ level, context, message }) => [level, context, message])).toEqual([
      ['info', 'stdout', 'out 1'],
      ['warn', 'stderr', 'err 2'],
    ])
  })
  it('says when', async () => {
    const { run, print, logs } = printing()
    await run('wasi:io/poll#[method]pollable.block', run('wasi:clocks/monotonic-clock#subscribe-duration', 12_000_000n))
    print('late\n')
    expect(logs[0]?.atMs).toBe(12)
  })
})

describe('limits', () => {
  it.each([
    ['in one write', ['x'.repeat(30), '\n']],
    ['in parts', [...'x'.repeat(30), '\n']],
    ['unfinished', ['x'.repeat(30)]],
  ])('a long line is cut with a note, %s', (_name, writes) => {
    const { print, messages, call } = printing({ logLineBytes: 10 })
    for (const part of writes) print(part)
    flushLines(call)
    expect(messages()).toEqual([`${'x'.repeat(10)} … (20 bytes cut: logLineBytes is 10)`])
  })
  it('a line is cut between characters', () => {
    const { print, messages } = printing({ logLineBytes: 4 })
    print('aééé\n')
    expect(messages()).toEqual(['aé … (4 bytes cut: logLineBytes is 4)'])
  })
  it('the log of a call is cut, and the cut is told once, at the end', () => {
    const { print, messages, call } = printing({ logBytes: 100 })
    for (let line = 0; line < 1000; line++) print('0123456789\n')
    flushLines(call)
    flushLines(call)
    expect(messages()).toEqual([...Array(3).fill('0123456789'), '10967 bytes of log cut: logBytes is 100'])
  })
  it.each([
    ['empty lines', '\n'.repeat(60_000)],
    ['short lines', 'a\n'.repeat(30_000)],
  ])('a flood of %s is bounded', (_name, flood) => {
    const { print, logs, call } = printing({ logBytes: 1024 })
    for (let write = 0; write < 10; write++) print(flood)
    flushLines(call)
    expect(logs.length).toBeLessThan(100)
    expect(logs.at(-1)?.message).toMatch(/^\d+ bytes of log cut: logBytes is 1024$/)
  })
  it('a flood of one long message is bounded', () => {
    const { log, logs, call } = printing({ logBytes: 1024 })
    log('\n'.repeat(2 ** 20))
    log('x'.repeat(2 ** 20))
    flushLines(call)
    expect(logs.length).toBeLessThan(100)
  })
})

describe('wasi:logging', () => {
  it('keeps level and context, a line an entry', () => {
    const { log, logs } = printing()
    log('one\ntwo\r\n\u001b[31mthree', 'a\u0000b')
    expect(logs.map(({ level, context, message }) => [level, context, message])).toEqual([
      ['debug', 'a\\u0000b', 'one'],
      ['debug', 'a\\u0000b', 'two'],
      ['debug', 'a\\u0000b', '\\u001b[31mthree'],
    ])
  })
})

describe('the end of stderr', () => {
  it('is there for the error of a trap, even if the log is full', () => {
    const { print, warn, call } = printing({ logBytes: 100 })
    for (let line = 0; line < 100; line++) print('noise\n')
    warn('thread panicked at src/lib.rs:7:5:\nindex out of bounds')
    expect(stderrTail(call)).toBe('thread panicked at src/lib.rs:7:5:\nindex out of bounds')
  })
  it('is bounded', () => {
    const { warn, call } = printing()
    for (let line = 0; line < 1000; line++) warn(`${'y'.repeat(500)}${line}\n`)
    expect(stderrTail(call).length).toBeLessThanOrEqual(4096)
    expect(stderrTail(call)).toMatch(/999$/)
  })
  it('is empty when nothing was printed', () => {
    expect(stderrTail(printing().call)).toBe('')
  })
})

it('printable escapes what drives a terminal', () => {
  for (let code = 0; code < 32; code++)
    if (code !== 9) expect(printable(String.fromCharCode(code))).toMatch(/^\\u00[01][0-9a-f]$/)
})
