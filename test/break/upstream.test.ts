/** Servers that are slow, silent, broken or lying, under 64 calls at once: each call its own end, the server as before. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { cellsOf, chance, MiB, PRLIMIT, residentBytes, until } from './machine.ts'
import { httpErrorOf, type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const SETTINGS = ['--egress-private', '127.0.0.0/8', '--cells', '2']
const AT_ONCE = 64

let upstream: Upstream
let data: string
let server: ServerProcess
beforeAll(async () => {
  upstream = await startUpstream()
  data = await mkdtemp(join(tmpdir(), 'ap-wasm-upstream-'))
  server = await startProcess(data, SETTINGS)
  await deployProbe(server)
})
afterEach(() => upstream.release())
afterAll(async () => {
  await server?.kill('SIGKILL')
  await upstream?.close()
  await rm(data, { recursive: true, force: true })
})

async function deployProbe(to: ServerProcess): Promise<void> {
  expect((await to.deploy(await probe(upstream.host))).status).toBe(201)
  await to.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
}
interface Ask {
  action?: ProbeAction
  path: string
  limits?: Record<string, number>
}
const run = (to: ServerProcess, { action = 'get', path, limits }: Ask): Promise<Asked> =>
  to.ask('POST', `/v1/pieces/probe/latest/actions/${action}`, { props: { n: 1, path }, ...(limits ? { limits } : {}) })
/** The output, the HTTP error that the piece saw, or the code of ours. */
const endOf = ({ body }: Asked): unknown => (body.failure ? httpErrorOf(body.failure) : (body.output ?? body.code))
const queued = async (to: ServerProcess): Promise<number> =>
  Number(/^ap_wasm_calls_queued (\d+)$/m.exec((await to.ask('GET', '/metrics')).body)?.[1])

/** `or`: what the same may also look like from here. */
const WAYS: (Ask & { name: string; end: unknown; or?: unknown })[] = [
  { name: 'answers', path: '/', end: 2 },
  { name: 'answers a megabyte', path: `/bytes/${MiB}`, end: MiB },
  { name: 'never answers', path: '/never', limits: { httpFirstByteMs: 200 }, end: 'connection-read-timeout' },
  { name: 'stops after a byte', path: '/head', limits: { httpBetweenBytesMs: 200 }, end: 'connection-read-timeout' },
  { name: 'drips for ever', path: '/drip', limits: { wallMs: 1_000 }, end: 'AP_WALL_EXCEEDED' },
  { name: 'never ends', path: '/endless', limits: { httpBodyBytes: MiB }, end: 'HTTP-response-body-size' },
  { name: 'resets', path: '/reset', end: 'connection-terminated' },
  // A reset overtakes what was sent before it, if that was not read yet.
  { name: 'resets after its head', path: '/reset-late', end: 'HTTP-response-incomplete', or: 'connection-terminated' },
  { name: 'hangs up', path: '/close', end: 'connection-terminated' },
  { name: 'says less than it announced', path: '/short', end: 'HTTP-response-incomplete' },
  { name: 'says more than it announced', path: '/long', end: 1 },
  { name: 'says two lengths', path: '/two-lengths', end: 'HTTP-protocol-error' },
  { name: 'speaks no HTTP', path: '/garbage', end: 'HTTP-protocol-error' },
  { name: 'lies about its coding', path: '/coding', end: 'HTTP-response-content-coding' },
]

describe(`${AT_ONCE} calls at once, to a server that`, () => {
  test.each(WAYS)('$name', async ({ end, or, ...ask }) => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => run(server, ask)))
    for (const answer of answers) expect([end, or ?? end]).toContainEqual(endOf(answer))
    for (const { body } of answers) expect(body.usage).toMatchObject({ fuelModel: 1, fuel: expect.any(Number) })
  })

  test('does a different thing each time: nobody hears of another one’s luck', async () => {
    const pick = chance(3)
    const asked = Array.from({ length: 3 * AT_ONCE }, () => WAYS[pick(WAYS.length)]!)
    const answers = await Promise.all(asked.map(({ name: _, end: __, or: ___, ...ask }) => run(server, ask)))
    for (const [i, { end, or }] of asked.entries()) expect([end, or ?? end]).toContainEqual(endOf(answers[i]!))
    expect((await server.ask('GET', '/readyz')).status).toBe(200)
  })

  test('is endless: the memory of ours is not', async () => {
    const ask: Ask = { path: '/endless', limits: { wallMs: 2_000 } }
    await Promise.all(Array.from({ length: AT_ONCE }, () => run(server, ask)))
    const before = residentBytes(server.child.pid!)
    for (let round = 0; round < 2; round++) await Promise.all(Array.from({ length: AT_ONCE }, () => run(server, ask)))
    // Not exact: each round passes 1.6 GB at most, and a buffer of each call may be garbage still.
    expect(residentBytes(server.child.pid!) - before).toBeLessThan(150 * MiB)
  })
})

