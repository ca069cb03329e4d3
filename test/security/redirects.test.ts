/**
 * A redirect out of the allow list. The host follows none: each hop is a request of its own, granted and address-checked;
 * the SDK's client stops at 5 hops and takes no credentials to another origin. The SDK and the sockets are real.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import { call, engines, httpServer, request } from '../../packages/executor/src/effects/outside.suite.ts'
import { type FakeOptions, reply } from '../../packages/executor/src/host/testing.ts'
import { buildTypescriptSample } from '../pieces.ts'
import { runner } from '../typescript/run.ts'

let run: ReturnType<typeof runner>
beforeAll(async () => {
  run = runner(await buildTypescriptSample())
})

/** Where names lead; everything else is 127.0.0.1. */
const ADDRESSES: Record<string, string> = { 'private.example': '10.0.0.1', 'clouds.example': '169.254.169.254' }

interface Hop {
  host: string
  path: string
  authorization: string | undefined
}

/** A server under every name, which redirects `/to/<n>/<address>` there and answers the rest; it writes down each hop. */
async function web() {
  const hops: Hop[] = []
  const server = await httpServer((incoming: IncomingMessage, response: ServerResponse) => {
    const { host = '', authorization } = incoming.headers
    const path = incoming.url ?? ''
    hops.push({ host: host.replace(/:\d+$/, ''), path, authorization })
    const [, status, target] = /^\/to\/(\d+)\/(.*)$/.exec(path) ?? []
    if (target) response.writeHead(Number(status), { location: decodeURIComponent(target) }).end()
    else if (path === '/round') response.writeHead(302, { location: '/round' }).end()
    else response.setHeader('content-type', 'application/json').end('"landed"')
  })
  const using = await engines({
    egressPrivate: ['127.0.0.1/32'],
    resolve: async (name) => [{ address: ADDRESSES[name] ?? '127.0.0.1', family: 4 }],
  })
  const origin = (name: string) => `http://${name}.example:${server.port}`
  const outside = call(using, { grants: { http: ['a', 'b', 'private', 'clouds'].map(origin) } })
  const answer: FakeOptions['answer'] = async (effect) => {
    if (effect.kind !== 'http.close') return outside.ask(effect as never)
    outside.post(effect as never)
    return reply({})
  }
  return {
    hops,
    outside,
    at: (name: string, path = '/') => origin(name) + path,
    to: (status: number, target: string) => `${origin('a')}/to/${status}/${encodeURIComponent(target)}`,
    fetch: (url: string) =>
      run(
        'action',
        ['fetch'],
        { props: { url }, auth: { type: 'SECRET_TEXT', secret_text: 'secret' }, run: { id: 'r' } },
        { answer },
      ),
  }
}

describe.each([301, 302, 303, 307, 308])('a %i', (status) => {
  test('to a granted origin is followed by the SDK, without credentials', async () => {
    const { fetch, to, at, hops } = await web()
    expect(await fetch(to(status, at('b', '/x')))).toMatchObject({ ok: true, value: { status: 200, body: 'landed' } })
    expect(hops.map(({ host, authorization }) => [host, authorization])).toEqual([
      ['a.example', 'Bearer secret'],
      ['b.example', undefined],
    ])
  })

  test('within an origin is followed with them', async () => {
    const { fetch, to, hops } = await web()
    expect(await fetch(to(status, '/x'))).toMatchObject({ ok: true })
    expect(hops.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret'])
  })

  test('is not followed by the host', async () => {
    const { outside, to, at, hops } = await web()
    expect(await request(outside, to(status, at('b')))).toMatchObject({ status, headers: { location: at('b') } })
    expect(hops).toHaveLength(1)
  })
})

describe('a hop', () => {
  test.each<[name: string, target: (at: (name: string) => string) => string, code: string]>([
    ['to a host that was not granted', (at) => at('evil'), 'not_granted'],
    ['to a name that ends like a granted one', (at) => at('evil-a'), 'not_granted'],
    ['to a granted host with a user before it', (at) => at('evil').replace('//', '//a.example@'), '*'],
    ['to another port of a granted host', () => 'http://a.example:1', 'not_granted'],
    ['to the granted name of a private address', (at) => at('private'), '*'],
    ['to the granted name of a metadata service', (at) => at('clouds'), '*'],
    ['to the metadata service itself', () => 'http://169.254.169.254/latest/meta-data/', 'not_granted'],
    ['to the address of the server itself', (at) => at('a').replace('a.example', '127.0.0.1'), 'not_granted'],
    ['to a file', () => 'file:///etc/passwd', '*'],
    ['to data', () => 'data:text/plain,x', '*'],
    ['to ftp', () => 'ftp://a.example/', '*'],
  ])('%s fails, and nobody hears of it', async (_, target, code) => {
    const { fetch, to, at, hops } = await web()
    const { ok, value } = await fetch(to(302, target(at)))
    expect(ok).toBe(false)
    if (code !== '*') expect(value.code).toBe(code)
    expect(hops).toHaveLength(1)
  })

  test('is the sixth: the client stops', async () => {
    const { fetch, at, hops } = await web()
    const { value } = await fetch(at('a', '/round'))
    expect(value).toMatchObject({ code: 'upstream_error', message: expect.stringContaining('more than 5 times') })
    expect(hops).toHaveLength(6)
  })

  test('and back: credentials that were dropped stay dropped', async () => {
    const { fetch, to, at, hops } = await web()
    const back = `${at('b')}to/302/${encodeURIComponent(at('a', '/x'))}`
    expect(await fetch(to(302, back))).toMatchObject({ ok: true })
    expect(hops.map(({ host, authorization }) => [host, authorization])).toEqual([
      ['a.example', 'Bearer secret'],
      ['b.example', undefined],
      ['a.example', undefined],
    ])
  })
})
