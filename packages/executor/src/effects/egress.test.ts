import { describe, expect, test } from 'vitest'
import { createEgress, type Resolve } from './egress.ts'
import { EgressRefused } from './egress-refused.ts'

const strict = createEgress({ privateRanges: [] })
const loopback = createEgress({ privateRanges: ['127.0.0.0/8', '::1/128'] })

describe('a name', () => {
  const answers =
    (...addresses: string[]): Resolve =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const fails =
    (code: string): Resolve =>
    async () => {
      throw Object.assign(new Error(code), { code })
    }
  const resolve = (resolver: Resolve, options: { privateRanges?: string[]; dnsTimeoutMs?: number } = {}) =>
    createEgress({ privateRanges: [], ...options, resolve: resolver }).addresses('host.example', 'named')
  const refused = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error) => (error instanceof EgressRefused ? error.http : Promise.reject(error)),
    )

  test('keeps the addresses that may be connected to, in order', async () => {
    const found = await resolve(answers('10.0.0.1', '8.8.8.8', '::1', '2600::1', '169.254.169.254'))
    expect(found.map(({ address }) => address)).toEqual(['8.8.8.8', '2600::1'])
  })

  const cases: [name: string, Resolve, expected: unknown][] = [
    ['only private', answers('10.0.0.1', '::1'), { tag: 'destination-IP-prohibited' }],
    ['metadata', answers('169.254.169.254'), { tag: 'destination-IP-prohibited' }],
    ['a name for an answer', answers('localhost'), { tag: 'destination-IP-prohibited' }],
    ['no address', answers(), { tag: 'DNS-error', val: { rcode: 'NODATA' } }],
    ['unknown', fails('ENOTFOUND'), { tag: 'DNS-error', val: { rcode: 'NXDOMAIN' } }],
    ['no data', fails('ENODATA'), { tag: 'DNS-error', val: { rcode: 'NODATA' } }],
    ['server failure', fails('ESERVFAIL'), { tag: 'DNS-error', val: { rcode: 'SERVFAIL' } }],
    ['refused', fails('EREFUSED'), { tag: 'DNS-error', val: { rcode: 'REFUSED' } }],
    ['nothing listens', fails('ECONNREFUSED'), { tag: 'DNS-error', val: { rcode: 'SERVFAIL' } }],
    ['silent servers', fails('ETIMEOUT'), { tag: 'DNS-timeout' }],
  ]
  test.each(cases)('%s', async (_, resolver, expected) => {
    expect(await refused(resolve(resolver))).toEqual(expected)
  })

  test('waits no longer than it is allowed to', async () => {
    const aborted = Promise.withResolvers<void>()
    const silent: Resolve = (_, signal) => {
      signal.addEventListener('abort', () => aborted.resolve())
      return new Promise(() => undefined)
    }
    expect(await refused(resolve(silent, { dnsTimeoutMs: 20 }))).toEqual({ tag: 'DNS-timeout' })
    await aborted.promise
  })

  test.each(['metadata.google.internal', 'metadata.goog', 'x.metadata.google.internal'])(
    '%s is never resolved',
    async (name) => {
      let asked = false
      const egress = createEgress({
        privateRanges: ['0.0.0.0/0'],
        resolve: async () => {
          asked = true
          return [{ address: '8.8.8.8', family: 4 }]
        },
      })
      expect(await refused(egress.addresses(name, 'named'))).toEqual({ tag: 'destination-IP-prohibited' })
      expect(asked).toBe(false)
    },
  )

  test('localhost is loopback without a name server', async () => {
    const found = await loopback.addresses('api.localhost', 'named')
    expect(found.map(({ address }) => address)).toEqual(['127.0.0.1', '::1'])
    expect(await refused(strict.addresses('localhost', 'named'))).toEqual({ tag: 'destination-IP-prohibited' })
    expect(await refused(loopback.addresses('localhost', 'public'))).toEqual({ tag: 'destination-IP-prohibited' })
  })
})
