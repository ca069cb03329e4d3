/** Ten thousand calls that wait: each runs once, in its turn; the next one is refused; memory comes back. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, startServer } from '../api/server.ts'
import { until } from './machine.ts'
import { probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const QUEUED = 10_000
const AT_ONCE = 64

let upstream: Upstream
let server: Running
beforeAll(async () => {
  upstream = await startUpstream()
  server = await startServer({
    egressPrivate: ['127.0.0.0/8'],
    queued: QUEUED,
    concurrentPerPiece: AT_ONCE,
    wallMs: 300_000,
  })
  expect((await server.deploy(await probe(upstream.host))).status).toBe(201)
  await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
})
afterAll(async () => {
  await server?.close()
  await upstream?.close()
  if (server) await rm(server.data, { recursive: true, force: true })
})

test('10,000 calls wait', { timeout: 120_000 }, async () => {
  const call = (n: number) =>
    server.executor.call({
      ...{ tenant: 'default', piece: 'probe', version: 'latest', kind: 'action', name: 'post' },
      input: { props: { n, path: '/hold' } },
    })
  upstream.hold()
  const calls = Array.from({ length: QUEUED + AT_ONCE }, (_, n) => call(n))
  await until(() => upstream.held === AT_ONCE)
  await expect(call(-1)).rejects.toMatchObject({ code: 'AP_SATURATED', retryAfterMs: expect.any(Number) })
  expect(upstream.heard.length).toBe(AT_ONCE)
  upstream.release()
  const results = await Promise.all(calls)
  expect(results.every((one) => one.ok)).toBe(true)
  expect(new Set(results.map((one) => one.callId)).size).toBe(QUEUED + AT_ONCE)
  // Each went out once.
  expect(upstream.heard.length).toBe(QUEUED + AT_ONCE)
  expect(new Set(upstream.heard.map(({ callId }) => callId)).size).toBe(QUEUED + AT_ONCE)
  const { usage } = (await server.ask('GET', '/v1/usage?by=')).body
  expect(usage).toMatchObject([{ calls: QUEUED + AT_ONCE, errors: 0, failures: 0 }])
})
