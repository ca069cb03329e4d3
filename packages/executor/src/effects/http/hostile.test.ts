import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { brotliCompressSync, constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpErrorCode } from '../../effect.ts'
import type { Resolve } from '../egress.ts'
import { answering, bytes, call, engines, httpServer, NONE, rawServer, read, request, send } from '../outside.suite.ts'
import { certificate } from './certificate.suite.ts'

const MiB = 1024 * 1024
const OK = 'HTTP/1.1 200 OK\r\n'
const many = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('')

/** undici gives a socket back one turn after its response. */
const pooled = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a server that lies', () => {
  type Expected = { error: { tag: string; val?: unknown } } | { status: number; body?: string }
  const cases: [name: string, response: string, expected: Expected][] = [
    ['an honest one', `${OK}content-length: 2\r\n\r\nok`, { status: 200, body: 'ok' }],
    [
      'an honest chunked one',
      `${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      { status: 200, body: 'ok' },
    ],
    ['an honest one that ends with the connection', `${OK}\r\nok`, { status: 200, body: 'ok' }],
    [
      'trailers',
      `${OK}transfer-encoding: chunked\r\ntrailer: x\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n`,
      { status: 200, body: 'ok' },
    ],
    [
      'early hints',
      `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}content-length: 2\r\n\r\nok`,
      { status: 200, body: 'ok' },
    ],
    [
      'a hundred early hints',
      `${many(100, () => 'HTTP/1.1 103 Early Hints\r\n\r\n')}${OK}content-length: 2\r\n\r\nok`,
      { status: 200, body: 'ok' },
    ],
    [
      'early hints without end',
      `${many(101, () => 'HTTP/1.1 103 Early Hints\r\n\r\n')}${OK}content-length: 2\r\n\r\nok`,
      { error: { tag: 'HTTP-protocol-error' } },
    ],
    ['nothing at all', '', { error: { tag: 'connection-terminated' } }],
    ['half a head', 'HTTP/1.1 200 OK\r\nx: y', { error: { tag: 'connection-terminated' } }],
    ['something else', 'SSH-2.0-OpenSSH_9.9\r\n', { error: { tag: 'HTTP-protocol-error' } }],
    ['HTTP/2 in the clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { error: { tag: 'HTTP-protocol-error' } }],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n', { error: { tag: 'HTTP-protocol-error' } }],
    [
      'an upgrade nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      { error: { tag: 'HTTP-upgrade-failed' } },
    ],
    ['100 nobody waits for', 'HTTP/1.1 100 Continue\r\n\r\n', { error: { tag: 'HTTP-protocol-error' } }],
    ['a shorter body', `${OK}content-length: 10\r\n\r\nok`, { error: { tag: 'HTTP-response-incomplete' } }],
    ['a longer body', `${OK}content-length: 1\r\n\r\nok`, { status: 200, body: 'o' }],
    ['half a chunk', `${OK}transfer-encoding: chunked\r\n\r\nff\r\nok`, { error: { tag: 'HTTP-response-incomplete' } }],
    [
      'a chunk without a size',
      `${OK}transfer-encoding: chunked\r\n\r\nzz\r\nok\r\n`,
      { error: { tag: 'HTTP-protocol-error' } },
    ],
    ['two lengths', `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`, { error: { tag: 'HTTP-protocol-error' } }],
    [
      'a length and chunks',
      `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      { error: { tag: 'HTTP-protocol-error' } },
    ],
    ['a negative length', `${OK}content-length: -2\r\n\r\nok`, { error: { tag: 'HTTP-protocol-error' } }],
    [
      'a length beyond all numbers',
      `${OK}content-length: 99999999999999999999999\r\n\r\nok`,
      { error: { tag: 'HTTP-protocol-error' } },
    ],
    ['a NUL in a field', `${OK}x: a\0b\r\ncontent-length: 2\r\n\r\nok`, { error: { tag: 'HTTP-protocol-error' } }],
    [
      'a bare carriage return',
      `${OK}x: a\rb: c\r\ncontent-length: 2\r\n\r\nok`,
      { error: { tag: 'HTTP-protocol-error' } },
    ],
    ['a space before the colon', `${OK}content-length : 2\r\n\r\nok`, { error: { tag: 'HTTP-protocol-error' } }],
    ['100 fields', `${OK}${many(99, (at) => `x${at}: y\r\n`)}content-length: 2\r\n\r\nok`, { status: 200, body: 'ok' }],
    [
      '101 fields',
      `${OK}${many(100, (at) => `x${at}: y\r\n`)}content-length: 2\r\n\r\nok`,
      { error: { tag: 'HTTP-response-header-section-size' } },
    ],
    [
      'a field of 63 KiB',
      `${OK}x: ${'y'.repeat(63 * 1024)}\r\ncontent-length: 2\r\n\r\nok`,
      { status: 200, body: 'ok' },
    ],
    [
      'a field of 65 KiB',
      `${OK}x: ${'y'.repeat(65 * 1024)}\r\ncontent-length: 2\r\n\r\nok`,
      { error: { tag: 'HTTP-response-header-section-size' } },
    ],
    [
      'a million fields',
      `${OK}${'a:\r\n'.repeat(1_000_000)}\r\n`,
      { error: { tag: 'HTTP-response-header-section-size' } },
    ],
    [
      'fields of an object',
      `${OK}__proto__: a\r\nconstructor: b\r\ncontent-length: 2\r\n\r\nok`,
      { status: 200, body: 'ok' },
    ],
    [
      'no gzip where it says so',
      `${OK}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello`,
      { error: { tag: 'HTTP-response-content-coding', val: 'gzip' } },
    ],
    [
      'no zstd where it says so',
      `${OK}content-encoding: zstd\r\ncontent-length: 5\r\n\r\nhello`,
      { error: { tag: 'HTTP-response-content-coding', val: 'zstd' } },
    ],
    [
      'no brotli where it says so',
      `${OK}content-encoding: br\r\ncontent-length: 5\r\n\r\n\xff\xff\xff\xff\xff`,
      { error: { tag: 'HTTP-response-content-coding', val: 'br' } },
    ],
  ]
  test.each(cases)('%s', async (_, response, expected) => {
    const server = await answering(Buffer.from(response, 'latin1'))
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject(expected)
  })

  test('an answer to a question that was never asked is not the answer to the next', async () => {
    const server = await rawServer((socket) => {
      socket.write(`${OK}content-length: 5\r\n\r\nfirst${OK}content-length: 6\r\n\r\nforged`)
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const url = `http://a.example:${server.port}/`
    expect(await request(outside, url)).toMatchObject({ body: 'first' })
    await pooled()
    expect(await request(outside, url)).toMatchObject({ body: 'first' })
    expect(server.connections()).toBe(2)
  })

  test.each([
    ['gzip', (encoded: Buffer) => encoded.subarray(0, -20), gzipSync],
    ['br', (encoded: Buffer) => encoded.subarray(0, -1), brotliCompressSync],
    ['zstd', (encoded: Buffer) => encoded.subarray(0, -1), zstdCompressSync],
    ['deflate', (encoded: Buffer) => encoded.subarray(0, -6), deflateSync],
  ])('a %s body that is cut off', async (coding, cut, encode) => {
    const body = cut(encode(Buffer.from('content '.repeat(100))))
    const server = await httpServer((_, response) =>
      response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length }).end(body),
    )
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({
      error: { tag: 'HTTP-response-incomplete' },
    })
  })
})

