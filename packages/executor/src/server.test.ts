import { expect, test } from 'vitest'
import { isLoopback } from './server/gate.ts'
import { acceptedEncoding } from './server/negotiate.ts'
import { RequestBytes } from './server/request-bytes.ts'
import { continueTrace } from './server/traceparent.ts'

test.each([
  [undefined, 'json'],
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['text/html, */*;q=0.8', 'json'],
  ['application/msgpack', 'msgpack'],
  ['Application/MsgPack', 'msgpack'],
  ['application/msgpack, application/json', 'msgpack'],
  ['application/msgpack;q=0.5, application/json', 'json'],
  ['application/json;q=0.1, application/msgpack;q=0.2', 'msgpack'],
  ['application/msgpack;q=0', 'json'],
  ['application/msgpack;q=nonsense', 'json'],
])('accept %s is answered in %s', (accept, encoding) => {
  expect(acceptedEncoding(accept)).toBe(encoding)
})

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.1', '::1', '[::1]', '::ffff:127.0.0.1'])(
  '%s is this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)
test.each([
  '',
  'localhost.',
  'localhost.example.com',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '127.0.0.1.nip.io',
  'evil-localhost',
  '::ffff:10.0.0.1',
])('"%s" is not', (host) => {
  expect(isLoopback(host)).toBe(false)
})

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
test.each([
  ['absent', undefined],
  ['twice', [`00-${trace}-00f067aa0ba902b7-01`, `00-${trace}-00f067aa0ba902b7-01`]],
  ['of another version', `01-${trace}-00f067aa0ba902b7-01`],
  ['all zero', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['without a parent', `00-${trace}-${'0'.repeat(16)}-01`],
  ['in capitals', `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`],
])('a traceparent that is %s is ignored', (_, header) => {
  expect(continueTrace(header)).toBeUndefined()
})

test('bytes of requests are given back once', () => {
  const held = new RequestBytes(100)
  const release = held.take(60)
  expect(() => held.take(41)).toThrow(expect.objectContaining({ code: 'AP_SATURATED' }))
  expect(() => held.take(Number.NaN)).toThrow(expect.objectContaining({ code: 'AP_SATURATED' }))
  release()
  release()
  held.take(100)
  expect(() => held.take(1)).toThrow(expect.objectContaining({ code: 'AP_SATURATED' }))
})
