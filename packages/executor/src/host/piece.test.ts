import { describe, expect, it } from 'vitest'
import { Exit } from './call.ts'
import { bytes, fakeCall, reply } from './testing.ts'

const okay = (val?: unknown) => ({ tag: 'ok', val })
const failure = { code: 'not_granted', message: 'ask for it', retryAfterMs: 12.3 }
const refused = {
  tag: 'err',
  val: { code: 'not_granted', message: 'ask for it', retryAfterMs: 13n, detail: undefined },
}
const over = (code = 'limit_exceeded') => ({ tag: 'err', val: { code } })

interface Case {
  name: string
  args: unknown[]
  asks: unknown
  sends?: Uint8Array
  answer: [unknown, Uint8Array?]
  gives: unknown
}

const CASES: Case[] = [
  {
    name: 'store#get',
    args: ['flow', 'k'],
    asks: { scope: 'flow', key: 'k' },
    answer: [{ found: true }, bytes('v')],
    gives: okay(bytes('v')),
  },
  {
    name: 'store#get',
    args: ['project', 'k'],
    asks: { scope: 'project', key: 'k' },
    answer: [{ found: false }],
    gives: okay(undefined),
  },
  {
    name: 'store#put',
    args: ['flow', 'k', bytes('v')],
    asks: { scope: 'flow', key: 'k' },
    sends: bytes('v'),
    answer: [{}],
    gives: okay(),
  },
  { name: 'store#delete', args: ['flow', 'k'], asks: { scope: 'flow', key: 'k' }, answer: [{}], gives: okay() },
  {
    name: 'store#keys',
    args: ['flow', 'p', undefined],
    asks: { scope: 'flow', prefix: 'p' },
    answer: [{ keys: ['p1'] }],
    gives: okay(['p1']),
  },
  {
    name: 'store#keys',
    args: ['flow', '', 'p1'],
    asks: { scope: 'flow', prefix: '', after: 'p1' },
    answer: [{ keys: [] }],
    gives: okay([]),
  },
  {
    name: 'files#write',
    args: ['a.txt', 'text/plain', bytes('v')],
    asks: { name: 'a.txt', mediaType: 'text/plain' },
    sends: bytes('v'),
    answer: [{ reference: 'ref' }],
    gives: okay('ref'),
  },
  {
    name: 'files#read',
    args: ['ref', 3n, 10],
    asks: { reference: 'ref', offset: 3, maxBytes: 10 },
    answer: [{}, bytes('v')],
    gives: okay(bytes('v')),
  },
  { name: 'run#respond', args: [bytes('{}')], asks: {}, sends: bytes('{}'), answer: [{}], gives: okay() },
  { name: 'run#stop', args: [undefined], asks: { hasResponse: false }, answer: [{}], gives: okay() },
  {
    name: 'run#stop',
    args: [bytes('1')],
    asks: { hasResponse: true },
    sends: bytes('1'),
    answer: [{}],
    gives: okay(),
  },
  { name: 'run#wait-until', args: [1_700_000_000_000n], asks: { unixMs: 1.7e12 }, answer: [{}], gives: okay() },
  {
    name: 'run#wait-for-webhook',
    args: [undefined],
    asks: { hasResponse: false },
    answer: [{ resumeUrl: 'https://x' }],
    gives: okay('https://x'),
  },
]

describe.each(CASES)('ap:piece/$name', ({ name, args, asks, sends, answer, gives }) => {
  it('granted', async () => {
    const { run, effects } = fakeCall({ answer: () => reply(answer[0], answer[1]) })
    expect(await run(`ap:piece/${name}`, ...args)).toEqual(gives)
    expect(effects).toEqual([{ kind: name.replace('#', '.'), ask: asks, bytes: sends ?? new Uint8Array(0) }])
  })
  it('denied', async () => {
    const { run } = fakeCall({ answer: () => reply({ failure }) })
    expect(await run(`ap:piece/${name}`, ...args)).toEqual(refused)
  })
  it('a bug of ours is no failure', async () => {
    const { run } = fakeCall({ answer: () => Promise.reject(new Error('bug')) })
    await expect(run(`ap:piece/${name}`, ...args)).rejects.toThrow('bug')
  })
})

