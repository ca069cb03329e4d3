/** A disk that is really full, by a small file system of its own: what cannot be kept is refused by name, and it passes. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { filesBelow, leftovers, MiB, until } from './machine.ts'
import { type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-disk-'))
function mounted(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${16 * MiB}`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
// Only root may mount; elsewhere test/api stands for it with a limit on the size of files.
const isMounted = mounted()
const data = join(folder, 'data')
const SETTINGS = ['--egress-private', '127.0.0.0/8']

// Skipped where a tmpfs cannot be mounted: that takes root.
describe.skipIf(!isMounted)('a full disk', () => {
  let upstream: Upstream
  let server: ServerProcess
  beforeAll(async () => {
    upstream = await startUpstream()
    server = await startProcess(data, SETTINGS)
    expect((await server.deploy(await probe(upstream.host))).status).toBe(201)
    await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
    // Files of the database that a first write would make are there.
    expect(await call('putValue', { n: 10 })).toMatchObject({ status: 200 })
  })
  afterEach(() => fill(Number.POSITIVE_INFINITY))
  afterAll(async () => {
    await server?.kill('SIGKILL')
    await upstream?.close()
  })

  const call = (action: ProbeAction, props: object, key?: string): Promise<Asked> =>
    server.ask(
      'POST',
      `/v1/pieces/probe/latest/actions/${action}`,
      { props },
      key === undefined ? {} : { 'idempotency-key': key },
    )
  const ballast = join(folder, 'ballast')
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  /** Leaves so many bytes free. */
  function fill(left: number): void {
    rmSync(ballast, { force: true })
    const bytes = freeBytes() - left
    if (bytes > 0) writeFileSync(ballast, Buffer.alloc(bytes))
  }

  const storageFull = { code: 'storage_full', message: expect.stringMatching(/no space is left/) }

  test('a file of a piece: a failure that names it, nothing half-written', async () => {
    const before = filesBelow(join(data, 'files'))
    fill(1 * MiB)
    expect(await call('writeFile', { n: 2 * MiB })).toMatchObject({
      status: 200,
      body: { ok: false, failure: storageFull },
    })
    expect(filesBelow(join(data, 'files'))).toEqual(before)
    fill(Number.POSITIVE_INFINITY)
    expect(await call('writeFile', { n: 2 * MiB })).toMatchObject({ status: 200, body: { ok: true } })
  })

  test('a file of a caller: a problem that names it', async () => {
    fill(1 * MiB)
    const file = { filename: 'large.bin', data: Buffer.alloc(2 * MiB).toString('base64') }
    expect(await call('echo', { file })).toMatchObject({
      status: 507,
      body: { code: 'AP_STORAGE_FULL', detail: expect.stringContaining('large.bin'), fault: 'host', retry: true },
    })
    expect(leftovers(data)).toEqual([])
  })

  test('a value of the store: a failure, or a problem where not even that can be written; the value before stays', async () => {
    expect(await call('putValue', { n: 10 })).toMatchObject({ body: { ok: true } })
    fill(128 * 1024)
    const { status, body } = await call('putValue', { n: 500_000 })
    if (status === 200) expect(body.failure).toEqual(storageFull)
    else expect(body).toMatchObject({ code: 'AP_UNRECORDED', status: 507, callId: expect.any(String), retry: false })
    fill(Number.POSITIVE_INFINITY)
    const ended = async (): Promise<Asked> => server.ask('GET', `/v1/calls/${body.callId}`)
    await until(async () => (await ended()).body.state !== 'running')
    const code = body.code ?? body.failure.code
    expect((await ended()).body).toMatchObject({ code, usage: { fuelModel: 1, fuel: expect.any(Number) } })
    expect(await call('readStore', { n: 1 })).toMatchObject({ body: { ok: true } })
    expect(await call('putValue', { n: 500_000 })).toMatchObject({ body: { ok: true } })
  })

  test('an artifact: a problem; no version, no bytes; the same again is taken when there is room', async () => {
    const bytes = await probe(upstream.host, { version: '2.0.0', cases: [{ text: 'y'.repeat(200_000) }] })
    const before = filesBelow(join(data, 'artifacts'))
    fill(64 * 1024)
    expect(await server.deploy(bytes)).toMatchObject({
      status: 507,
      body: { code: 'AP_STORAGE_FULL', detail: expect.stringContaining('artifact sha256:') },
    })
    expect(filesBelow(join(data, 'artifacts'))).toEqual(before)
    expect((await server.ask('GET', '/v1/pieces/probe/2.0.0')).status).toBe(404)
    fill(Number.POSITIVE_INFINITY)
    expect((await server.deploy(bytes)).status).toBe(201)
  })

  describe('the state', () => {
    beforeEach(() => fill(256 * 1024))

    test('calls are refused by name before they run; what was answered is kept; each effect has its row', async () => {
      const heard = upstream.heard.length
      const answers: Asked[] = []
      const isFull = (): boolean => answers.slice(-8).filter(({ status }) => status === 507).length === 8
      while (!isFull() && answers.length < 4_000)
        answers.push(...(await Promise.all(Array.from({ length: 8 }, () => call('post', { path: '/' })))))
      for (const { status, body } of answers) {
        if (status === 200) continue
        // Only one that did nothing yet may simply be made again.
        const ran = upstream.heard.some((one) => one.callId === body.callId)
        const told = ran ? { code: 'AP_UNRECORDED', retry: false } : { code: 'AP_STORAGE_FULL', retry: true }
        expect(body).toMatchObject({ ...told, fault: 'host' })
      }
      expect(isFull()).toBe(true)
      expect((await server.ask('GET', '/healthz')).status).toBe(200)
      expect((await server.ask('GET', '/v1/pieces')).status).toBe(200)

      fill(Number.POSITIVE_INFINITY)
      expect(await call('post', { path: '/' })).toMatchObject({ status: 200 })
      await server.kill('SIGKILL')
      server = await startProcess(data, SETTINGS)
      for (const { status, body } of answers.filter((one) => one.status === 200).slice(-50)) {
        expect(status).toBe(200)
        expect((await server.ask('GET', `/v1/calls/${body.callId}`)).body).toMatchObject({
          state: 'ok',
          usage: body.usage,
        })
      }
      for (const { callId } of upstream.heard.slice(heard).slice(-100)) {
        const { body } = await server.ask('GET', `/v1/calls/${callId}`)
        expect(['ok', 'AP_UNRECORDED', 'AP_INTERRUPTED']).toContain(body.code ?? body.state)
      }
    })

    test('a log: the call is told so, and the row of its end is written when there is room', async () => {
      const answers: Asked[] = []
      while (answers.at(-1)?.status !== 507 && answers.length < 200)
        answers.push(await call('logLines', { n: 560 }, `log-${answers.length}`))
      expect(answers.at(-1)).toMatchObject({ status: 507, body: { code: 'AP_STORAGE_FULL' } })
      fill(Number.POSITIVE_INFINITY)
      const key = `log-${answers.length - 1}`
      // Whether it had begun is not known to its caller: the key never runs it twice at once.
      let again = await call('logLines', { n: 560 }, key)
      while (again.status === 409) again = await call('logLines', { n: 560 }, key)
      expect(again).toMatchObject({ status: 200, body: { output: 560 } })
      const rows = (await server.ask('GET', '/v1/calls?limit=500')).body.calls
      expect(rows.filter((row: { state: string }) => row.state === 'running')).toEqual([])
    })
  })

  test('a start without room says so; with room it is clean', async () => {
    await server.kill('SIGKILL')
    fill(0)
    await expect(startProcess(data, SETTINGS)).rejects.toThrow(/ended with 3: AP_STORAGE_FULL/)
    fill(Number.POSITIVE_INFINITY)
    server = await startProcess(data, SETTINGS)
    expect(await call('post', { path: '/' })).toMatchObject({ status: 200 })
    expect(leftovers(data)).toEqual([])
  })
})

afterAll(() => {
  if (isMounted) execFileSync('umount', ['--lazy', folder])
  rmSync(folder, { recursive: true, force: true })
})
