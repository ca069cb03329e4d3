import type { Socket } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { defaultLimits } from '../../limits.ts'
import {
  answering,
  bytes,
  call,
  engines,
  httpServer,
  NONE,
  type Outcome,
  type RequestOptions,
  rawServer,
  read,
  request,
  send,
  text,
} from '../outside.suite.ts'

describe('a request', () => {
  const cases: [name: string, options: RequestOptions, path: string, line: string, fields: string[]][] = [
    ['GET', {}, '/a?b=c', 'GET /a?b=c HTTP/1.1', ['user-agent: ap-wasm/test']],
    ['an empty path', {}, '', 'GET / HTTP/1.1', []],
    ['a query alone', {}, '?a=b', 'GET /?a=b HTTP/1.1', []],
    ['a lower-case method', { method: 'patch' }, '/', 'patch / HTTP/1.1', []],
    ['a method of its own', { method: 'PROPFIND' }, '/', 'PROPFIND / HTTP/1.1', ['content-length: 0']],
    ['POST without a body', { method: 'POST' }, '/', 'POST / HTTP/1.1', ['content-length: 0']],
    ['a body', { method: 'POST', content: bytes('abc') }, '/', 'POST / HTTP/1.1', ['content-length: 3']],
    [
      'its length said twice over',
      { method: 'POST', content: bytes('abc'), headers: { 'Content-Length': '3' } },
      '/',
      'POST / HTTP/1.1',
      ['content-length: 3'],
    ],
    ['GET with a body', { content: bytes('abc') }, '/', 'GET / HTTP/1.1', ['content-length: 3']],
    [
      'own fields',
      { headers: { 'X-One': '1', 'User-Agent': 'mine', cookie: 'a=b' } },
      '/',
      'GET / HTTP/1.1',
      ['x-one: 1', 'user-agent: mine', 'cookie: a=b'],
    ],
    [
      'a field twice',
      {
        headers: [
          ['x', '1'],
          ['x', '2'],
        ],
      },
      '/',
      'GET / HTTP/1.1',
      ['x: 1', 'x: 2'],
    ],
    ['Latin-1', { headers: { x: '\xe4\xff' } }, '/', 'GET / HTTP/1.1', ['x: \xe4\xff']],
    ['compression', {}, '/', 'GET / HTTP/1.1', ['accept-encoding: gzip, deflate, br, zstd']],
    ['compression of its own', { headers: { 'Accept-Encoding': 'x' } }, '/', 'GET / HTTP/1.1', ['accept-encoding: x']],
  ]
  test.each(cases)('%s', async (_, options, path, line, fields) => {
    const server = await answering('HTTP/1.1 204 No Content\r\n\r\n')
    const outside = call(await engines(), { grants: { http: [`http://api.example:${server.port}`] } })
    expect(await request(outside, `http://api.example:${server.port}${path}`, options)).toMatchObject({ status: 204 })
    const [head, body] = server.received().split('\r\n\r\n')
    const lines = head!.split('\r\n')
    expect(lines[0]).toBe(line)
    expect(lines).toContain(`host: api.example:${server.port}`)
    for (const field of fields) expect(lines).toContain(field)
    expect(new Set(lines).size).toBe(lines.length)
    expect(body).toBe(text(options.content ?? NONE))
  })

  test.each<[name: string, options: RequestOptions, absent: string[]]>([
    ['a HEAD request asks for no compression', { method: 'HEAD' }, ['accept-encoding']],
    ['a range asks for no compression', { headers: { range: 'bytes=0-1' } }, ['accept-encoding']],
    [
      '100-continue is not waited for',
      { method: 'POST', content: bytes('a'), headers: { expect: '100-continue' } },
      ['expect'],
    ],
    ['no trace, no cookie, no origin of ours', {}, ['traceparent', 'tracestate', 'cookie', 'origin', 'referer', 'via']],
  ])('%s', async (_, options, absent) => {
    const server = await answering('HTTP/1.1 204 No Content\r\n\r\n')
    const outside = call(await engines(), { grants: { http: [`http://api.example:${server.port}`] } })
    await request(outside, `http://api.example:${server.port}/`, options)
    for (const name of absent) expect(server.received()).not.toContain(`\r\n${name}:`)
  })
})

