import { describe, expect, it } from 'vitest'
import type { Effect } from '../effect.ts'
import { bytes, fakeCall, reply, text } from './testing.ts'

// biome-ignore lint/suspicious/noExplicitAny: handles of the guest are whatever the host made.
type Loose = any

const T = 'wasi:http/types#'
const OUT = 'wasi:io/streams#[method]output-stream.'
const IN = 'wasi:io/streams#[method]input-stream.'
const NO_BYTES = new Uint8Array(0)
const okay = { tag: 'ok', val: undefined }
const size = (written: number) => ({ tag: 'HTTP-request-body-size', val: BigInt(written) })

interface Outside {
  status?: number
  headers?: [string, string][]
  chunks?: (string | Uint8Array)[]
  /** Instead of a head, or of the chunk after those. */
  error?: Loose
  readError?: Loose
  bodyError?: Loose
}

/** A guest with one request in its hands, and an outside that answers as told. */
function guest(outside: Outside = {}, limits = {}) {
  const chunks = (outside.chunks ?? []).map((chunk) => (typeof chunk === 'string' ? bytes(chunk) : chunk))
  const answer = ({ kind }: Effect<Loose>) => {
    if (kind === 'http.request') {
      if (outside.error !== undefined) return reply({ error: outside.error })
      const first = chunks.shift() ?? NO_BYTES
      const end = chunks.length === 0 && outside.readError === undefined
      return reply({ status: outside.status ?? 200, headers: outside.headers ?? [], end }, first)
    }
    if (kind === 'http.read') {
      const next = chunks.shift()
      if (next === undefined) return reply({ error: outside.readError })
      return reply({ end: chunks.length === 0 && outside.readError === undefined }, next)
    }
    if (kind === 'http.body') return reply(outside.bodyError === undefined ? {} : { error: outside.bodyError })
    throw new Error(`unexpected ${kind}`)
  }
  const fake = fakeCall({ answer, limits })
  const { run } = fake
  const fields = run(`${T}[constructor]fields`)
  const kinds = () => fake.effects.map((effect) => effect.kind)
  const request = (method = 'post', headers: [string, string][] = []) => {
    for (const [name, value] of headers) run(`${T}[method]fields.append`, fields, name, bytes(value))
    const made = run(`${T}[constructor]outgoing-request`, fields)
    run(`${T}[method]outgoing-request.set-method`, made, { tag: method })
    run(`${T}[method]outgoing-request.set-authority`, made, 'api.example.com')
    return made
  }
  const take = (made: Loose) => {
    const body = run(`${T}[method]outgoing-request.body`, made).val
    return { body, stream: run(`${T}[method]outgoing-body.write`, body).val }
  }
  const finish = (body: Loose, trailers?: Loose) => run(`${T}[static]outgoing-body.finish`, body, trailers)
  const write = (stream: Loose, part: Uint8Array) => run(`${OUT}blocking-write-and-flush`, stream, part)
  const handle = (made: Loose, options?: Loose) => run('wasi:http/outgoing-handler#handle', made, options)
  const response = async (future: Loose) => {
    await run('wasi:io/poll#[method]pollable.block', run(`${T}[method]future-incoming-response.subscribe`, future))
    return run(`${T}[method]future-incoming-response.get`, future).val
  }
  const bodyOf = (arrived: Loose) => {
    const body = run(`${T}[method]incoming-response.consume`, arrived).val
    return { body, stream: run(`${T}[method]incoming-body.stream`, body).val }
  }
  const readAll = async (stream: Loose) => {
    let all = ''
    for (;;) {
      const part = await run(`${IN}blocking-read`, stream, 65_536n)
      if (part.tag === 'err') return { all, end: part.val }
      all += text(part.val)
    }
  }
  return { ...fake, kinds, request, take, finish, write, handle, response, bodyOf, readAll }
}