const long = 'k'.repeat(256)
const MiB = 1024 * 1024

describe('what no limit allows never becomes a message', () => {
  it.each<[string, unknown[], unknown]>([
    ['store#get', ['flow', long], over()],
    ['store#get', ['flow', 'é'.repeat(128)], over()],
    ['store#put', ['flow', long, bytes('')], over()],
    ['store#put', ['flow', 'k', new Uint8Array(MiB + 1)], over()],
    ['store#delete', ['flow', long], over()],
    ['store#keys', ['flow', long, undefined], over()],
    ['store#keys', ['flow', '', long], over()],
    ['files#write', ['n'.repeat(1025), 'a/b', bytes('')], over('invalid_argument')],
    ['files#write', ['n', 'a'.repeat(1025), bytes('')], over('invalid_argument')],
    ['files#write', ['n', 'a/b', new Uint8Array(100 * MiB + 1)], over()],
    ['files#read', ['r'.repeat(1025), 0n, 1], over('invalid_argument')],
    ['run#respond', [new Uint8Array(50 * MiB + 1)], over()],
    ['run#stop', [new Uint8Array(50 * MiB + 1)], over()],
    ['run#wait-for-webhook', [new Uint8Array(50 * MiB + 1)], over()],
    ['run#wait-until', [2n ** 64n - 1n], over('invalid_argument')],
  ])('%s', (name, args, expected) => {
    const { run, effects } = fakeCall()
    expect(run(`ap:piece/${name}`, ...args)).toMatchObject(expected as object)
    expect(effects).toEqual([])
  })
})

describe('files.read', () => {
  const content = new Uint8Array(3 * MiB + 5).map((_, at) => at % 251)
  const reading = () =>
    fakeCall({
      answer: ({ ask }) => reply({}, content.subarray(ask.offset, Math.min(content.length, ask.offset + ask.maxBytes))),
    })
  it.each([
    [0n, 2 ** 32 - 1, content.length, 4],
    [0n, 3 * MiB, 3 * MiB, 3],
    [5n, 10, 10, 1],
    [0n, 0, 0, 1],
    [BigInt(content.length), 10, 0, 1],
    [2n ** 64n - 1n, 10, 0, 1],
  ])('from %s at most %s bytes', async (offset, max, length, asks) => {
    const { run, effects } = reading()
    const { val } = await run('ap:piece/files#read', 'ref', offset, max)
    expect(val).toHaveLength(length)
    expect(val).toEqual(content.slice(Number(offset), Number(offset) + length))
    expect(effects).toHaveLength(asks)
    for (const { ask } of effects) expect(ask.maxBytes).toBeLessThanOrEqual(MiB)
  })
})

describe('the environment', () => {
  it('has what was granted, and nothing of a process', () => {
    const { run } = fakeCall({ env: [['A', '1']] })
    expect(run('wasi:cli/environment#get-environment')).toEqual([['A', '1']])
    expect(run('wasi:cli/environment#get-arguments')).toEqual([])
    expect(run('wasi:cli/environment#initial-cwd')).toBeUndefined()
  })
  it('is empty without a grant', () => {
    expect(fakeCall().run('wasi:cli/environment#get-environment')).toEqual([])
  })
  it('has an input that is at its end', async () => {
    const { run } = fakeCall()
    const stdin = run('wasi:cli/stdin#get-stdin')
    const read = run('wasi:io/streams#[method]input-stream.blocking-read', stdin, 1n)
    expect(read).toEqual({ tag: 'err', val: { tag: 'closed' } })
  })
  it.each([
    ['exit', { tag: 'ok' }, 0],
    ['exit', { tag: 'err' }, 1],
    ['exit-with-code', 7, 7],
  ])('%s(%j) ends the call with %i', (name, status, code) => {
    expect(() => fakeCall().run(`wasi:cli/exit#${name}`, status)).toThrow(new Exit(code))
  })
})
