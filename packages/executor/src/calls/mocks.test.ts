import { describe, expect, test } from 'vitest'
import type { HttpClient } from '../effects/http/client.ts'
import { createMocks, differences, type Mock, type SentRequest } from './mocks.ts'

const sent = (more: Partial<SentRequest> & { text?: string } = {}): SentRequest => {
  const { text = '', ...rest } = more
  return {
    method: 'GET',
    url: 'https://api.example.com/a?b=1',
    headers: {},
    body: new TextEncoder().encode(text),
    ...rest,
  }
}
const url = 'https://api.example.com/a?b=1'

describe('a mock answers', () => {
  const SAME: { name: string; mock: Mock['request']; request: SentRequest }[] = [
    { name: 'the same URL', mock: { url }, request: sent() },
    { name: 'a URL written another way', mock: { url: 'HTTPS://API.example.com:443/a?b=1' }, request: sent() },
    {
      name: 'more headers than are named',
      mock: { url, headers: { Accept: 'x' } },
      request: sent({ headers: { accept: 'x', other: 'y' } }),
    },
    {
      name: 'any body where none is named',
      mock: { method: 'POST', url },
      request: sent({ method: 'POST', text: 'anything' }),
    },
    {
      name: 'the same JSON, laid out another way',
      mock: { method: 'POST', url, body: { b: [1], a: 'x' } },
      request: sent({ method: 'POST', text: '{ "a": "x",\n "b": [ 1.0 ] }' }),
    },
    {
      name: 'the same text',
      mock: { method: 'POST', url, body: 'a=1' },
      request: sent({ method: 'POST', text: 'a=1' }),
    },
    {
      name: 'the same bytes',
      mock: { method: 'PUT', url, bodyBase64: 'AP8=' },
      request: { ...sent({ method: 'PUT' }), body: Uint8Array.of(0, 255) },
    },
  ]
  test.each(SAME)('$name', ({ mock, request }) => expect(differences(mock, request)).toEqual([]))

  const OTHER: { name: string; mock: Mock['request']; request: SentRequest; says: string }[] = [
    { name: 'another method', mock: { url }, request: sent({ method: 'POST' }), says: 'method: the mock has GET' },
    { name: 'another query', mock: { url: `${url}2` }, request: sent(), says: 'url: the mock has' },
    {
      name: 'a header that is missing',
      mock: { url, headers: { accept: 'x' } },
      request: sent(),
      says: 'the request none',
    },
    {
      name: 'another value of a header',
      mock: { url, headers: { accept: 'x' } },
      request: sent({ headers: { accept: 'X' } }),
      says: 'the request "X"',
    },
    {
      name: 'other JSON',
      mock: { method: 'POST', url, body: { a: 1 } },
      request: sent({ method: 'POST', text: '{"a":2}' }),
      says: 'body: the mock has {"a":1}, the request {"a":2}',
    },
    { name: 'no JSON where JSON is named', mock: { url, body: { a: 1 } }, request: sent(), says: 'the request none' },
    {
      name: 'text that only differs in a space',
      mock: { url, body: 'a' },
      request: sent({ text: 'a ' }),
      says: 'body',
    },
  ]
  test.each(OTHER)('not: $name', ({ mock, request, says }) => {
    expect(differences(mock, request).join('\n')).toContain(says)
  })
})

/** What a call's exchange is told. */
async function ask(
  client: HttpClient,
  options: { path: string; method?: string; body?: string; pauseAfterHead?: boolean },
) {
  const told: unknown[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  let resume = (): void => {}
  client.dispatch(
    'author',
    'named',
    {
      origin: 'https://api.example.com',
      path: options.path,
      method: (options.method ?? 'GET') as 'GET',
      headers: ['accept', 'x'],
      body: options.body === undefined ? null : new TextEncoder().encode(options.body),
    },
    {
      onResponseStart(controller, status) {
        const raw = (controller.rawHeaders as Uint8Array[]).map((part) => Buffer.from(part).toString())
        told.push(status, raw)
        if (options.pauseAfterHead) {
          controller.pause()
          resume = () => controller.resume()
          resolve()
        }
      },
      onResponseData: (_, chunk) => void told.push(chunk.length < 100 ? Buffer.from(chunk).toString() : chunk.length),
      onResponseEnd: () => {
        told.push('end')
        resolve()
      },
      onResponseError: (_, error) => {
        told.push((error as NodeJS.ErrnoException).code)
        resolve()
      },
    },
  )
  await promise
  return { told, resume: () => resume() }
}

describe('in place of connections', () => {
  const real = { userAgent: 'x', windows: () => ({}) } as unknown as HttpClient

  test('equal requests are answered in the order of the mocks, others out of it', async () => {
    const mocks = createMocks([
      { request: { url: 'https://api.example.com/a' }, response: { body: 'first' } },
      { request: { url: 'https://api.example.com/b' }, response: { status: 404, body: { a: 1 } } },
      {
        request: { url: 'https://api.example.com/a' },
        response: { body: 'second', headers: { 'Content-Type': 'x/y' } },
      },
    ])
    const client = mocks.client(real)
    const type = ['content-type', 'text/plain; charset=utf-8']
    expect((await ask(client, { path: '/b' })).told).toEqual([
      404,
      ['content-type', 'application/json'],
      '{"a":1}',
      'end',
    ])
    expect((await ask(client, { path: '/a' })).told).toEqual([200, type, 'first', 'end'])
    expect(mocks.unused.map(({ index }) => index)).toEqual([2])
    expect((await ask(client, { path: '/a' })).told).toEqual([200, ['Content-Type', 'x/y'], 'second', 'end'])
    expect({ unused: mocks.unused, unmatched: mocks.unmatched }).toEqual({ unused: [], unmatched: [] })
  })

  test('a request that none answers is refused, and the nearest is told', async () => {
    const mocks = createMocks([
      { request: { method: 'POST', url: 'https://api.example.com/c', body: { a: 1 } }, response: {} },
      { request: { method: 'POST', url: 'https://api.example.com/d' }, response: {} },
    ])
    const { told } = await ask(mocks.client(real), { path: '/c', method: 'POST', body: '{"a":2}' })
    expect(told).toEqual(['EHOSTUNREACH'])
    expect(mocks.unmatched).toMatchObject([
      {
        request: { url: 'https://api.example.com/c' },
        nearest: { index: 0, differences: [expect.stringContaining('body')] },
      },
    ])
    expect(mocks.unused).toHaveLength(2)
  })

  test('a connection can fail', async () => {
    const mocks = createMocks([
      { request: { url: 'https://api.example.com/a' }, response: { error: 'connection-refused' } },
    ])
    expect((await ask(mocks.client(real), { path: '/a' })).told).toEqual(['ECONNREFUSED'])
  })

  test('a large body comes in parts and waits where it is paused', async () => {
    const mocks = createMocks([
      { request: { url: 'https://api.example.com/a' }, response: { body: 'x'.repeat(100_000) } },
    ])
    const { told, resume } = await ask(mocks.client(real), { path: '/a', pauseAfterHead: true })
    expect(told).toHaveLength(2)
    resume()
    expect(told.slice(2)).toEqual([65_536, 34_464, 'end'])
  })
})
