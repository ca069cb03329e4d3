/**
 * Sudden ends, by seed: what was acknowledged is there, what was not is told as interrupted, nothing is sent twice, and
 * the next start is clean. The upstream counts every effect.
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { alive, Drill, mixed, type Told } from './drill.ts'
import { cellsOf, chance, commandOf, descendants, filesBelow, leftovers, until } from './machine.ts'
import { probe, probeCapabilities } from './probe.ts'

const SETTINGS = ['--egress-private', '127.0.0.0/8', '--cells', '2']

let drill: Drill
beforeAll(async () => {
  drill = await Drill.start(SETTINGS)
})
afterEach(() => {
  drill.upstream.onHeard = () => {}
  drill.upstream.release()
})
afterAll(() => drill?.close())

describe('kill -9 of the server', () => {
  test.each([1, 2, 3, 4, 5, 6])('during calls, seed %i', { timeout: 60_000 }, async (seed) => {
    const pick = chance(seed)
    const calls = mixed(32)
    // Requests that reach the upstream and answers that reach the caller: some moment among them.
    const moment = 1 + pick(44)
    let events = 0
    const event = (): void => {
      if (++events === moment) drill.server.child.kill('SIGKILL')
    }
    drill.upstream.onHeard = event
    const told = await drill.load(calls, { onAnswer: event })
    drill.upstream.onHeard = () => {}
    await drill.crash()
    await drill.reconcile(told)

    // Each key again: the same answer, or that it was interrupted; one that never arrived runs now.
    for (const call of told) {
      if (call.key === undefined) continue
      const before = drill.posts(call.n)
      const again = await drill.ask(call)
      if (call.answer) expect(again.body).toEqual(call.answer.body)
      else if (again.status !== 200) expect(again.body).toMatchObject({ code: 'AP_INTERRUPTED', fault: 'host' })
      if (before > 0) expect(drill.posts(call.n)).toBe(before)
      if (call.action === 'post' && again.status === 200) expect(drill.posts(call.n)).toBe(1)
      expect((await drill.ask(call)).body).toEqual(again.body)
    }
  })

  test('while every call waits: each shows as interrupted, each key says so, no request goes out again', async () => {
    drill.upstream.hold()
    const before = drill.upstream.heard.length
    const told = drill.load(mixed(16), { path: '/hold' })
    const waiting = mixed(16).filter((action) => action === 'post' || action === 'get').length
    await until(() => drill.upstream.held === waiting)
    await drill.crash()
    const unanswered = (await told).filter((one) => one.action === 'post' || one.action === 'get')
    expect(unanswered.map((one) => one.answer)).toEqual(Array.from({ length: waiting }, () => undefined))
    await drill.reconcile(await told)
    for (const call of unanswered)
      if (call.key !== undefined)
        expect(await drill.ask(call, '/hold')).toMatchObject({ status: 502, body: { code: 'AP_INTERRUPTED' } })
    expect(drill.upstream.heard.length).toBe(before + waiting)
  })

  const versions = { next: 1 }
  const uploads: [when: string, kill: (uploading: Promise<Asked>) => Promise<void>][] = [
    [
      'while it is inspected',
      () => until(() => descendants(drill.server.child.pid!).some((pid) => commandOf(pid).includes('inspect-child'))),
    ],
    [
      'once there is something of it on disk',
      () => {
        const before = filesBelow(drill.data).length
        return until(() => filesBelow(drill.data).length > before)
      },
    ],
    [
      'once its product is there',
      () => {
        const products = (): number => filesBelow(join(drill.data, 'cache')).length
        const before = products()
        return until(() => products() > before)
      },
    ],
    ['as soon as it is answered', async (uploading) => void (await uploading)],
  ]
  test.each(uploads)('during an upload, %s', { timeout: 60_000 }, async (_, moment) => {
    const version = `2.0.${versions.next++}`
    const bytes = await probe(drill.upstream.host, { version, readme: `${version}${'x'.repeat(60_000)}` })
    const uploading = drill.server.deploy(bytes)
    const outcome = uploading.catch(() => undefined)
    await moment(uploading)
    await drill.crash()
    const answered = await outcome
    const { versions: listed } = (await drill.server.ask('GET', '/v1/pieces/probe')).body
    const there = listed.find((one: { version: string }) => one.version === version)
    if (answered) expect(answered.status).toBe(201)
    if (answered) expect(there).toMatchObject({ digest: answered.body.digest })
    const digests = listed.map((one: { digest: string }) => one.digest.slice('sha256:'.length))
    expect(filesBelow(join(drill.data, 'artifacts'))).toEqual(digests.sort())
    expect(leftovers(drill.data)).toEqual([])
    expect((await drill.server.deploy(bytes)).status).toBe(there ? 200 : 201)
    const ran = await drill.server.ask('POST', `/v1/pieces/probe/${version}/actions/spin`, { props: { n: 10 } })
    expect(ran).toMatchObject({ status: 200, body: { version, output: 10 } })
  })

  test('in the middle of a body that it receives', async () => {
    const bytes = await probe(drill.upstream.host, { version: '3.0.0' })
    const half = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length / 2)),
    })
    const init = { method: 'POST', headers: { 'content-type': 'application/wasm' }, body: half, duplex: 'half' }
    const uploading = fetch(`${drill.server.url}/v1/pieces`, init as RequestInit)
    const outcome = expect(uploading).rejects.toThrow()
    expect((await drill.server.ask('GET', '/healthz')).status).toBe(200)
    const before = filesBelow(join(drill.data, 'artifacts'))
    await drill.crash()
    await outcome
    expect(filesBelow(join(drill.data, 'artifacts'))).toEqual(before)
    expect((await drill.server.ask('GET', '/v1/pieces/probe/3.0.0')).status).toBe(404)
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
    drill.upstream.hold()
    const told = drill.load(calls, { path: '/hold' })
    await until(() => drill.upstream.held === waiting)
    const cells = cellsOf(drill.server.child.pid!)
    expect(cells.length).toBeGreaterThan(0)
    const victims = seed % 2 === 0 ? cells : [cells[pick(cells.length)]!]
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    // An answer on its way may still come first, or not: both are allowed.
    if (pick(2) === 0) drill.upstream.release()
    else {
      await until(() => !victims.some(alive))
      drill.upstream.release()
    }
    for (const { action, n } of await told) expect(drill.posts(n)).toBe(action === 'post' ? 1 : 0)
    checkAnswers(await told)
    await drill.reconcile(await told)
    expect((await drill.server.ask('GET', '/readyz')).status).toBe(200)
  })

  test('again and again, under load: every call is answered', { timeout: 60_000 }, async () => {
    const pick = chance(7)
    for (let round = 0; round < 4; round++) {
      let answers = 0
      const moment = 1 + pick(20)
      const told = await drill.load(mixed(32), {
        onAnswer: () => {
          if (++answers === moment) for (const pid of cellsOf(drill.server.child.pid!)) process.kill(pid, 'SIGKILL')
        },
      })
      checkAnswers(told)
      await drill.reconcile(told)
    }
  })
})

describe('two executors', () => {
  test('of one data folder: the second does not start, and leaves the first alone; a dead one leaves no lock', async () => {
    await expect(startProcess(drill.data, SETTINGS)).rejects.toThrow(
      /ended with 3: AP_DATA_LOCKED: another executor uses/,
    )
    expect((await drill.server.ask('GET', '/readyz')).status).toBe(200)
    await drill.crash()
    await expect(startProcess(drill.data, SETTINGS)).rejects.toThrow('AP_DATA_LOCKED')
  })

  test('of one cache: each answers as if it were alone, also when the other dies', { timeout: 60_000 }, async () => {
    const other = await mkdtemp(join(tmpdir(), 'ap-wasm-kill-other-'))
    await symlink(join(drill.data, 'cache'), join(other, 'cache'))
    const second = await startProcess(other, SETTINGS)
    try {
      const bytes = await probe(drill.upstream.host, { version: '4.0.0' })
      const answers = await Promise.all([drill.server.deploy(bytes), second.deploy(bytes)])
      expect(answers.map(({ status }) => status)).toEqual([201, 201])
      await second.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(drill.upstream.host))
      const spin = (to: ServerProcess) => to.ask('POST', '/v1/pieces/probe/4.0.0/actions/spin', { props: { n: 10 } })
      for (const to of [drill.server, second])
        expect(await spin(to)).toMatchObject({ status: 200, body: { output: 10 } })
      await drill.crash()
      for (const to of [drill.server, second])
        expect(await spin(to)).toMatchObject({ status: 200, body: { output: 10 } })
    } finally {
      await second.kill('SIGKILL')
      await rm(other, { recursive: true, force: true })
    }
  })
})