describe('a bomb', () => {
  const zeros = Buffer.alloc(64 * MiB)
  const nested = gzipSync(gzipSync(zeros))
  /** A gzip member whose deflate blocks are empty and never end. */
  const emptyBlocks = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
    ...Array.from({ length: 1 << 19 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])),
  ])
  /** A frame of unknown length needs the window that it says, and this one says the largest. */
  async function windowed(windowLog: number): Promise<Buffer> {
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    for (let at = 0; at < 24; at++) if (!stream.write(zeros.subarray(0, MiB))) await once(stream, 'drain')
    stream.end()
    await once(stream, 'end')
    return Buffer.concat(parts)
  }
  const cases: [name: string, coding: string, body: Uint8Array, tag: string][] = [
    ['gzip', 'gzip', gzipSync(zeros), 'HTTP-response-body-size'],
    ['deflate', 'deflate', deflateSync(zeros), 'HTTP-response-body-size'],
    [
      'brotli',
      'br',
      brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
      'HTTP-response-body-size',
    ],
    ['zstd', 'zstd', zstdCompressSync(zeros), 'HTTP-response-body-size'],
    [
      'many gzip members',
      'gzip',
      Buffer.concat(Array.from({ length: 64 }, () => gzipSync(zeros.subarray(0, MiB)))),
      'HTTP-response-body-size',
    ],
    ['empty blocks without end', 'gzip', emptyBlocks, 'HTTP-response-body-size'],
  ]
  test.each(cases)('%s stops at the limit, in flat memory', async (_, coding, body, tag) => {
    const server = await httpServer((_incoming, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(body),
    )
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpBodyBytes: MiB },
    })
    const before = process.memoryUsage()
    const outcome = await request(outside, `http://a.example:${server.port}/`)
    const after = process.memoryUsage()
    expect(outcome).toMatchObject({ error: { tag, val: MiB } })
    expect(outside.bytesIn).toBeLessThanOrEqual(MiB)
    const grown =
      after.external + after.arrayBuffers + after.heapUsed - before.external - before.arrayBuffers - before.heapUsed
    expect(grown).toBeLessThan(24 * MiB)
  })

  test('of gzip in gzip is undone once', async () => {
    const server = await httpServer((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(nested),
    )
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpBodyBytes: MiB },
    })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({ status: 200 })
    expect(outside.bytesIn).toBe(gzipSync(zeros).length)
  })

  test.each([
    [23, { status: 200 }],
    [24, { error: { tag: 'HTTP-response-content-coding', val: 'zstd' } }],
    [27, { error: { tag: 'HTTP-response-content-coding', val: 'zstd' } }],
  ])('zstd with a window of 2^%i bytes', async (windowLog, expected) => {
    const body = await windowed(windowLog)
    const server = await httpServer((_, response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end(body))
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject(expected)
  })

  test('a body without end', async () => {
    const part = Buffer.alloc(64 * 1024)
    const server = await httpServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(part));
        response.once('drain', more)
      }
      more()
    })
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpBodyBytes: MiB },
    })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({
      status: 200,
      error: { tag: 'HTTP-response-body-size', val: MiB },
    })
    expect(outside.logs).toHaveLength(1)
  })

  test('windows are held by few streams of a tenant at once; all are served', async () => {
    const body = brotliCompressSync(Buffer.alloc(4 * MiB, 'x'), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
    const server = await httpServer((_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end(body))
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpConcurrent: 50 },
    })
    const url = `http://a.example:${server.port}/`
    const all = await Promise.all(Array.from({ length: 40 }, () => request(outside, url)))
    expect(all.map((one) => ('body' in one ? one.body!.length : 0))).toEqual(all.map(() => 4 * MiB))
  })
})

