/** DNS rebinding and literal addresses at the connection itself: where it goes is what was checked. */
import { describe, expect, test } from 'vitest'
import type { HttpErrorCode } from '../../packages/executor/src/effect.ts'
import type { Resolve } from '../../packages/executor/src/effects/egress.ts'
import { answering, call, engines, httpServer, request } from '../../packages/executor/src/effects/outside.suite.ts'

const OK = 'HTTP/1.1 200 OK\r\n'

/** undici gives a socket back one turn after its response. */
const pooled = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('an address', () => {
  /** Answers with one address after the other, the last one for ever. */
  const rebinding = (...addresses: string[]): Resolve => {
    let at = 0
    return async () => [{ address: addresses[Math.min(at++, addresses.length - 1)]!, family: 4 }]
  }

  test('public first and private next: the connection that is made is the one that was checked', async () => {
    const server = await answering(`${OK}content-length: 6\r\nconnection: close\r\n\r\nsecret`)
    const using = await engines({ egressPrivate: ['127.0.0.2/32'], resolve: rebinding('127.0.0.2', '127.0.0.1') })
    const outside = call(using, { grants: { http: [`http://a.example:${server.port}`] } })
    const url = `http://a.example:${server.port}/`
    // 127.0.0.2 stands for a public address; the server listens on 127.0.0.1, which nobody may reach.
    expect(await request(outside, url)).toEqual({ error: { tag: 'connection-refused' } })
    expect(await request(outside, url)).toEqual({ error: { tag: 'destination-IP-prohibited' } })
    expect(server.connections()).toBe(0)
  })

  test('a connection that is kept goes where it went', async () => {
    let resolved = 0
    const server = await httpServer(
      (incoming, response) => response.end(`${incoming.socket.localAddress} ${incoming.headers.host}`),
      '0.0.0.0',
    )
    const addresses = rebinding('127.0.0.2', '127.0.0.3')
    const using = await engines({
      egressPrivate: ['127.0.0.2/32'],
      resolve: (...asked) => {
        resolved++
        return addresses(...asked)
      },
    })
    const outside = call(using, { grants: { http: [`http://a.example:${server.port}`] } })
    const url = `http://a.example:${server.port}/`
    const expected = { body: `127.0.0.2 a.example:${server.port}` }
    expect(await request(outside, url)).toMatchObject(expected)
    await pooled()
    expect(await request(outside, url)).toMatchObject(expected)
    await pooled()
    expect(resolved).toBe(1)
    // The next connection is another question, and its answer another check.
    await request(outside, url, { method: 'HEAD' })
    await pooled()
    expect(await request(outside, url)).toEqual({ error: { tag: 'destination-IP-prohibited' } })
  })

  const literal: [name: string, host: string, allowed: string[], expected: object][] = [
    ['loopback', '127.0.0.1', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['short', '127.1', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['decimal', '2130706433', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['hexadecimal', '0x7f.1', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['octal', '0177.0.0.1', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['with a dot', '127.0.0.1.', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['everything', '0.0.0.0', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['IPv6 loopback', '[::1]', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['IPv6 everything', '[::]', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['mapped', '[::ffff:127.0.0.1]', [], { error: { tag: 'destination-IP-prohibited' } }],
    [
      'mapped, loopback allowed',
      '[::ffff:127.0.0.1]',
      ['127.0.0.0/8'],
      { error: { tag: 'destination-IP-prohibited' } },
    ],
    ['metadata, all allowed', '169.254.169.254', ['0.0.0.0/0'], { error: { tag: 'destination-IP-prohibited' } }],
    [
      'metadata in one number, all allowed',
      '2852039166',
      ['0.0.0.0/0'],
      { error: { tag: 'destination-IP-prohibited' } },
    ],
    ['localhost', 'localhost', [], { error: { tag: 'destination-IP-prohibited' } }],
    ['loopback, allowed', '127.0.0.1', ['127.0.0.0/8'], { status: 200 }],
    ['short, allowed', '127.1', ['127.0.0.0/8'], { status: 200 }],
    ['localhost, allowed', 'localhost', ['127.0.0.0/8', '::1/128'], { status: 200 }],
  ]
  test.each(literal)('%s', async (_, host, egressPrivate, expected) => {
    const server = await answering(`${OK}content-length: 2\r\n\r\nok`)
    const using = await engines({ egressPrivate, ...(host === 'localhost' ? { resolve: undefined as never } : {}) })
    const outside = call(using, { grants: { http: [`http://${host}:${server.port}`] } })
    expect(await request(outside, `http://${host}:${server.port}/`)).toMatchObject(expected)
    expect(server.connections()).toBe('status' in expected ? 1 : 0)
  })

  test('IPv6', async () => {
    const server = await httpServer((incoming, response) => response.end(incoming.headers.host), '::1')
    const using = await engines({ resolve: async () => [{ address: '::1', family: 6 }] })
    const outside = call(using, {
      grants: { http: [`http://[::1]:${server.port}`, `http://a.example:${server.port}`] },
    })
    expect(await request(outside, `http://[0::1]:${server.port}/`)).toMatchObject({ body: `[::1]:${server.port}` })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({
      body: `a.example:${server.port}`,
    })
  })

  test('the next address is tried where one does not answer', async () => {
    const server = await answering(`${OK}content-length: 2\r\n\r\nok`)
    const using = await engines({
      resolve: async () => ['127.0.0.9', '127.0.0.1'].map((address) => ({ address, family: 4 })),
    })
    const outside = call(using, { grants: { http: [`http://a.example:${server.port}`] } })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({ body: 'ok' })
  })

  test('https://* reaches no private address, even one that the operator allows', async () => {
    const using = await engines()
    const named = call(using, { grants: { http: ['https://a.example'] } })
    const any = call(using, { grants: { http: ['https://*'] } })
    // Nothing listens on 443 here: that a connection was tried shows in its error.
    expect(await request(named, 'https://a.example/')).toEqual({ error: { tag: 'connection-refused' } })
    expect(await request(any, 'https://a.example/')).toEqual({ error: { tag: 'destination-IP-prohibited' } })
  })

  test('why a connection was not made stands in the log, without the address', async () => {
    const using = await engines({ resolve: async () => [{ address: '10.1.2.3', family: 4 }] })
    const outside = call(using, { grants: { http: ['http://a.example'] } })
    await request(outside, 'http://a.example/')
    expect(outside.logs.map(({ message }) => message)).toEqual([
      'a.example: a.example resolves to no public address (private); AP_WASM_EGRESS_PRIVATE of the executor can allow private ones',
    ])
  })

  const failures: [name: string, resolve: Resolve, error: HttpErrorCode][] = [
    [
      'unknown',
      () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })),
      { tag: 'DNS-error', val: { rcode: 'NXDOMAIN' } },
    ],
    ['nothing listens', async () => [{ address: '127.0.0.1', family: 4 }], { tag: 'connection-refused' }],
  ]
  test.each(failures)('%s', async (_, resolve, error) => {
    const closed = await answering('')
    await new Promise((resolve) => closed.close(resolve))
    const outside = call(await engines({ resolve }), { grants: { http: [`http://a.example:${closed.port}`] } })
    expect(await request(outside, `http://a.example:${closed.port}/`)).toEqual({ error })
  })
})
