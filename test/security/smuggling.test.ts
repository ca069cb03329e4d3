/** Header injection and request smuggling, both ways: what a piece asks for, and what a server answers. Seen at the raw socket. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  answering,
  bytes,
  call,
  engines,
  httpServer,
  NONE,
  type RequestOptions,
  rawServer,
  read,
  request,
  send,
} from '../../packages/executor/src/effects/outside.suite.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const many = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('')
const everywhere = { http: ['http://a.example', 'http://127.0.0.1'] }

/** undici gives a socket back one turn after its response. */
const pooled = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

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

describe('malformed requests are answered', () => {
  const cases: [name: string, url: string, options: RequestOptions, tag: string][] = [
    ['no host', 'http://', {}, 'HTTP-request-URI-invalid'],
    ['user information', 'http://user@a.example', {}, 'HTTP-request-URI-invalid'],
    ['a password', 'http://127.0.0.1:80@evil.example', {}, 'HTTP-request-URI-invalid'],
    ['a zone', 'http://[fe80::1%25lo]', {}, 'HTTP-request-URI-invalid'],
    ['another scheme', 'ftp://a.example', {}, 'HTTP-request-URI-invalid'],
    ['a scheme of scripts', 'javascript://a.example', {}, 'HTTP-request-URI-invalid'],
    ['port 0', 'http://a.example:0', {}, 'HTTP-request-URI-invalid'],
    ['a line break in the host', 'http://a.example', { authority: 'a.example\r\nx: y' }, 'HTTP-request-URI-invalid'],
    ['a line break in the path', 'http://a.example', { pathWithQuery: '/a\r\nx: y' }, 'HTTP-request-URI-invalid'],
    ['a NUL in the path', 'http://a.example', { pathWithQuery: '/a\0b' }, 'HTTP-request-URI-invalid'],
    ['a space in the path', 'http://a.example', { pathWithQuery: '/a HTTP/1.1' }, 'HTTP-request-URI-invalid'],
    ['a fragment', 'http://a.example', { pathWithQuery: '/a#b' }, 'HTTP-request-URI-invalid'],
    ['an absolute path', 'http://a.example', { pathWithQuery: 'http://b.example/' }, 'HTTP-request-URI-invalid'],
    ['no slash', 'http://a.example', { pathWithQuery: 'a' }, 'HTTP-request-URI-invalid'],
    ['Unicode in the path', 'http://a.example', { pathWithQuery: '/\u2713' }, 'HTTP-request-URI-invalid'],
    ['a very long path', 'http://a.example', { pathWithQuery: `/${'a'.repeat(40_000)}` }, 'HTTP-request-URI-too-long'],
    ['CONNECT', 'http://a.example', { method: 'CONNECT' }, 'HTTP-request-method-invalid'],
    ['connect', 'http://a.example', { method: 'connect' }, 'HTTP-request-method-invalid'],
    ['TRACE', 'http://a.example', { method: 'TRACE' }, 'HTTP-request-method-invalid'],
    ['track', 'http://a.example', { method: 'track' }, 'HTTP-request-method-invalid'],
    ['a method with a space', 'http://a.example', { method: 'GET /x' }, 'HTTP-request-method-invalid'],
    ['no method', 'http://a.example', { method: '' }, 'HTTP-request-method-invalid'],
    [
      '101 fields',
      'http://a.example',
      { headers: Array.from({ length: 101 }, (): [string, string] => ['x', 'y']) },
      'HTTP-request-header-section-size',
    ],
    [
      'fields of 65 KiB',
      'http://a.example',
      { headers: { x: 'y'.repeat(65 * 1024) } },
      'HTTP-request-header-section-size',
    ],
    [
      'another length',
      'http://a.example',
      { method: 'POST', content: bytes('abc'), headers: { 'content-length': '2' } },
      'HTTP-request-body-size',
    ],
    [
      'a length without a body',
      'http://a.example',
      { method: 'POST', headers: { 'content-length': '2' } },
      'HTTP-request-body-size',
    ],
    ['a length of a GET', 'http://a.example', { headers: { 'content-length': '2' } }, 'HTTP-request-body-size'],
    [
      'a length that is none',
      'http://a.example',
      { method: 'POST', content: bytes('abc'), headers: { 'content-length': '+3' } },
      'HTTP-request-body-size',
    ],
    [
      'two lengths',
      'http://a.example',
      {
        method: 'POST',
        content: bytes('abc'),
        headers: [
          ['content-length', '3'],
          ['Content-Length', '3'],
        ],
      },
      'HTTP-request-body-size',
    ],
  ]
  test.each(cases)('%s', async (_, url, options, tag) => {
    const outside = call(await engines(), { grants: everywhere })
    expect(await request(outside, url, options)).toMatchObject({ error: { tag } })
  })
})