describe('a slow server', () => {
  const dripping = (parts: string[], everyMs: number) =>
    rawServer((socket) => {
      socket.removeAllListeners('data')
      let at = 0
      const timer = setInterval(() => {
        if (at < parts.length && !socket.destroyed) socket.write(parts[at++]!)
        else clearInterval(timer)
      }, everyMs)
      socket.on('close', () => clearInterval(timer))
    })
  const limits = { httpFirstByteMs: 100, httpBetweenBytesMs: 100 }
  const cases: [name: string, parts: string[], everyMs: number, expected: object, guest?: object][] = [
    ['silent', [], 1000, { error: { tag: 'HTTP-response-timeout' } }],
    ['a head by the letter', [...OK.repeat(3)], 10, { error: { tag: 'HTTP-response-timeout' } }],
    [
      'hints without end',
      Array.from({ length: 100 }, () => 'HTTP/1.1 103 Early Hints\r\n\r\n'),
      10,
      { error: { tag: 'HTTP-response-timeout' } },
    ],
    [
      'a body that stops',
      [`${OK}content-length: 10\r\n\r\nok`],
      1,
      { status: 200, body: 'ok', error: { tag: 'connection-read-timeout' } },
    ],
    [
      'a compressed body that stops',
      [`${OK}content-encoding: gzip\r\ncontent-length: 10\r\n\r\n\x1f`],
      1,
      { status: 200, error: { tag: 'connection-read-timeout' } },
    ],
    [
      'slow, but within what is allowed',
      [`${OK}content-length: 8\r\n\r\n`, ...'slowness'],
      20,
      { status: 200, body: 'slowness' },
    ],
    [
      'slower than the guest wants the head',
      [`${OK}content-length: 2\r\n\r\nok`],
      60,
      { error: { tag: 'HTTP-response-timeout' } },
      { firstByteTimeoutMs: 20 },
    ],
    [
      'slower than the guest wants a part',
      [`${OK}content-length: 2\r\n\r\n`, 'o', 'k'],
      60,
      { error: { tag: 'connection-read-timeout' } },
      { betweenBytesTimeoutMs: 20 },
    ],
    [
      'a guest cannot wait longer than it is allowed',
      [],
      1000,
      { error: { tag: 'HTTP-response-timeout' } },
      { firstByteTimeoutMs: 2 ** 31 + 5, connectTimeoutMs: 1e15 },
    ],
  ]
  test.each(cases)('%s', async (_, parts, everyMs, expected, guest = {}) => {
    const server = await dripping(parts, everyMs)
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] }, limits })
    expect(await request(outside, `http://a.example:${server.port}/`, guest)).toMatchObject(expected)
  })

  test('a guest that is slow itself is not timed out', async () => {
    const server = await httpServer((incoming, response) => {
      if (incoming.method === 'GET') response.end(Buffer.alloc(MiB))
      else incoming.resume().on('end', () => response.end('read'))
    })
    const using = await engines()
    const outside = call(using, {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpFirstByteMs: 40, httpBetweenBytesMs: 40 },
    })
    const reading = send(outside, `http://a.example:${server.port}/`)
    const writing = send(outside, `http://a.example:${server.port}/`, { method: 'POST', body: 'stream' })
    await reading.head
    await outside.ask({ kind: 'http.body', ask: { exchange: writing.exchange, end: false }, bytes: bytes('a') })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await outside.ask({ kind: 'http.body', ask: { exchange: writing.exchange, end: true }, bytes: bytes('b') })
    expect((await writing.head).answer).toMatchObject({ status: 200 })
    expect((await read(outside, reading.exchange)).answer).toMatchObject({ end: false })
  })

  test('a guest may want a connection sooner', async () => {
    const outside = call(await engines({ resolve: () => new Promise(() => undefined) }), {
      grants: { http: ['http://a.example'] },
    })
    expect(await request(outside, 'http://a.example/', { connectTimeoutMs: 20 })).toEqual({
      error: { tag: 'connection-timeout' },
    })
  })
})

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

