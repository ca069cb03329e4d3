import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEgress } from '../egress.ts'
import { call, engines, httpServer, NONE, request, send } from '../outside.suite.ts'
import { createHttpClient } from './client.ts'

type Bounds = NonNullable<Parameters<typeof createHttpClient>[0]['bounds']>

async function bounded(bounds: Bounds) {
  const egress = createEgress({
    privateRanges: ['127.0.0.0/8'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  })
  const http = createHttpClient({ egress, userAgent: 'ap-wasm/test', bounds })
  onTestFinished(() => http.close())
  return { ...(await engines()), http }
}

/** Answers `/held` when `release` is called, all else at once. */
async function holding() {
  const held: (() => void)[] = []
  let connections = 0
  const server = await httpServer((incoming, response) => {
    if (incoming.url === '/held') held.push(() => response.end('held'))
    else response.end('ok')
  })
  server.on('connection', () => connections++)
  return { url: `http://a.example:${server.port}`, held, connections: () => connections }
}

describe('pools are bounded', () => {
  test('sockets to an origin: further requests wait', async () => {
    const using = await bounded({ socketsPerOrigin: 1 })
    const { url, held, connections } = await holding()
    const outside = call(using, { grants: { http: [url] } })
    const first = request(outside, `${url}/held`)
    const second = request(outside, `${url}/`)
    await expect.poll(() => held.length).toBe(1)
    held[0]!()
    expect(await first).toMatchObject({ body: 'held' })
    expect(await second).toMatchObject({ body: 'ok' })
    expect(connections()).toBe(1)
  })

  test.each<[name: string, bounds: Bounds, tenant: string]>([
    ['of a tenant', { socketsPerTenant: 1 }, 'acme'],
    ['of all', { sockets: 1 }, 'umbrella'],
  ])('sockets %s: refused until one closes', async (_, bounds, tenant) => {
    const using = await bounded(bounds)
    const { url, held } = await holding()
    const grants = { http: [url] }
    const outside = call(using, { grants })
    const { exchange } = send(outside, `${url}/held`)
    await expect.poll(() => held.length).toBe(1)
    const other = call(using, { tenant, grants })
    expect(await request(other, `${url}/`)).toEqual({ error: { tag: 'connection-limit-reached' } })
    outside.post({ kind: 'http.close', ask: { exchange }, bytes: NONE })
    await expect.poll(async () => request(other, `${url}/`)).toMatchObject({ body: 'ok' })
  })

  test('tenants: the one longest silent gives up its pools, and its requests end in peace', async () => {
    const using = await bounded({ tenants: 2 })
    const { url, held, connections } = await holding()
    const grants = { http: [url] }
    const of = (tenant: string) => call(using, { tenant, grants })
    const first = request(of('a'), `${url}/held`)
    await expect.poll(() => held.length).toBe(1)
    for (const tenant of ['b', 'c', 'b', 'c']) {
      expect(await request(of(tenant), `${url}/`)).toMatchObject({ body: 'ok' })
      await turn()
      await turn()
    }
    held[0]!()
    expect(await first).toMatchObject({ body: 'held' })
    expect(connections()).toBe(3)
    expect(await request(of('a'), `${url}/`)).toMatchObject({ body: 'ok' })
    expect(connections()).toBe(4)
  })
})
