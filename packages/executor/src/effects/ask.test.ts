import { describe, expect, test } from 'vitest'
import { checkAsk } from './ask.ts'

const request = {
  exchange: 1,
  method: 'GET',
  scheme: 'https',
  authority: 'a.example',
  pathWithQuery: '/',
  headers: [['a', 'b']],
  body: 'none',
}

describe('an ask', () => {
  const good: [kind: string, ask: object][] = [
    ['http.request', request],
    ['http.request', { ...request, connectTimeoutMs: 1, firstByteTimeoutMs: 0, betweenBytesTimeoutMs: 1e300 }],
    ['http.body', { exchange: 1, end: true }],
    ['http.read', { exchange: 1, max: 1 }],
    ['http.close', { exchange: 1 }],
    ['store.get', { scope: 'flow', key: 'a' }],
    ['store.keys', { scope: 'project', prefix: '' }],
    ['store.keys', { scope: 'project', prefix: '', after: 'a' }],
    ['files.write', { name: 'a', mediaType: 'b' }],
    ['files.read', { reference: 'a', offset: 0, maxBytes: 0 }],
    ['run.respond', {}],
    ['run.stop', { hasResponse: false }],
    ['run.wait-until', { unixMs: 0 }],
    ['run.wait-for-webhook', { hasResponse: true }],
    ['log', { level: 'info', context: '', message: '', atMs: 0 }],
  ]
  test.each(good)('%s %j', (kind, ask) => {
    expect(() => checkAsk(kind, ask)).not.toThrow()
  })

  const bad: [kind: string, ask: unknown][] = [
    ['', {}],
    ['http', {}],
    ['constructor', {}],
    ['__proto__', {}],
    ['http.request', undefined],
    ['http.request', null],
    ['http.request', []],
    ['http.request', 'GET'],
    ['http.request', {}],
    ['http.request', { ...request, exchange: -1 }],
    ['http.request', { ...request, exchange: 1.5 }],
    ['http.request', { ...request, exchange: '1' }],
    ['http.request', { ...request, exchange: 2 ** 32 }],
    ['http.request', { ...request, method: undefined }],
    ['http.request', { ...request, authority: null }],
    ['http.request', { ...request, headers: {} }],
    ['http.request', { ...request, headers: [['a']] }],
    ['http.request', { ...request, headers: [['a', 'b', 'c']] }],
    ['http.request', { ...request, headers: [['a', 1]] }],
    ['http.request', { ...request, headers: Array.from({ length: 10_001 }, () => ['a', 'b']) }],
    ['http.request', { ...request, body: 'some' }],
    ['http.request', { ...request, connectTimeoutMs: -1 }],
    ['http.request', { ...request, connectTimeoutMs: '1' }],
    ['http.request', { ...request, pathWithQuery: 'x'.repeat(1 << 20) }],
    ['http.request', { ...request, followRedirects: true }],
    ['http.body', { exchange: 1 }],
    ['http.body', { exchange: 1, end: 1 }],
    ['http.read', { exchange: 1, max: 0 }],
    ['http.read', { exchange: 1, max: 1e10 }],
    ['http.close', {}],
    ['store.get', { scope: 'world', key: 'a' }],
    ['store.get', { scope: 'flow', key: 1 }],
    ['store.get', { scope: 'flow', key: 'a', tenant: 'umbrella' }],
    ['store.keys', { scope: 'flow', prefix: '', limit: 1e9 }],
    ['files.write', { name: 'a' }],
    ['files.read', { reference: 'a', offset: -1, maxBytes: 1 }],
    ['files.read', { reference: 'a', offset: 0, maxBytes: Number.NaN }],
    ['run.stop', {}],
    ['run.wait-until', { unixMs: Number.NaN }],
    ['run.wait-until', { unixMs: -1 }],
    ['run.wait-until', { unixMs: Number.POSITIVE_INFINITY }],
    ['log', { level: 'fatal', context: '', message: '', atMs: 0 }],
    ['log', { level: 'info', context: '', message: {}, atMs: 0 }],
  ]
  test.each(bad)('malformed: %s %j', (kind, ask) => {
    expect(() => checkAsk(kind, ask)).toThrow(expect.objectContaining({ name: 'Malformed' }))
  })
})
