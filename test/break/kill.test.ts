/**
 * Sudden ends, by seed: what was acknowledged is there, what was not is told as interrupted, nothing is sent twice, and
 * the next start is clean. The upstream counts every effect.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { cellsOf, chance, commandOf, descendants, filesBelow, leftovers, until } from './machine.ts'
import { type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const SETTINGS = ['--egress-private', '127.0.0.0/8', '--cells', '2']
const alive = (pid: number): boolean => existsSync(`/proc/${pid}`)

let upstream: Upstream
let data: string
let server: ServerProcess
beforeAll(async () => {
  upstream = await startUpstream()
  data = await mkdtemp(join(tmpdir(), 'ap-wasm-kill-'))
  server = await startProcess(data, SETTINGS)
  expect((await server.deploy(await probe(upstream.host))).status).toBe(201)
  await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
})
afterEach(() => {
  upstream.onHeard = () => {}
  upstream.release()
})
afterAll(async () => {
  await server?.kill('SIGKILL')
  await upstream?.close()
  await rm(data, { recursive: true, force: true })
})

/** Ends the server without a warning and starts it again; what it ran ends with it. */
async function crash(): Promise<void> {
  const family = descendants(server.child.pid ?? 0)
  await server.kill('SIGKILL')
  await until(() => !family.some(alive))
  server = await startProcess(data, SETTINGS)
}

interface Sent {
  /** In its body: the upstream knows the call by it. */
  n: number
  action: ProbeAction
  key: string | undefined
}
interface Told extends Sent {
  /** Undefined: it was never answered. */
  answer: Asked | undefined
}
let sent = 0
const body = ({ n }: Sent, path: string) => ({ props: { n, path } })
const ask = (call: Sent, path = '/'): Promise<Asked> =>
  server.ask(
    'POST',
    `/v1/pieces/probe/latest/actions/${call.action}`,
    call.action === 'post' ? body(call, path) : { props: { n: 1, path } },
    call.key === undefined ? {} : { 'idempotency-key': call.key },
  )
/** Sent all at once. */
const load = (actions: readonly ProbeAction[], path: string, onAnswer: () => void): Promise<Told[]> =>
  Promise.all(
    actions.map(async (action, i) => {
      const call: Sent = { n: ++sent, action, key: i % 2 === 0 ? `key-${sent}` : undefined }
      const answer = await ask(call, path).catch(() => undefined)
      onAnswer()
      return { ...call, answer }
    }),
  )

const posts = (n: number): number =>
  upstream.heard.filter((one) => one.method === 'POST' && JSON.parse(one.body).props.n === n).length
const row = async (callId: string): Promise<Asked> => server.ask('GET', `/v1/calls/${callId}`)
interface Row {
  callId: string
  state: string
  code?: string
  usage?: { fuel: number }
}
async function rows(): Promise<Row[]> {
  const all: Row[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Asked = await server.ask('GET', `/v1/calls?limit=500${cursor && `&cursor=${cursor}`}`)
    all.push(...page.body.calls)
    cursor = page.body.cursor
  }
  return all
}

/** What must be true after any end, of every call that was ever sent. */
async function checkPromises(told: readonly Told[]): Promise<void> {
  for (const { answer } of told) {
    if (answer?.body.callId === undefined) continue
    const { body } = await row(answer.body.callId)
    expect(body.usage).toEqual(answer.body.usage)
    expect(body.code).toBe(answer.body.failure?.code ?? answer.body.code)
  }
  const all = await rows()
  expect(all.filter((one) => one.state === 'running')).toEqual([])
  const known = new Set(all.map((one) => one.callId))
  for (const { callId } of upstream.heard) if (callId !== undefined) expect(known).toContain(callId)
  for (const { n, action } of told) expect(posts(n)).toBeLessThanOrEqual(action === 'post' ? 1 : 0)

  const { usage } = (await server.ask('GET', '/v1/usage?by=')).body
  const billed = all.filter((one) => one.code !== 'AP_INTERRUPTED' && one.code !== 'AP_CELL_LOST')
  expect(usage).toMatchObject([
    {
      calls: all.length,
      free: all.length - billed.length,
      fuel: billed.reduce((sum, one) => sum + (one.usage?.fuel ?? 0), 0),
    },
  ])
  expect(leftovers(data)).toEqual([])
}

