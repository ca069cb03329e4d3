import { describe, expect, it } from 'vitest'
import { WORLD } from './index.ts'
import { fakeCall } from './testing.ts'

/** What is imported without need gives no way out, and what cannot be reached refuses all the same. */
const ANSWERS: Record<string, { refusal: string; others: Record<string, unknown> }> = {
  'wasi:filesystem/types': {
    refusal: 'not-permitted',
    others: { '[method]descriptor.is-same-object': false, 'filesystem-error-code': undefined },
  },
  'wasi:sockets/tcp': {
    refusal: 'access-denied',
    others: { '[method]tcp-socket.is-listening': false, '[method]tcp-socket.address-family': 'ipv4' },
  },
  'wasi:sockets/udp': { refusal: 'access-denied', others: { '[method]udp-socket.address-family': 'ipv4' } },
  'wasi:sockets/tcp-create-socket': { refusal: 'access-denied', others: {} },
  'wasi:sockets/udp-create-socket': { refusal: 'access-denied', others: {} },
  'wasi:sockets/ip-name-lookup': { refusal: 'access-denied', others: {} },
}

describe.each(Object.entries(ANSWERS))('%s', (name, { refusal, others }) => {
  it.each(Object.keys(WORLD[name]!))('%s', (func) => {
    const { run, effects } = fakeCall()
    const answer = run(`${name}#${func}`, {}, {})
    if (func.endsWith('.subscribe')) expect(run('wasi:io/poll#[method]pollable.ready', answer)).toBe(true)
    else expect(answer).toEqual(func in others ? others[func] : { tag: 'err', val: refusal })
    expect(effects).toEqual([])
  })
})

it.each([
  ['wasi:filesystem/preopens#get-directories', []],
  ['wasi:cli/terminal-stdin#get-terminal-stdin', undefined],
  ['wasi:cli/terminal-stdout#get-terminal-stdout', undefined],
  ['wasi:cli/terminal-stderr#get-terminal-stderr', undefined],
])('%s gives %j', (name, expected) => {
  expect(fakeCall().run(name)).toEqual(expected)
})

it('no function of a server can be used', () => {
  const server = Object.keys(WORLD['wasi:http/types']!).filter((name) =>
    /incoming-request|response-outparam/.test(name),
  )
  expect(server).toHaveLength(7)
  for (const name of server) expect(() => fakeCall().run(`wasi:http/types#${name}`, {})).toThrow('not called by HTTP')
})