describe('a response', () => {
  test('small ones come with their head', async () => {
    const server = await httpServer((_, response) => response.setHeader('X-Mixed', 'Case').end('hello'))
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { head } = send(outside, `http://a.example:${server.port}/`)
    const { answer, bytes: first } = await head
    expect(answer).toMatchObject({ status: 200, end: true })
    expect(text(first)).toBe('hello')
    expect((answer as { headers: [string, string][] }).headers).toContainEqual(['x-mixed', 'Case'])
    expect((answer as { headers: [string, string][] }).headers.map(([name]) => name)).not.toContain('connection')
  })

  test('large ones are read part by part, as much as was asked', async () => {
    const content = Buffer.from(Array.from({ length: 500_000 }, (_, i) => i % 251))
    const server = await httpServer((_, response) => response.end(content))
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange, head } = send(outside, `http://a.example:${server.port}/`)
    const { answer, bytes: first } = await head
    const parts = [first]
    for (let end = (answer as { end: boolean }).end; !end; ) {
      const part = await read(outside, exchange, 1000)
      expect(part.bytes.length).toBeLessThanOrEqual(1000)
      parts.push(part.bytes)
      end = (part.answer as { end: boolean }).end
    }
    expect(Buffer.concat(parts).equals(content)).toBe(true)
    expect(outside.bytesIn).toBe(content.length)
    expect(await read(outside, exchange)).toMatchObject({ answer: { end: true }, bytes: NONE })
  })

  test('nobody reads: the peer is held up', async () => {
    const part = Buffer.alloc(64 * 1024)
    let written = 0
    const server = await httpServer((_, response) => {
      const more = () => {
        while (written < 20 * 1024 * 1024 && response.write(part)) written += part.length
        response.once('drain', more)
      }
      more()
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { head } = send(outside, `http://a.example:${server.port}/`)
    await head
    let before = -1
    while (before !== written) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    // What the kernel's socket buffers take, and the little that is held here.
    expect(written).toBeLessThan(19 * 1024 * 1024)
    expect(outside.bytesIn).toBeLessThan(1024 * 1024)
  })

  const content = 'compressed '.repeat(50)
  const large = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7919) % 253))
  const codings: [name: string, encode: (content: Uint8Array) => Uint8Array][] = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZip', gzipSync],
  ]
  test.each(codings)('%s is decoded (%o)', async (coding, encode) => {
    const server = await httpServer((incoming, response) => {
      response.setHeader('content-encoding', coding)
      if (incoming.url === '/large') response.end(encode(large))
      else if (incoming.url === '/slow') {
        const encoded = encode(Buffer.from(content))
        response.write(encoded.subarray(0, 7))
        setTimeout(() => response.end(encoded.subarray(7)), 10)
      } else {
        const encoded = encode(Buffer.from(incoming.url === '/empty' ? '' : content))
        response.setHeader('content-length', encoded.length).end(encoded)
      }
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    for (const [path, body] of [
      ['/', content],
      ['/slow', content],
      ['/empty', ''],
      ['/large', text(large)],
    ] as const) {
      const before = outside.bytesIn
      const response = await request(outside, `http://a.example:${server.port}${path}`)
      expect(response).toMatchObject({ status: 200 })
      expect((response as { body: string }).body === body).toBe(true)
      expect(Object.keys((response as { headers: object }).headers)).not.toContain('content-encoding')
      expect(Object.keys((response as { headers: object }).headers)).not.toContain('content-length')
      expect(outside.bytesIn - before).toBe(body.length)
    }
  })

  const untouched: [name: string, options: RequestOptions, headers: Record<string, string>, body: string][] = [
    [
      'the guest asked itself',
      { headers: { 'accept-encoding': 'gzip' } },
      { 'content-encoding': 'gzip' },
      text(gzipSync('x')),
    ],
    ['a range', { headers: { range: 'bytes=0-9' } }, { 'content-encoding': 'gzip' }, text(gzipSync('x'))],
    ['an unknown coding', {}, { 'content-encoding': 'rot13' }, 'uryyb'],
    ['two codings', {}, { 'content-encoding': 'gzip, br' }, 'whatever'],
    ['identity', {}, { 'content-encoding': 'identity' }, 'hello'],
    ['a name of an object', {}, { 'content-encoding': 'constructor' }, 'hello'],
  ]
  test.each(untouched)('untouched: %s', async (_, options, headers, body) => {
    const server = await httpServer((_incoming, response) => response.writeHead(200, headers).end(body, 'latin1'))
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    expect(await request(outside, `http://a.example:${server.port}/`, options)).toMatchObject({ headers, body })
  })

  test('a HEAD answer keeps its length and its coding', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-length': '123' }
    const server = await httpServer((_, response) => response.writeHead(200, headers).end())
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const response = await request(outside, `http://a.example:${server.port}/`, { method: 'HEAD' })
    expect(response).toMatchObject({ status: 200, headers, body: '' })
  })

  test.each([301, 302, 303, 307, 308])('a %i is handed to the guest and never followed', async (status) => {
    const server = await httpServer((incoming, response) => {
      if (incoming.url === '/') response.writeHead(status, { location: '/next' }).end()
      else response.end('followed')
    })
    let requests = 0
    server.on('request', () => requests++)
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const response = await request(outside, `http://a.example:${server.port}/`)
    expect(response).toMatchObject({ status, headers: { location: '/next' } })
    expect(requests).toBe(1)
  })

  test('cookies are the business of the guest', async () => {
    const server = await httpServer((incoming, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']).end(incoming.headers.cookie ?? 'none')
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const first = await send(outside, `http://a.example:${server.port}/`).head
    expect((first.answer as { headers: [string, string][] }).headers.filter(([name]) => name === 'set-cookie')).toEqual(
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    )
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({ body: 'none' })
  })

  test('proxy variables are ignored', async () => {
    const proxy = await answering('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nproxy')
    const server = await answering('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ndirect')
    const names = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy.port}`
    try {
      const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
      expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject({ body: 'direct' })
      expect(proxy.connections()).toBe(0)
    } finally {
      for (const name of names) delete process.env[name]
    }
  })
})

describe('a streamed body', () => {
  const chunk = (outside: ReturnType<typeof call>, exchange: number, content: Uint8Array, end = false) =>
    outside.ask({ kind: 'http.body', ask: { exchange, end }, bytes: content })

  test('is sent as it is written', async () => {
    const server = await httpServer((incoming, response) => incoming.pipe(response))
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange, head } = send(outside, `http://a.example:${server.port}/`, { method: 'POST', body: 'stream' })
    for (const part of ['one ', 'two ', 'three'])
      expect(await chunk(outside, exchange, bytes(part))).toMatchObject({ answer: {} })
    await chunk(outside, exchange, NONE, true)
    const { answer, bytes: first } = await head
    expect(answer).toMatchObject({ status: 200 })
    let body = text(first)
    for (let end = (answer as { end: boolean }).end; !end; ) {
      const part = await read(outside, exchange)
      body += text(part.bytes)
      end = (part.answer as { end: boolean }).end
    }
    expect(body).toBe('one two three')
    expect(outside.bytesOut).toBe(13)
  })

  test('waits for a peer that does not read', async () => {
    const server = await rawServer((socket) => socket.pause())
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange } = send(outside, `http://a.example:${server.port}/`, { method: 'PUT', body: 'stream' })
    const part = new Uint8Array(1024 * 1024)
    let sent = 0
    const all = (async () => {
      while (sent < 24) {
        await chunk(outside, exchange, part)
        sent++
      }
    })()
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(sent).toBeLessThan(24)
    outside.post({ kind: 'http.close', ask: { exchange }, bytes: NONE })
    await all
  })

  test.each<[name: string, length: string, parts: string[], ok: boolean]>([
    ['as long as announced', '6', ['abc', 'def'], true],
    ['longer', '5', ['abc', 'def'], false],
    ['shorter', '7', ['abc', 'def'], false],
  ])('%s', async (_, length, parts, ok) => {
    const server = await httpServer((incoming, response) => {
      incoming.resume().on('end', () => response.end('read'))
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange, head } = send(outside, `http://a.example:${server.port}/`, {
      method: 'POST',
      body: 'stream',
      headers: { 'content-length': length },
    })
    for (const [at, part] of parts.entries()) await chunk(outside, exchange, bytes(part), at === parts.length - 1)
    expect((await head).answer).toMatchObject(ok ? { status: 200 } : { error: { tag: 'HTTP-request-body-size' } })
  })

  test('an answer before its end ends it', async () => {
    const server = await answering('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno', 'stay')
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange, head } = send(outside, `http://a.example:${server.port}/`, { method: 'POST', body: 'stream' })
    await chunk(outside, exchange, bytes('abc'))
    const { answer, bytes: first } = await head
    expect(answer).toMatchObject({ status: 413 })
    expect(text(first)).toBe('no')
    expect(await chunk(outside, exchange, bytes('def'), true)).toMatchObject({ answer: {} })
  })

  test('cut off, it never looks whole', async () => {
    const closed = Promise.withResolvers<void>()
    const server = await rawServer((socket) => {
      socket.on('close', () => closed.resolve())
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange, head } = send(outside, `http://a.example:${server.port}/`, { method: 'POST', body: 'stream' })
    await chunk(outside, exchange, bytes('abc'))
    await expect.poll(() => server.received()).toContain('abc')
    outside.post({ kind: 'http.close', ask: { exchange }, bytes: NONE })
    expect((await head).answer).toEqual({ error: { tag: 'connection-terminated' } })
    await closed.promise
    expect(server.received()).not.toContain('\r\n0\r\n')
  })
})