const MIXED: readonly ProbeAction[] = ['post', 'get', 'post', 'spin', 'putValue', 'post', 'writeFile', 'logLines']
const mixed = (count: number): ProbeAction[] => Array.from({ length: count }, (_, i) => MIXED[i % MIXED.length]!)

describe('kill -9 of the server', () => {
  test.each([1, 2, 3, 4, 5, 6])('during calls, seed %i', { timeout: 60_000 }, async (seed) => {
    const pick = chance(seed)
    const calls = mixed(32)
    // Requests that reach the upstream and answers that reach the caller: some moment among them.
    const moment = 1 + pick(44)
    let events = 0
    const event = (): void => {
      if (++events === moment) server.child.kill('SIGKILL')
    }
    upstream.onHeard = event
    const told = await load(calls, '/', event)
    upstream.onHeard = () => {}
    await crash()
    await checkPromises(told)

    // Each key again: the same answer, or that it was interrupted; one that never arrived runs now.
    for (const call of told) {
      if (call.key === undefined) continue
      const before = posts(call.n)
      const again = await ask(call)
      if (call.answer) expect(again.body).toEqual(call.answer.body)
      else if (again.status !== 200) expect(again.body).toMatchObject({ code: 'AP_INTERRUPTED', fault: 'host' })
      if (before > 0) expect(posts(call.n)).toBe(before)
      if (call.action === 'post' && again.status === 200) expect(posts(call.n)).toBe(1)
      expect((await ask(call)).body).toEqual(again.body)
    }
  })

  test('while every call waits: each shows as interrupted, each key says so, no request goes out again', async () => {
    upstream.hold()
    const before = upstream.heard.length
    const told = load(mixed(16), '/hold', () => {})
    const waiting = mixed(16).filter((action) => action === 'post' || action === 'get').length
    await until(() => upstream.held === waiting)
    await crash()
    const unanswered = (await told).filter((one) => one.action === 'post' || one.action === 'get')
    expect(unanswered.map((one) => one.answer)).toEqual(Array.from({ length: waiting }, () => undefined))
    await checkPromises(await told)
    for (const call of unanswered)
      if (call.key !== undefined)
        expect(await ask(call, '/hold')).toMatchObject({ status: 502, body: { code: 'AP_INTERRUPTED' } })
    expect(upstream.heard.length).toBe(before + waiting)
  })

  const versions = { next: 1 }
  const uploads: [when: string, kill: (uploading: Promise<Asked>) => Promise<void>][] = [
    [
      'while it is inspected',
      () => until(() => descendants(server.child.pid!).some((pid) => commandOf(pid).includes('inspect-child'))),
    ],
    [
      'once there is something of it on disk',
      () => {
        const before = filesBelow(data).length
        return until(() => filesBelow(data).length > before)
      },
    ],
    [
      'once its product is there',
      () => {
        const products = (): number => filesBelow(join(data, 'cache')).length
        const before = products()
        return until(() => products() > before)
      },
    ],
    ['as soon as it is answered', async (uploading) => void (await uploading)],
  ]
  test.each(uploads)('during an upload, %s', { timeout: 60_000 }, async (_, moment) => {
    const version = `2.0.${versions.next++}`
    const bytes = await probe(upstream.host, { version, readme: `${version}${'x'.repeat(60_000)}` })
    const uploading = server.deploy(bytes)
    const outcome = uploading.catch(() => undefined)
    await moment(uploading)
    await crash()
    const answered = await outcome
    const { versions: listed } = (await server.ask('GET', '/v1/pieces/probe')).body
    const there = listed.find((one: { version: string }) => one.version === version)
    if (answered) expect(answered.status).toBe(201)
    if (answered) expect(there).toMatchObject({ digest: answered.body.digest })
    const digests = listed.map((one: { digest: string }) => one.digest.slice('sha256:'.length))
    expect(filesBelow(join(data, 'artifacts'))).toEqual(digests.sort())
    expect(leftovers(data)).toEqual([])
    expect((await server.deploy(bytes)).status).toBe(there ? 200 : 201)
    const ran = await server.ask('POST', `/v1/pieces/probe/${version}/actions/spin`, { props: { n: 10 } })
    expect(ran).toMatchObject({ status: 200, body: { version, output: 10 } })
  })

  test('in the middle of a body that it receives', async () => {
    const bytes = await probe(upstream.host, { version: '3.0.0' })
    const half = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length / 2)),
    })
    const init = { method: 'POST', headers: { 'content-type': 'application/wasm' }, body: half, duplex: 'half' }
    const uploading = fetch(`${server.url}/v1/pieces`, init as RequestInit)
    const outcome = expect(uploading).rejects.toThrow()
    expect((await server.ask('GET', '/healthz')).status).toBe(200)
    const before = filesBelow(join(data, 'artifacts'))
    await crash()
    await outcome
    expect(filesBelow(join(data, 'artifacts'))).toEqual(before)
    expect((await server.ask('GET', '/v1/pieces/probe/3.0.0')).status).toBe(404)
  })
})