describe('a request', () => {
  it('goes out as it was made', async () => {
    const { run, request, handle, response, effects } = guest({ status: 201 })
    const made = request('put', [['X-A', '1']])
    run(`${T}[method]outgoing-request.set-scheme`, made, { tag: 'HTTP' })
    run(`${T}[method]outgoing-request.set-path-with-query`, made, '/a?b=c')
    const options = run(`${T}[constructor]request-options`)
    run(`${T}[method]request-options.set-connect-timeout`, options, 1_000_001n)
    run(`${T}[method]request-options.set-first-byte-timeout`, options, 2n ** 64n - 1n)
    run(`${T}[method]request-options.set-between-bytes-timeout`, options, 5_000_000n)
    expect(run(`${T}[method]request-options.connect-timeout`, options)).toBe(1_000_001n)
    const arrived = await response(handle(made, options).val)
    expect(effects[0]).toEqual({
      kind: 'http.request',
      ask: {
        exchange: 0,
        method: 'PUT',
        scheme: 'http',
        authority: 'api.example.com',
        pathWithQuery: '/a?b=c',
        headers: [['X-A', '1']],
        body: 'none',
        connectTimeoutMs: 2,
        firstByteTimeoutMs: 2 ** 31 - 1,
        betweenBytesTimeoutMs: 5,
      },
      bytes: NO_BYTES,
    })
    expect(run(`${T}[method]incoming-response.status`, arrived.val)).toBe(201)
  })
  it('beyond what any limit allows never leaves the cell', () => {
    const { run, handle, effects } = guest()
    const next = () => {
      const made = run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`))
      run(`${T}[method]outgoing-request.set-authority`, made, 'api.example.com')
      return handle(made)
    }
    for (let i = 0; i < 1_000; i++) expect(next().tag).toBe('ok')
    expect(next()).toEqual({ tag: 'err', val: { tag: 'internal-error', val: 'httpRequests is at most 1000' } })
    expect(effects).toHaveLength(1_000)
  })
  it('has defaults: GET, https, /', () => {
    const { run, handle, effects } = guest()
    const made = run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`))
    run(`${T}[method]outgoing-request.set-authority`, made, 'a.example')
    handle(made)
    expect(effects[0]?.ask).toMatchObject({ method: 'GET', scheme: 'https', pathWithQuery: '/', body: 'none' })
  })
  it('numbers its exchanges', () => {
    const { run, handle, effects } = guest()
    for (let n = 0; n < 3; n++) {
      const made = run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`))
      run(`${T}[method]outgoing-request.set-authority`, made, 'a.example')
      handle(made)
    }
    expect(effects.map((effect) => effect.ask.exchange)).toEqual([0, 1, 2])
  })
  it.each([
    ['set-authority', 'user:pw@example.com'],
    ['set-authority', 'a b'],
    ['set-authority', 'a/b'],
    ['set-authority', 'a\\b'],
    ['set-authority', 'a#b'],
    ['set-authority', 'a?b'],
    ['set-authority', 'a:65536'],
    ['set-authority', 'a:'],
    ['set-authority', '[fe80::1%25eth0]'],
    ['set-authority', '%61'],
    ['set-authority', 'bücher.example'],
    ['set-authority', ''],
    ['set-authority', 'a'.repeat(254)],
    ['set-path-with-query', 'a'],
    ['set-path-with-query', '/a b'],
    ['set-path-with-query', '/a\r\nb'],
    ['set-path-with-query', '/a#b'],
    ['set-path-with-query', '/a\\b'],
    ['set-path-with-query', '/é'],
    ['set-path-with-query', `/${'a'.repeat(8192)}`],
    ['set-method', { tag: 'other', val: 'A B' }],
    ['set-method', { tag: 'other', val: '' }],
    ['set-method', { tag: 'other', val: 'x'.repeat(65) }],
    ['set-scheme', { tag: 'other', val: 'ht tp' }],
    ['set-scheme', { tag: 'other', val: '' }],
  ])('%s refuses %j', (method, value) => {
    const { run, request } = guest()
    expect(run(`${T}[method]outgoing-request.${method}`, request(), value)).toEqual({ tag: 'err', val: undefined })
  })
  it.each([
    ['set-authority', 'authority', '[::1]:8080'],
    ['set-authority', 'authority', '127.0.0.1:0'],
    ['set-authority', 'authority', 'under_score.example'],
    ['set-path-with-query', 'path-with-query', ''],
    ['set-path-with-query', 'path-with-query', '?q=%20"'],
    ['set-path-with-query', 'path-with-query', '//a'],
    ['set-method', 'method', { tag: 'other', val: 'PROPFIND' }],
    ['set-scheme', 'scheme', undefined],
  ])('%s takes and %s answers %j', (setter, getter, value) => {
    const { run, request } = guest()
    const made = request()
    expect(run(`${T}[method]outgoing-request.${setter}`, made, value)).toEqual(okay)
    expect(run(`${T}[method]outgoing-request.${getter}`, made)).toEqual(value)
  })
  it.each<[string, (made: Loose, run: Loose) => void, string]>([
    [
      'no authority',
      (made, run) => run(`${T}[method]outgoing-request.set-authority`, made, undefined),
      'HTTP-request-URI-invalid',
    ],
    [
      'another scheme',
      (made, run) => run(`${T}[method]outgoing-request.set-scheme`, made, { tag: 'other', val: 'ftp' }),
      'HTTP-request-URI-invalid',
    ],
    [
      'CONNECT',
      (made, run) => run(`${T}[method]outgoing-request.set-method`, made, { tag: 'connect' }),
      'HTTP-request-method-invalid',
    ],
    [
      'connect by another name',
      (made, run) => run(`${T}[method]outgoing-request.set-method`, made, { tag: 'other', val: 'Connect' }),
      'HTTP-request-method-invalid',
    ],
    [
      'TRACK',
      (made, run) => run(`${T}[method]outgoing-request.set-method`, made, { tag: 'other', val: 'TRACK' }),
      'HTTP-request-method-invalid',
    ],
    [
      'TRACE',
      (made, run) => run(`${T}[method]outgoing-request.set-method`, made, { tag: 'trace' }),
      'HTTP-request-method-invalid',
    ],
  ])('handle refuses %s', (_name, spoil, tag) => {
    const { run, request, handle, effects } = guest()
    const made = request()
    spoil(made, run)
    expect(handle(made)).toEqual({ tag: 'err', val: { tag } })
    expect(effects).toEqual([])
  })
  it.each([[['1', '1']], [['1, 2']], [['-1']], [['0x1']], [['']]])('handle refuses content-length %j', (lengths) => {
    const { request, handle, effects } = guest()
    const made = request(
      'post',
      lengths.map((length) => ['content-length', length]),
    )
    expect(handle(made)).toEqual({ tag: 'err', val: { tag: 'HTTP-protocol-error' } })
    expect(effects).toEqual([])
  })
})

describe('the body of a request', () => {
  it('is whole when finished before handle', async () => {
    const { request, take, write, finish, handle, effects } = guest()
    const made = request()
    const { body, stream } = take(made)
    write(stream, bytes('hello '))
    write(stream, bytes('world'))
    expect(finish(body)).toEqual(okay)
    handle(made)
    expect([effects[0]?.ask.body, text(effects[0]!.bytes)]).toEqual(['whole', 'hello world'])
  })
  it('is whole, in one effect and without a wait, when finished before anything is waited for', () => {
    const { request, take, write, finish, handle, effects } = guest()
    const made = request()
    const { body, stream } = take(made)
    handle(made)
    expect(write(stream, bytes('hello'))).toEqual(okay)
    expect(effects).toEqual([])
    finish(body)
    expect([effects[0]?.ask.body, text(effects[0]!.bytes)]).toEqual(['whole', 'hello'])
  })
  it.each([['taken and finished', (g: ReturnType<typeof guest>, body: Loose) => g.finish(body)]])(
    'is none when it stays empty: %s',
    (_name, end) => {
      const g = guest()
      const made = g.request('get')
      const { body } = g.take(made)
      g.handle(made)
      end(g, body)
      expect(g.effects[0]?.ask.body).toBe('none')
    },
  )
  it('streams from the first wait on', async () => {
    const { request, take, write, finish, handle, response, effects, kinds } = guest()
    const made = request()
    const { body, stream } = take(made)
    const future = handle(made).val
    write(stream, bytes('one'))
    const arrived = response(future)
    await arrived
    expect(kinds()).toEqual(['http.request', 'http.body'])
    expect((await write(stream, bytes('two'))).tag).toBe('ok')
    finish(body)
    await Promise.resolve()
    expect(effects.map(({ ask, bytes: sent }) => [ask.body ?? ask.end, text(sent)])).toEqual([
      ['stream', ''],
      [false, 'one'],
      [false, 'two'],
      [true, ''],
    ])
  })
  it('streams what does not fit the buffer, one part under way at a time', async () => {
    let inFlight = 0
    let most = 0
    const parts: number[] = []
    const fake = fakeCall({
      answer: async ({ kind, bytes: sent }) => {
        if (kind !== 'http.body') return reply({ status: 200, headers: [], end: true })
        most = Math.max(most, ++inFlight)
        await new Promise(setImmediate)
        parts.push(sent.length)
        inFlight--
        return reply({})
      },
    })
    const { run } = fake
    const made = run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`))
    run(`${T}[method]outgoing-request.set-authority`, made, 'a.example')
    const body = run(`${T}[method]outgoing-request.body`, made).val
    const stream = run(`${T}[method]outgoing-body.write`, body).val
    run('wasi:http/outgoing-handler#handle', made, undefined)
    const pollable = run(`${OUT}subscribe`, stream)
    let left = 500_000
    while (left > 0) {
      const permit = Number(run(`${OUT}check-write`, stream).val)
      if (permit === 0) {
        await run('wasi:io/poll#[method]pollable.block', pollable)
        continue
      }
      const part = Math.min(permit, left, 10_000)
      run(`${OUT}write`, stream, new Uint8Array(part))
      left -= part
    }
    run(`${T}[static]outgoing-body.finish`, body, undefined)
    while (parts.reduce((a, b) => a + b, 0) < 500_000) await new Promise(setImmediate)
    expect(most).toBe(1)
    expect(Math.max(...parts)).toBeLessThanOrEqual(2 * 65_536)
  })
  it('whose last part is on its way is not cut off by dropping the response', async () => {
    const { request, take, write, finish, handle, response, kinds } = guest()
    const made = request()
    const { body, stream } = take(made)
    const future = handle(made).val
    write(stream, bytes('one'))
    const arrived = await response(future)
    finish(body)
    arrived.val[Symbol.dispose]()
    await new Promise(setImmediate)
    expect(kinds()).toEqual(['http.request', 'http.body', 'http.body'])
  })
  it('may be taken once, and its stream once', () => {
    const { run, request } = guest()
    const made = request()
    const body = run(`${T}[method]outgoing-request.body`, made).val
    expect(run(`${T}[method]outgoing-request.body`, made).tag).toBe('err')
    expect(run(`${T}[method]outgoing-body.write`, body).tag).toBe('ok')
    expect(run(`${T}[method]outgoing-body.write`, body).tag).toBe('err')
  })
  it('is closed for writing once finished', () => {
    const { request, take, write, finish, handle } = guest()
    const made = request()
    const { body, stream } = take(made)
    handle(made)
    finish(body)
    expect(write(stream, bytes('late'))).toEqual({ tag: 'err', val: { tag: 'closed' } })
  })
  it('refuses trailers', async () => {
    const { run, request, take, finish, handle, response, effects } = guest()
    const made = request()
    const { body } = take(made)
    const future = handle(made).val
    expect(finish(body, run(`${T}[constructor]fields`))).toMatchObject({ tag: 'err', val: { tag: 'internal-error' } })
    expect(await response(future)).toMatchObject({ tag: 'err', val: { tag: 'internal-error' } })
    expect(effects).toEqual([])
  })
  it('dropped unfinished, the request fails and is not sent as if it were whole', async () => {
    const { request, take, write, handle, response, kinds } = guest()
    const made = request()
    const { body, stream } = take(made)
    const future = handle(made).val
    write(stream, bytes('half'))
    body[Symbol.dispose]()
    expect(await response(future)).toMatchObject({ tag: 'err', val: { tag: 'internal-error' } })
    expect(kinds()).toEqual([])
  })
  it('dropped unfinished while it streams, the exchange is closed', async () => {
    const { request, take, write, handle, response, kinds } = guest()
    const made = request()
    const { body, stream } = take(made)
    const future = handle(made).val
    write(stream, bytes('half'))
    await response(future)
    body[Symbol.dispose]()
    expect(kinds().at(-1)).toBe('http.close')
  })
  it('fails when the outside refuses a part', async () => {
    const { run, request, take, write, handle, response } = guest({ bodyError: { tag: 'connection-terminated' } })
    const made = request()
    const { stream } = take(made)
    const future = handle(made).val
    write(stream, bytes('x'))
    await response(future)
    const failed = await write(stream, bytes('y'))
    expect(failed.val.tag).toBe('last-operation-failed')
    expect(run(`${T}http-error-code`, failed.val.val)).toEqual({ tag: 'connection-terminated' })
  })

  describe('with a content-length', () => {
    const promised: [string, string][] = [['content-length', '5']]
    it('passes when it is kept', () => {
      const { request, take, write, finish, handle, effects } = guest()
      const made = request('post', promised)
      const { body, stream } = take(made)
      write(stream, bytes('12345'))
      expect(finish(body)).toEqual(okay)
      handle(made)
      expect(effects[0]?.ask).toMatchObject({ body: 'whole', headers: promised })
    })
    it('fails at finish when less was written', async () => {
      const { request, take, write, finish, handle, response, effects } = guest()
      const made = request('post', promised)
      const { body, stream } = take(made)
      const future = handle(made).val
      write(stream, bytes('1234'))
      expect(finish(body)).toEqual({ tag: 'err', val: size(4) })
      expect(await response(future)).toEqual({ tag: 'err', val: size(4) })
      expect(effects).toEqual([])
    })
    it('fails at the write that is too much', () => {
      const { run, request, take, write, handle } = guest()
      const made = request('post', promised)
      const { stream } = take(made)
      handle(made)
      const failed = write(stream, bytes('123456'))
      expect(run(`${T}http-error-code`, failed.val.val)).toEqual(size(6))
    })
  })

  it('written before handle is bounded by httpBodyBytes, all bodies together', () => {
    const { run, request, take, write } = guest({}, { httpBodyBytes: 100_000 })
    const first = take(request())
    expect(write(first.stream, new Uint8Array(65_536))).toEqual(okay)
    const other = take(run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`)))
    expect(run(`${OUT}check-write`, other.stream).val).toBe(BigInt(100_000 - 65_536))
    first.body[Symbol.dispose]()
    expect(run(`${OUT}check-write`, other.stream).val).toBe(65_536n)
  })
  it('written before handle beyond httpBodyBytes fails instead of waiting for ever', async () => {
    const { run, request, take, write } = guest({}, { httpBodyBytes: 100_000 })
    const { stream } = take(request())
    write(stream, new Uint8Array(65_536))
    const failed = await write(stream, new Uint8Array(65_536))
    expect(run(`${T}http-error-code`, failed.val.val).tag).toBe('HTTP-request-body-size')
  })
  it('of a request that is dropped gives its memory back', () => {
    const { run, request, take, write, finish } = guest({}, { httpBodyBytes: 65_536 })
    const made = request()
    const { body, stream } = take(made)
    write(stream, new Uint8Array(65_536))
    finish(body)
    made[Symbol.dispose]()
    const next = take(run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`)))
    expect(run(`${OUT}check-write`, next.stream).val).toBe(65_536n)
  })
  it('of a million single bytes stays small in the host', () => {
    const { run, request, take, finish, handle, effects } = guest()
    const made = request()
    const { body, stream } = take(made)
    for (let n = 0; n < 1_000_000; n++) {
      if (n % 65_536 === 0) run(`${OUT}check-write`, stream)
      run(`${OUT}write`, stream, new Uint8Array(1))
    }
    finish(body)
    handle(made)
    expect(effects[0]?.bytes).toHaveLength(1_000_000)
    expect(effects[0]!.bytes.buffer.byteLength).toBeLessThan(3_000_000)
  })
})

