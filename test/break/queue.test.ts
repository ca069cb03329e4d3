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
  /** Those that hold the places, and every tenth that waits, send something: what runs twice is seen upstream. */
  const sends = (n: number): boolean => n < AT_ONCE || n % 10 === 0
  const call = (n: number) =>
    server.executor.call({
      ...{ tenant: 'default', piece: 'probe', version: 'latest', kind: 'action', name: sends(n) ? 'post' : 'spin' },
      input: { props: { n: sends(n) ? n : 1, path: '/hold' } },
    })
  const all = Array.from({ length: QUEUED + AT_ONCE }, (_, n) => n)
  upstream.hold()
  const calls = all.slice(0, AT_ONCE).map(call)
  await until(() => upstream.held === AT_ONCE)
  calls.push(...all.slice(AT_ONCE).map(call))
  // All of them have been taken once one is refused.
  await expect(call(0)).rejects.toMatchObject({ code: 'AP_SATURATED', retryAfterMs: expect.any(Number) })
  expect(upstream.heard).toHaveLength(AT_ONCE)
  upstream.release()
  const results = await Promise.all(calls)
  expect(results.every((one) => one.ok)).toBe(true)
  expect(new Set(results.map((one) => one.callId)).size).toBe(all.length)
  const sent = all.filter(sends).length
  expect(upstream.heard).toHaveLength(sent)
  expect(new Set(upstream.heard.map(({ callId }) => callId)).size).toBe(sent)
  const { usage } = (await server.ask('GET', '/v1/usage?by=')).body
  // The one that was refused has a row too.
  expect(usage).toMatchObject([{ calls: all.length + 1, errors: 1, failures: 0 }])
})