describe('kill -9 of cells', () => {
  /** Every call is answered; only one that may have changed something outside is told that it was lost. */
  function checkAnswers(told: readonly Told[]): void {
    for (const { answer, action } of told) {
      if (answer?.status === 200) continue
      expect(['post', 'putValue', 'writeFile']).toContain(action)
      expect(answer).toMatchObject({ status: 502, body: { code: 'AP_CELL_LOST', fault: 'host', usage: {} } })
    }
  }

  test.each([1, 2, 3, 4])('during calls, seed %i', { timeout: 60_000 }, async (seed) => {
    const pick = chance(100 + seed)
    const calls = mixed(48)
    const waiting = calls.filter((action) => action === 'post' || action === 'get').length
    upstream.hold()
    const told = load(calls, '/hold', () => {})
    await until(() => upstream.held === waiting)
    const cells = cellsOf(server.child.pid!)
    expect(cells.length).toBeGreaterThan(0)
    const victims = seed % 2 === 0 ? cells : [cells[pick(cells.length)]!]
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    // An answer on its way may still come first, or not: both are allowed.
    if (pick(2) === 0) upstream.release()
    else {
      await until(() => !victims.some(alive))
      upstream.release()
    }
    for (const { action, n } of await told) expect(posts(n)).toBe(action === 'post' ? 1 : 0)
    checkAnswers(await told)
    await checkPromises(await told)
    expect((await server.ask('GET', '/readyz')).status).toBe(200)
  })

  test('again and again, under load: every call is answered', { timeout: 60_000 }, async () => {
    const pick = chance(7)
    for (let round = 0; round < 4; round++) {
      let answers = 0
      const moment = 1 + pick(20)
      const told = await load(mixed(32), '/', () => {
        if (++answers === moment) for (const pid of cellsOf(server.child.pid!)) process.kill(pid, 'SIGKILL')
      })
      checkAnswers(told)
      await checkPromises(told)
    }
  })
})

describe('two executors', () => {
  test('of one data folder: the second does not start, and leaves the first alone; a dead one leaves no lock', async () => {
    await expect(startProcess(data, SETTINGS)).rejects.toThrow(/ended with 3: AP_DATA_LOCKED: another executor uses/)
    expect((await server.ask('GET', '/readyz')).status).toBe(200)
    await crash()
    await expect(startProcess(data, SETTINGS)).rejects.toThrow('AP_DATA_LOCKED')
  })

  test('of one cache: each answers as if it were alone, also when the other dies', { timeout: 60_000 }, async () => {
    const other = await mkdtemp(join(tmpdir(), 'ap-wasm-kill-other-'))
    await symlink(join(data, 'cache'), join(other, 'cache'))
    const second = await startProcess(other, SETTINGS)
    try {
      const bytes = await probe(upstream.host, { version: '4.0.0' })
      const answers = await Promise.all([server.deploy(bytes), second.deploy(bytes)])
      expect(answers.map(({ status }) => status)).toEqual([201, 201])
      await second.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
      const spin = (to: ServerProcess) => to.ask('POST', '/v1/pieces/probe/4.0.0/actions/spin', { props: { n: 10 } })
      for (const to of [server, second]) expect(await spin(to)).toMatchObject({ status: 200, body: { output: 10 } })
      await crash()
      for (const to of [server, second]) expect(await spin(to)).toMatchObject({ status: 200, body: { output: 10 } })
    } finally {
      await second.kill('SIGKILL')
      await rm(other, { recursive: true, force: true })
    }
  })
})