describe('a response', () => {
  it('is there once', async () => {
    const { run, request, handle, response } = guest()
    const future = handle(request('get')).val
    expect(run(`${T}[method]future-incoming-response.get`, future)).toBeUndefined()
    expect((await response(future)).tag).toBe('ok')
    expect(run(`${T}[method]future-incoming-response.get`, future)).toEqual({ tag: 'err', val: undefined })
  })
  it('has immutable headers in Latin-1', async () => {
    const { run, request, handle, response } = guest({ headers: [['Set-Cookie', 'a=\u00e9']] })
    const arrived = (await response(handle(request('get')).val)).val
    const headers = run(`${T}[method]incoming-response.headers`, arrived)
    expect(run(`${T}[method]fields.get`, headers, 'set-cookie')).toEqual([new Uint8Array([97, 61, 0xe9])])
    expect(run(`${T}[method]fields.delete`, headers, 'set-cookie')).toEqual({ tag: 'err', val: { tag: 'immutable' } })
  })
  it.each([
    ['one chunk with the head', ['abc']],
    ['many chunks', ['a', 'b', 'c']],
    ['no body', []],
  ])('is read to its end: %s', async (_name, chunks) => {
    const { request, handle, response, bodyOf, readAll, effects } = guest({ chunks })
    const { body, stream } = bodyOf((await response(handle(request('get')).val)).val)
    expect(await readAll(stream)).toEqual({ all: chunks.join(''), end: { tag: 'closed' } })
    stream[Symbol.dispose]()
    body[Symbol.dispose]()
    expect(effects.filter(({ kind }) => kind === 'http.close')).toEqual([])
    expect(effects.filter(({ kind }) => kind === 'http.read')).toHaveLength(Math.max(0, chunks.length - 1))
  })
  it('is fetched only as it is read', async () => {
    const { run, request, handle, response, bodyOf, kinds } = guest({ chunks: ['a', 'b', 'c', 'd'] })
    const { stream } = bodyOf((await response(handle(request('get')).val)).val)
    await new Promise(setImmediate)
    expect(kinds()).toEqual(['http.request'])
    await run(`${IN}blocking-read`, stream, 1n)
    await new Promise(setImmediate)
    expect(kinds()).toEqual(['http.request'])
    await run(`${IN}blocking-read`, stream, 1n)
    expect(kinds()).toEqual(['http.request', 'http.read'])
  })
  it('that breaks off tells the code', async () => {
    const { run, request, handle, response, bodyOf, readAll, kinds } = guest({
      chunks: ['a'],
      readError: { tag: 'HTTP-response-body-size', val: 9 },
    })
    const { stream } = bodyOf((await response(handle(request('get')).val)).val)
    const { all, end } = await readAll(stream)
    expect(all).toBe('a')
    expect(run(`${T}http-error-code`, end.val)).toEqual({ tag: 'HTTP-response-body-size', val: 9n })
    expect(run('wasi:io/error#[method]error.to-debug-string', end.val)).toContain('HTTP-response-body-size')
    stream[Symbol.dispose]()
    expect(kinds()).not.toContain('http.close')
  })
  it('that was refused tells why, to the writer too', async () => {
    const { run, request, take, write, handle, response, kinds } = guest({ error: { tag: 'HTTP-request-denied' } })
    const made = request()
    const { stream } = take(made)
    const future = handle(made).val
    expect(await response(future)).toEqual({ tag: 'err', val: { tag: 'HTTP-request-denied' } })
    const failed = await write(stream, bytes('x'))
    expect(run(`${T}http-error-code`, failed.val.val)).toEqual({ tag: 'HTTP-request-denied' })
    future[Symbol.dispose]()
    expect(kinds()).not.toContain('http.close')
  })
  it('may be consumed once, its body streamed once, and has no trailers', async () => {
    const { run, request, handle, response } = guest()
    const arrived = (await response(handle(request('get')).val)).val
    const body = run(`${T}[method]incoming-response.consume`, arrived).val
    expect(run(`${T}[method]incoming-response.consume`, arrived).tag).toBe('err')
    run(`${T}[method]incoming-body.stream`, body)
    expect(run(`${T}[method]incoming-body.stream`, body).tag).toBe('err')
    const trailers = run(`${T}[static]incoming-body.finish`, body)
    expect(run('wasi:io/poll#poll', [run(`${T}[method]future-trailers.subscribe`, trailers)])).toEqual([0])
    expect(run(`${T}[method]future-trailers.get`, trailers)).toEqual({ tag: 'ok', val: okay })
    expect(run(`${T}[method]future-trailers.get`, trailers).tag).toBe('err')
  })
  it.each<[string, (g: ReturnType<typeof guest>, future: Loose) => Promise<void>]>([
    ['the future', async (_g, future) => future[Symbol.dispose]()],
    ['the response', async (g, future) => (await g.response(future)).val[Symbol.dispose]()],
    ['the body', async (g, future) => g.bodyOf((await g.response(future)).val).body[Symbol.dispose]()],
    ['its stream', async (g, future) => g.bodyOf((await g.response(future)).val).stream[Symbol.dispose]()],
    [
      'a finished body',
      async (g, future) => g.run(`${T}[static]incoming-body.finish`, g.bodyOf((await g.response(future)).val).body),
    ],
  ])('is closed outside when %s is dropped before its end', async (_name, drop) => {
    const g = guest({ chunks: ['a', 'b'] })
    await drop(g, g.handle(g.request('get')).val)
    expect(g.effects.filter(({ kind }) => kind === 'http.close')).toEqual([
      { kind: 'http.close', ask: { exchange: 0 }, bytes: NO_BYTES },
    ])
  })
  it('ends for a stream whose body was dropped first', async () => {
    const { request, handle, response, bodyOf, readAll } = guest({ chunks: ['a', 'b', 'c'] })
    const { body, stream } = bodyOf((await response(handle(request('get')).val)).val)
    body[Symbol.dispose]()
    expect(await readAll(stream)).toEqual({ all: 'a', end: { tag: 'closed' } })
  })
  it('of a call that has ended is closed by the outside, not by a message', async () => {
    const g = guest({ chunks: ['a', 'b'] })
    const { stream } = g.bodyOf((await g.response(g.handle(g.request('get')).val)).val)
    g.end()
    stream[Symbol.dispose]()
    expect(g.kinds()).not.toContain('http.close')
  })
  it('a bug of the outside ends the call at the next wait', async () => {
    const fake = fakeCall({ answer: () => Promise.reject(new Error('a bug')) })
    const made = fake.run(`${T}[constructor]outgoing-request`, fake.run(`${T}[constructor]fields`))
    fake.run(`${T}[method]outgoing-request.set-authority`, made, 'a.example')
    const future = fake.run('wasi:http/outgoing-handler#handle', made, undefined).val
    const pollable = fake.run(`${T}[method]future-incoming-response.subscribe`, future)
    await expect(fake.run('wasi:io/poll#[method]pollable.block', pollable)).rejects.toThrow('a bug')
  })
})

it('virtual time waits for the answer to a streamed request once its body has ended', async () => {
  let answerHead: (value: Loose) => void = () => {}
  const fake = fakeCall({
    answer: ({ kind }) => (kind === 'http.request' ? new Promise((resolve) => (answerHead = resolve)) : reply({})),
  })
  const { run } = fake
  const timer = () => run('wasi:clocks/monotonic-clock#subscribe-duration', 1_000_000n)
  const made = run(`${T}[constructor]outgoing-request`, run(`${T}[constructor]fields`))
  run(`${T}[method]outgoing-request.set-authority`, made, 'a.example')
  const body = run(`${T}[method]outgoing-request.body`, made).val
  const future = run('wasi:http/outgoing-handler#handle', made, undefined).val
  // The guest pauses in the middle of its body: time moves.
  await run('wasi:io/poll#poll', [timer()])
  run(`${T}[static]outgoing-body.finish`, body, undefined)
  const first = run('wasi:io/poll#poll', [run(`${T}[method]future-incoming-response.subscribe`, future), timer()])
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  answerHead(reply({ status: 200, headers: [], end: true }))
  expect(await first).toEqual([0])
})
