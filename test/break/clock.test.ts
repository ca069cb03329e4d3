/** A clock that jumps: what is kept by time is kept, and no call ends sooner, later or cheaper for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { until } from './machine.ts'
import { type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const HOUR_MS = 3_600_000
/** The process' own clock, moved by signals: SIGUSR2 an hour back, SIGHUP an hour forth. */
const MOVABLE = `
  const RealDate = Date
  let moved = 0
  globalThis.Date = class extends RealDate {
    constructor(...args) { args.length === 0 ? super(RealDate.now() + moved) : super(...args) }
    static now() { return RealDate.now() + moved }
  }
  process.on('SIGUSR2', () => { moved -= ${HOUR_MS} })
  process.on('SIGHUP', () => { moved += ${HOUR_MS} })`

let upstream: Upstream
let folder: string
let server: ServerProcess
beforeAll(async () => {
  upstream = await startUpstream()
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-clock-'))
  const clock = join(folder, 'clock.mjs')
  await writeFile(clock, MOVABLE)
  server = await startProcess(
    join(folder, 'data'),
    ['--egress-private', '127.0.0.0/8'],
    ['/usr/bin/env', `NODE_OPTIONS=--import=${clock}`],
  )
  expect((await server.deploy(await probe(upstream.host))).status).toBe(201)
  await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
})
afterAll(async () => {
  await server?.kill('SIGKILL')
  await upstream?.close()
  await rm(folder, { recursive: true, force: true })
})

const call = (action: ProbeAction, props: object, key?: string): Promise<Asked> =>
  server.ask(
    'POST',
    `/v1/pieces/probe/latest/actions/${action}`,
    { props },
    key === undefined ? {} : { 'idempotency-key': key },
  )
/** The day and hour that the server believes it is. */
async function jump(signal: 'SIGUSR2' | 'SIGHUP'): Promise<void> {
  const now = async () => Date.parse((await call('echo', {})).body.output?.run.deadline)
  const before = await now()
  server.child.kill(signal)
  await until(async () => Math.abs((await now()) - before) > HOUR_MS / 2)
}

test.each(['SIGUSR2', 'SIGHUP'] as const)('jumps while calls wait (%s): each ends as it would have', async (signal) => {
  const key = `key-${signal}`
  const kept = await call('spin', { n: 1_000 }, key)
  upstream.hold()
  const waiting = Array.from({ length: 8 }, () => call('post', { path: '/hold' }))
  await until(() => upstream.held === waiting.length)
  await jump(signal)
  upstream.release()
  for (const { status, body } of await Promise.all(waiting)) {
    expect(status).toBe(200)
    expect(body.usage.wallMs).toBeGreaterThanOrEqual(0)
    expect(body.usage.wallMs).toBeLessThan(HOUR_MS / 2)
    expect((await server.ask('GET', `/v1/calls/${body.callId}`)).body).toMatchObject({ state: 'ok', usage: body.usage })
  }
  expect((await call('spin', { n: 1_000 }, key)).body).toEqual(kept.body)
  const after = await call('spin', { n: 1_000 })
  expect(after).toMatchObject({ status: 200, body: { usage: { fuel: kept.body.usage.fuel } } })
  // Its own clock did not jump.
  expect((await call('sleep', { n: 1 })).status).toBe(200)
  const { usage } = (await server.ask('GET', '/v1/usage?by=')).body
  const { calls } = (await server.ask('GET', '/v1/calls?limit=500')).body
  expect(usage[0].calls).toBe(calls.length)
  expect(new Set(calls.map((one: { callId: string }) => one.callId)).size).toBe(calls.length)
  for (const one of calls) expect(Date.parse(one.endedAt)).toBeGreaterThanOrEqual(Date.parse(one.startedAt))
})