test('a client that leaves takes its request with it, and the ledger says so', async () => {
  upstream.hold()
  const abandoned = upstream.abandoned
  const clients = Array.from({ length: AT_ONCE }, () => new AbortController())
  const calls = clients.map(({ signal }) =>
    fetch(`${server.url}/v1/pieces/probe/latest/actions/post`, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ props: { path: '/hold' } }),
    }),
  )
  const ends = Promise.allSettled(calls)
  await until(() => upstream.held === AT_ONCE)
  const left = clients.filter((_, i) => i % 2 === 0)
  for (const client of left) client.abort()
  await until(() => upstream.abandoned - abandoned === left.length)
  expect(upstream.held).toBe(AT_ONCE - left.length)
  upstream.release()
  const statuses = (await ends).map((one) => (one.status === 'fulfilled' ? one.value.status : 'left'))
  expect(statuses).toEqual(clients.map((_, i) => (i % 2 === 0 ? 'left' : 200)))

  const calledIds = upstream.heard.slice(-AT_ONCE).map(({ callId }) => callId)
  const codes = await Promise.all(
    calledIds.map(async (callId) => {
      const { body } = await server.ask('GET', `/v1/calls/${callId}`)
      expect(body.usage).toMatchObject({ fuel: expect.any(Number) })
      return body.code ?? body.state
    }),
  )
  expect(codes.sort()).toEqual([...left.map(() => 'AP_CANCELLED'), ...left.map(() => 'ok')])
})

test('a thousand calls wait while the server does not answer; all are answered when it does', async () => {
  upstream.hold()
  const calls = Array.from({ length: 1_000 + AT_ONCE }, () => run(server, { path: '/hold' }))
  await until(async () => (await queued(server)) === 1_000 && upstream.held === AT_ONCE)
  expect(await run(server, { path: '/' })).toMatchObject({
    status: 503,
    body: { code: 'AP_SATURATED', detail: '1000 calls of this piece wait; the queue holds 1000', retry: true },
  })
  upstream.release()
  const answers = await Promise.all(calls)
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  expect(new Set(answers.map(({ body }) => body.callId)).size).toBe(1_000 + AT_ONCE)
})

// Skipped without prlimit (util-linux, on every Debian): descriptors cannot be bounded otherwise.
describe.skipIf(!PRLIMIT)('out of file descriptors', () => {
  let poor: ServerProcess
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ap-wasm-poor-'))
    poor = await startProcess(folder, SETTINGS, [PRLIMIT!, '--nofile=110', '--'])
    await deployProbe(poor)
  })
  const allow = (files: number) => execFileSync(PRLIMIT!, [`--pid=${poor.child.pid}`, `--nofile=${files}:110`])
  // A test that failed half-way must not fail the next one.
  afterEach(() => allow(110))
  afterAll(async () => {
    await poor?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  test('no process can be started: an upload and a call without a cell are told so; then all is as before', async () => {
    const pid = poor.child.pid!
    expect((await poor.ask('GET', '/readyz')).status).toBe(200)
    const bytes = await probe(upstream.host, { version: '1.1.0' })
    // What is open stays open; nothing more is opened.
    allow(3)
    const refused = (code: string) => ({
      status: 503,
      body: { code, fault: 'host', retry: true, detail: expect.stringContaining('EMFILE') },
    })
    // The first has the inspection that stood ready since the upload before.
    expect(await poor.deploy(bytes)).toMatchObject(refused('AP_TOO_MANY_OPEN_FILES'))
    expect(await poor.deploy(bytes)).toMatchObject(refused('AP_NO_CELL'))
    // One that was being born when descriptors ran out may still answer, and one whose death is not known yet loses its call.
    let answer: Asked
    do {
      for (const cell of cellsOf(pid)) process.kill(cell, 'SIGKILL')
      await until(() => cellsOf(pid).length === 0)
      answer = await run(poor, { action: 'echo', path: '/' })
      expect(answer.body.code ?? 'ok').toMatch(/^(ok|AP_CELL_LOST|AP_TOO_MANY_OPEN_FILES|AP_NO_CELL)$/)
    } while (answer.body.code !== 'AP_NO_CELL')
    expect(answer).toMatchObject({
      status: 503,
      body: { retry: true, detail: expect.stringMatching(/descriptor|EMFILE/) },
    })
    expect((await poor.ask('GET', '/readyz')).status).toBe(503)
    expect((await poor.ask('GET', '/healthz')).status).toBe(200)
    allow(110)
    await until(async () => (await run(poor, { path: '/' })).status === 200)
    expect((await poor.deploy(bytes)).status).toBe(201)
    expect(await run(poor, { path: '/' })).toMatchObject({ status: 200, body: { output: 2, version: '1.1.0' } })
  })

  /** Takes descriptors until there are none: each call has a connection to us and one to the upstream. */
  async function crowd(): Promise<() => Promise<void>> {
    upstream.hold()
    const gone = new AbortController()
    const calls = Array.from({ length: 100 }, () =>
      fetch(`${poor.url}/v1/pieces/probe/latest/actions/get`, {
        method: 'POST',
        signal: gone.signal,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ props: { n: 1, path: '/hold' } }),
      }).then(
        async (answer) => ({ status: answer.status, body: await answer.json() }),
        (error) => ({ status: 0, body: error }),
      ),
    )
    const ends = Promise.all(calls)
    // Some end at once: they got no connection, or their request got none.
    await Promise.race(calls)
    return async () => {
      upstream.release()
      for (const { status, body } of await ends) {
        if (status === 200) expect(['connection-limit-reached', 2]).toContain(endOf({ status, body } as Asked))
        else if (status !== 0) expect(body).toMatchObject({ code: expect.stringMatching(/^AP_/), fault: 'host' })
      }
      gone.abort()
    }
  }

  test('calls end by name or are not taken; when there are some again all is as before', async () => {
    for (let round = 0; round < 3; round++) {
      const release = await crowd()
      await release()
      expect(poor.child.exitCode).toBe(null)
      await until(async () => (await run(poor, { path: '/' }).catch(() => undefined))?.status === 200)
    }
  })
})
