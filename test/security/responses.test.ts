/** Bombs and slow servers: what a response costs is bounded after decompression, in time and in memory. */
import { once } from 'node:events'
import { brotliCompressSync, constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  bytes,
  call,
  engines,
  httpServer,
  rawServer,
  read,
  request,
  send,
} from '../../packages/executor/src/effects/outside.suite.ts'

const MiB = 1024 * 1024
const OK = 'HTTP/1.1 200 OK\r\n'

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
    ['silent', [], 1000, { error: { tag: 'connection-read-timeout' } }],
    ['a head by the letter', [...OK.repeat(3)], 10, { error: { tag: 'connection-read-timeout' } }],
    [
      'hints without end',
      Array.from({ length: 100 }, () => 'HTTP/1.1 103 Early Hints\r\n\r\n'),
      10,
      { error: { tag: 'connection-read-timeout' } },
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
      { error: { tag: 'connection-read-timeout' } },
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
      { error: { tag: 'connection-read-timeout' } },
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
      limits: { httpFirstByteMs: 400, httpBetweenBytesMs: 400 },
    })
    const reading = send(outside, `http://a.example:${server.port}/`)
    const writing = send(outside, `http://a.example:${server.port}/`, { method: 'POST', body: 'stream' })
    await reading.head
    await outside.ask({ kind: 'http.body', ask: { exchange: writing.exchange, end: false }, bytes: bytes('a') })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
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