describe('a grant', () => {
  const denied: [url: string, patterns: string[]][] = [
    ['http://other.example', ['http://api.example']],
    ['http://evil-api.example.com', ['http://api.example.com']],
    ['http://api.example.com.evil', ['http://api.example.com']],
    ['https://api.example', ['http://api.example']],
    ['http://api.example:81', ['http://api.example']],
    ['http://127.1', ['http://127.0.0.2']],
    ['http://2130706433', []],
  ]
  test.each(denied)('denies %s with %j before any name is resolved', async (url, patterns) => {
    let resolved = 0
    const using = await engines({
      resolve: async () => {
        resolved++
        return []
      },
    })
    const outside = call(using, { grants: { http: patterns } })
    expect(await request(outside, url)).toEqual({ error: { tag: 'HTTP-request-denied' } })
    expect(resolved).toBe(0)
    expect(outside.logs).toHaveLength(1)
    expect(outside.logs[0]!.message).toMatch(/add "https?:\/\/[^"]+" to capabilities\.http in piece\.json/)
  })

  test('is said once for a host, in the line that piece.json needs', async () => {
    const outside = call(await engines())
    for (let i = 0; i < 3; i++) await request(outside, 'https://API.example.com:443/v1')
    expect(outside.logs.map(({ level, message }) => [level, message.includes('"https://api.example.com"')])).toEqual([
      ['warn', true],
    ])
  })

  test('of the connection reaches that origin alone', async () => {
    const server = await answering('HTTP/1.1 204 No Content\r\n\r\n')
    const auth = { props: { url: `http://acme.example:${server.port}/api` } }
    const outside = call(await engines(), { grants: { http: ['{auth.props.url}'] }, auth })
    expect(await request(outside, `http://acme.example:${server.port}/x`)).toMatchObject({ status: 204 })
    expect(await request(outside, `http://other.example:${server.port}/x`)).toMatchObject({
      error: { tag: 'HTTP-request-denied' },
    })
  })
})