describe('what only a broken cell can send ends the cell', () => {
  const forbidden = [
    'connection',
    'Keep-Alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'Transfer-Encoding',
    'upgrade',
    'host',
    'http2-settings',
  ]
  const cases: [name: string, headers: [string, string][]][] = [
    ...forbidden.map((name): [string, [string, string][]] => [name, [[name, 'x']]]),
    ['a line break in a value', [['x', 'a\r\nhost: evil']]],
    ['a line feed', [['x', 'a\nb']]],
    ['a carriage return', [['x', 'a\rb']]],
    ['a NUL', [['x', 'a\0b']]],
    ['a character beyond Latin-1', [['x', '\u010d']]],
    ['a name with a space', [['content-length ', '0']]],
    ['a name with a colon', [['x:y', '0']]],
    ['a name with a line break', [['x\r\ny', '0']]],
    ['an empty name', [['', 'x']]],
  ]
  test.each(cases)('%s', async (_, headers) => {
    const server = await answering('HTTP/1.1 204 No Content\r\n\r\n')
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const rejected = request(outside, `http://a.example:${server.port}/`, { headers })
    await expect(rejected).rejects.toMatchObject({ name: 'Malformed' })
    expect(server.connections()).toBe(0)
  })

  test.each<[name: string, ask: (outside: ReturnType<typeof call>, port: number) => Promise<unknown>]>([
    [
      'an exchange twice',
      async (outside, port) => {
        const { exchange } = send(outside, `http://a.example:${port}/`)
        const ask = {
          exchange,
          method: 'GET',
          scheme: 'http',
          authority: `a.example:${port}`,
          pathWithQuery: '/',
          headers: [],
          body: 'none' as const,
        }
        await outside.ask({ kind: 'http.request', ask, bytes: NONE })
      },
    ],
    [
      'bytes without a body',
      (outside, port) => send(outside, `http://a.example:${port}/`, { content: bytes('a'), body: 'none' }).head,
    ],
    [
      'a chunk for a whole body',
      (outside, port) => {
        const { exchange } = send(outside, `http://a.example:${port}/`)
        return outside.ask({ kind: 'http.body', ask: { exchange, end: true }, bytes: NONE })
      },
    ],
    [
      'two reads at once',
      async (outside, port) => {
        const { exchange, head } = send(outside, `http://a.example:${port}/endless`)
        await head
        await Promise.all([read(outside, exchange), read(outside, exchange)])
      },
    ],
    [
      'a read before there is a response',
      (outside, port) => read(outside, send(outside, `http://a.example:${port}/`).exchange),
    ],
    [
      'two chunks at once',
      async (outside, port) => {
        const { exchange } = send(outside, `http://a.example:${port}/`, { body: 'stream', method: 'POST' })
        const chunk = () => outside.ask({ kind: 'http.body', ask: { exchange, end: false }, bytes: bytes('a') })
        await Promise.all([chunk(), chunk(), chunk()])
      },
    ],
    [
      'an answer asked for by post',
      async (outside) => outside.post({ kind: 'store.put', ask: { scope: 'flow', key: 'a' }, bytes: NONE }),
    ],
  ])('%s', async (_, ask) => {
    const server = await httpServer((incoming, response) => {
      if (incoming.url === '/endless') response.write('first')
      else response.end()
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    await expect(ask(outside, server.port)).rejects.toMatchObject({ name: 'Malformed' })
  })
})

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