describe('tenants', () => {
  test('never share a connection; the calls of one tenant do', async () => {
    const sockets = new Set<Socket>()
    const server = await httpServer((incoming, response) => {
      sockets.add(incoming.socket)
      response.end('ok')
    })
    const using = await engines()
    const grants = { http: [`http://a.example:${server.port}`] }
    const url = `http://a.example:${server.port}/`
    for (const tenant of ['acme', 'acme', 'umbrella', 'acme', 'umbrella']) {
      const outside = call(using, { tenant, grants })
      expect(await request(outside, url)).toMatchObject({ body: 'ok' })
      await pooled()
    }
    expect(sockets.size).toBe(2)
  })
})

describe('TLS', () => {
  const valid = certificate({ host: 'a.example' })
  async function tlsServer(own: { cert: string; key: string }, options: object = {}) {
    const names: (string | false | null)[] = []
    const sessions: boolean[] = []
    const server = createTlsServer({ ...own, ...options }, (socket) => {
      names.push(socket.servername)
      sessions.push(socket.isSessionReused())
      socket.on('error', () => undefined)
      socket.on('data', () => socket.end(`${OK}content-length: 2\r\nconnection: close\r\n\r\nok`))
    })
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return { names, sessions, port: (server.address() as { port: number }).port }
  }
  const ask = async (
    port: number,
    options: { ca?: string[]; tenant?: string; using?: Awaited<ReturnType<typeof engines>> },
  ) => {
    const using = options.using ?? (await engines(options.ca ? { ca: options.ca } : {}))
    const outside = call(using, { tenant: options.tenant ?? 'acme', grants: { http: [`https://a.example:${port}`] } })
    return request(outside, `https://a.example:${port}/`)
  }

  test('the name that was granted is the name that is asked for and checked', async () => {
    const { port, names } = await tlsServer(valid)
    expect(await ask(port, { ca: [valid.cert] })).toMatchObject({ body: 'ok' })
    expect(names).toEqual(['a.example'])
  })

  const expired = certificate({ host: 'a.example', from: -2e8, to: -1e8 })
  const early = certificate({ host: 'a.example', from: 1e8, to: 2e8 })
  const other = certificate({ host: 'b.example' })
  test.each<[name: string, own: { cert: string; key: string }, ca: string[]]>([
    ['signed by nobody', valid, []],
    ['signed by somebody else', valid, [other.cert]],
    ['expired', expired, [expired.cert]],
    ['not valid yet', early, [early.cert]],
    ['of another host', other, [other.cert]],
  ])('a certificate %s', async (_, own, ca) => {
    const { port } = await tlsServer(own)
    expect(await ask(port, { ca })).toEqual({ error: { tag: 'TLS-certificate-error' } })
  })

  test.each<[name: string, answer: Uint8Array, tag: string]>([
    ['plain HTTP', bytes(`${OK}\r\n`), 'TLS-protocol-error'],
    ['an alert', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), 'TLS-alert-received'],
    ['nothing', NONE, 'connection-terminated'],
  ])('%s where TLS was expected', async (_, answer, tag) => {
    const server = await answering(answer)
    expect(await ask(server.port, {})).toMatchObject({ error: { tag } })
  })

  test('an old protocol', async () => {
    const { port } = await tlsServer(valid, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const outcome = await ask(port, { ca: [valid.cert] })
    expect('error' in outcome && outcome.error.tag).toMatch(/^TLS-(protocol-error|alert-received)$/)
  })

  test('sessions are resumed within a tenant, never across', async () => {
    const { port, sessions } = await tlsServer(valid, { maxVersion: 'TLSv1.2' })
    const using = await engines({ ca: [valid.cert] })
    for (const tenant of ['acme', 'acme', 'umbrella']) await ask(port, { using, tenant })
    expect(sessions).toEqual([false, true, false])
  })
})

describe('smuggling', () => {
  test('what a server sees of each request is one request', async () => {
    const server = await rawServer((socket) => {
      if (!socket.destroyed) socket.write(`${OK}content-length: 2\r\n\r\nok`)
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const url = `http://a.example:${server.port}`
    const smuggled = bytes('0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a.example\r\n\r\n')
    const outcome = await request(outside, `${url}/`, { method: 'POST', content: smuggled })
    expect(outcome).toMatchObject({ status: 200 })
    const [head] = server.received().split('\r\n\r\n')
    expect(head).toContain(`content-length: ${smuggled.length}`)
    expect(head).not.toContain('transfer-encoding')
  })
})