describe('the limits of a call', () => {
  test('httpRequests', async () => {
    const server = await httpServer((_, response) => response.end('ok'))
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpRequests: 3 },
    })
    const url = `http://a.example:${server.port}/`
    const outcomes: Outcome[] = []
    for (let i = 0; i < 5; i++) outcomes.push(await request(outside, url))
    expect(outcomes.map((outcome) => ('error' in outcome ? outcome.error.val : outcome.status))).toEqual([
      200,
      200,
      200,
      'this call made 3 requests, and httpRequests is 3',
      'this call made 3 requests, and httpRequests is 3',
    ])
    expect(outside.logs).toHaveLength(1)
  })

  test.each([1, 6, 50])('httpConcurrent %i of 64', async (httpConcurrent) => {
    // Held until as many are there as may be: more would be seen, fewer would wait for ever.
    const held: (() => void)[] = []
    let heard = 0
    let most = 0
    const server = await httpServer((_, response) => {
      heard++
      held.push(() => response.end('ok'))
      most = Math.max(most, held.length)
      if (held.length < httpConcurrent && heard < 64) return
      setImmediate(() => {
        for (const answer of held.splice(0)) answer()
      })
    })
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpConcurrent, httpRequests: 100 },
    })
    const url = `http://a.example:${server.port}/`
    const all = await Promise.all(Array.from({ length: 64 }, () => request(outside, url)))
    expect(all.every((one) => 'status' in one && one.status === 200)).toBe(true)
    expect(most).toBe(httpConcurrent)
  })

  test('a response that nobody wants gives its place to the next', async () => {
    const server = await httpServer((incoming, response) => {
      if (incoming.url === '/endless') response.write('first')
      else response.end('ok')
    })
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpConcurrent: 1 },
    })
    const first = send(outside, `http://a.example:${server.port}/endless`)
    await first.head
    const second = request(outside, `http://a.example:${server.port}/`)
    outside.post({ kind: 'http.close', ask: { exchange: first.exchange }, bytes: NONE })
    expect(await second).toMatchObject({ body: 'ok' })
  })

  test.each([
    [1000, { status: 200 }],
    [1001, { error: { tag: 'HTTP-response-body-size', val: 1000 } }],
  ])('httpBodyBytes of a response of %i bytes', async (size, expected) => {
    const server = await httpServer((_, response) => response.end(Buffer.alloc(size)))
    const outside = call(await engines(), {
      grants: { http: [`http://a.example:${server.port}`] },
      limits: { httpBodyBytes: 1000 },
    })
    expect(await request(outside, `http://a.example:${server.port}/`)).toMatchObject(expected)
  })

  test.each([
    [1000, { status: 200 }],
    [1001, { error: { tag: 'HTTP-request-body-size', val: 1001 } }],
  ])('httpBodyBytes of a request of %i bytes', async (size, expected) => {
    const server = await httpServer((incoming, response) => incoming.resume().on('end', () => response.end()))
    const using = await engines()
    const options = { grants: { http: [`http://a.example:${server.port}`] }, limits: { httpBodyBytes: 1000 } }
    const url = `http://a.example:${server.port}/`
    expect(await request(call(using, options), url, { method: 'POST', content: new Uint8Array(size) })).toMatchObject(
      expected,
    )
    const outside = call(using, options)
    const { exchange, head } = send(outside, url, { method: 'POST', body: 'stream' })
    await outside.ask({ kind: 'http.body', ask: { exchange, end: false }, bytes: new Uint8Array(600) })
    await outside.ask({ kind: 'http.body', ask: { exchange, end: true }, bytes: new Uint8Array(size - 600) })
    expect((await head).answer).toMatchObject(expected)
  })

  test('the end of a call ends what it left open', async () => {
    const closed = Promise.withResolvers<void>()
    const server = await httpServer((incoming, response) => {
      incoming.socket.on('close', () => closed.resolve())
      response.write('first')
    })
    const outside = call(await engines(), { grants: { http: [`http://a.example:${server.port}`] } })
    const { exchange, head } = send(outside, `http://a.example:${server.port}/`)
    await head
    const pending = read(outside, exchange)
    outside.close()
    expect((await pending).answer).toEqual({ error: { tag: 'connection-terminated' } })
    await closed.promise
    await expect(request(outside, `http://a.example:${server.port}/`)).rejects.toThrow('ended')
  })

  test('an effect is what changes something outside', async () => {
    const server = await httpServer((incoming, response) => incoming.resume().on('end', () => response.end()))
    const using = await engines()
    const cases: [options: RequestOptions, effect: boolean][] = [
      [{}, false],
      [{ method: 'HEAD' }, false],
      [{ content: bytes('x') }, true],
      [{ method: 'POST' }, true],
      [{ method: 'DELETE' }, true],
    ]
    for (const [options, effect] of cases) {
      const outside = call(using, { grants: { http: [`http://a.example:${server.port}`] }, limits: defaultLimits() })
      expect(outside.hadEffects).toBe(false)
      await request(outside, `http://a.example:${server.port}/`, options)
      expect(outside.hadEffects).toBe(effect)
    }
  })
})

describe('a connection that the server closes when the next request is sent over it', () => {
  const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'
  const ends: [string, (socket: Socket) => unknown][] = [
    ['closes', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
  ]
  /** Answers the first request of each connection, and ends it at the second. */
  const closing = (end: (socket: Socket) => unknown) =>
    rawServer((socket) => {
      if (seen.has(socket)) end(socket)
      else socket.write(ANSWER)
      seen.add(socket)
    })
  const seen = new WeakSet<Socket>()
  const requests = (received: string): number => received.split(' HTTP/1.1\r\n').length - 1

  test.each(ends)('what is safe is sent again: it %s', async (_, end) => {
    const server = await closing(end)
    const outside = call(await engines(), { grants: { http: [`http://127.0.0.1:${server.port}`] } })
    const url = `http://127.0.0.1:${server.port}/`
    for (const method of ['GET', 'HEAD', 'GET'])
      expect(await request(outside, url, { method })).toMatchObject({ status: 200 })
    expect(server.connections()).toBeGreaterThan(1)
  })

  test.each(ends)('anything else is not: it %s', async (_, end) => {
    const server = await closing(end)
    const outside = call(await engines(), { grants: { http: [`http://127.0.0.1:${server.port}`] } })
    const url = `http://127.0.0.1:${server.port}/`
    expect(await request(outside, url)).toMatchObject({ status: 200 })
    for (const options of [{ method: 'POST' }, { content: bytes('abc') }, { method: 'PUT' }]) {
      const before = requests(server.received())
      const outcome = await request(outside, url, options)
      if (!('status' in outcome)) expect(outcome).toEqual({ error: { tag: 'connection-terminated' } })
      expect(requests(server.received()) - before).toBe(1)
    }
  })

  test('one that was never answered is closed once', async () => {
    const server = await rawServer((socket) => socket.end())
    const outside = call(await engines(), { grants: { http: [`http://127.0.0.1:${server.port}`] } })
    expect(await request(outside, `http://127.0.0.1:${server.port}/`)).toEqual({
      error: { tag: 'connection-terminated' },
    })
    expect(server.connections()).toBe(1)
  })

  test('it is tried so often and no more', async () => {
    const full = new WeakSet<Socket>()
    let isOver = false
    const server = await rawServer((socket) => {
      if (isOver) socket.end()
      else if (!full.has(socket)) socket.write(ANSWER)
      full.add(socket)
    })
    const outside = call(await engines(), { grants: { http: [`http://127.0.0.1:${server.port}`] } })
    const url = `http://127.0.0.1:${server.port}/`
    // Five connections that have served.
    await Promise.all(Array.from({ length: 5 }, () => request(outside, url)))
    isOver = true
    const before = requests(server.received())
    expect(await request(outside, url)).toEqual({ error: { tag: 'connection-terminated' } })
    expect(requests(server.received()) - before).toBe(3)
  })
})
