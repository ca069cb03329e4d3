/**
 * A disk that turns read-only under a running executor, as a real one does: a file system of its own meets an error and takes
 * nothing more, open files included. What cannot be kept is refused by name before it runs; what was answered stays.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { filesBelow, leftovers, MiB } from './machine.ts'
import { type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-read-only-'))
const image = join(folder, 'image')
const disk = join(folder, 'disk')
const data = join(disk, 'data')
const SETTINGS = ['--egress-private', '127.0.0.0/8']
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

/** Where an error of the file system is triggered. */
const trigger = (): string => `/sys/fs/ext4/${basename(run('findmnt', '-no', 'SOURCE', disk))}/trigger_fs_error`
const mount = () => run('mount', '-o', 'loop,errors=remount-ro', image, disk)

function mounted(): boolean {
  try {
    writeFileSync(image, Buffer.alloc(48 * MiB))
    mkdirSync(disk)
    run('mkfs.ext4', '-q', image)
    mount()
    return existsSync(trigger())
  } catch {
    return false
  }
}
// Only root may mount, and not every kernel has loop devices.
const isMounted = mounted()

const readOnly = { code: 'AP_STORAGE_READ_ONLY', fault: 'host', retry: true }

describe.skipIf(!isMounted)('a disk that turns read-only', () => {
  let upstream: Upstream
  let server: ServerProcess
  const call = (action: ProbeAction, props: object = {}): Promise<Asked> =>
    server.ask('POST', `/v1/pieces/probe/latest/actions/${action}`, { props })
  const answered: Asked[] = []

  beforeAll(async () => {
    upstream = await startUpstream()
    server = await startProcess(data, SETTINGS)
    expect((await server.deploy(await probe(upstream.host))).status).toBe(201)
    await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
    for (let i = 0; i < 20; i++) answered.push(await call('post', { path: '/' }))
    // Such an end is a power cut to what lies in memory: it may take the rows of the last second (docs/operating.md).
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(await call('post', { path: '/' })).toMatchObject({ status: 200 })
  })
  afterAll(async () => {
    await server?.kill('SIGKILL')
    await upstream?.close()
  })

  test('where files are alone: a failure and a problem that name it; other calls go on, and all of them after it', async () => {
    const files = join(data, 'files')
    const before = filesBelow(files)
    run('mount', '--bind', files, files)
    try {
      run('mount', '-o', 'remount,ro,bind', files)
      expect(await call('writeFile', { n: 100 })).toMatchObject({
        status: 200,
        body: { ok: false, failure: { code: 'storage_read_only', message: expect.stringContaining('"f.txt"') } },
      })
      const file = { filename: 'mine.bin', data: Buffer.alloc(100).toString('base64') }
      expect(await call('echo', { file })).toMatchObject({
        status: 507,
        body: { ...readOnly, detail: expect.stringContaining('mine.bin') },
      })
      expect(filesBelow(files)).toEqual(before)
      expect(await call('post', { path: '/' })).toMatchObject({ status: 200, body: { ok: true } })
      run('mount', '-o', 'remount,rw,bind', files)
      expect(await call('writeFile', { n: 100 })).toMatchObject({ status: 200, body: { ok: true } })
    } finally {
      run('umount', '--lazy', files)
    }
  })

  describe('all of it', () => {
    beforeAll(() => writeFileSync(trigger(), '1'))

    test('calls are refused before they run: nobody hears of them', async () => {
      const heard = upstream.heard.length
      const refused = await Promise.all(Array.from({ length: 20 }, () => call('post', { path: '/' })))
      for (const { status, body } of refused) {
        // One whose row still fitted into what was open ran; it is told not to be made again.
        const ran = upstream.heard.some((one) => one.callId === body.callId)
        expect({ status, ...body }).toMatchObject(
          ran ? { code: 'AP_UNRECORDED', retry: false } : { status: 507, ...readOnly },
        )
      }
      expect(upstream.heard.length - heard).toBe(refused.filter(({ body }) => body.code === 'AP_UNRECORDED').length)
    })

    test('an upload is refused', async () => {
      const bytes = await probe(upstream.host, { version: '2.0.0' })
      expect(await server.deploy(bytes)).toMatchObject({ status: 507, body: readOnly })
    })

    test('what is only read is answered', async () => {
      expect((await server.ask('GET', '/healthz')).status).toBe(200)
      expect((await server.ask('GET', '/v1/pieces')).body.pieces).toHaveLength(1)
      expect((await server.ask('GET', `/v1/calls/${answered[0]!.body.callId}`)).body).toMatchObject({ state: 'ok' })
    })

    test('a start says so', async () => {
      await server.kill('SIGKILL')
      await expect(startProcess(data, SETTINGS)).rejects.toThrow(/ended with 3: AP_STORAGE_READ_ONLY/)
    })

    test('mounted again, each answer has its row, no effect came twice, and calls run', async () => {
      run('umount', disk)
      mount()
      server = await startProcess(data, SETTINGS)
      for (const { status, body } of answered) {
        expect(status).toBe(200)
        expect((await server.ask('GET', `/v1/calls/${body.callId}`)).body).toMatchObject({
          state: 'ok',
          usage: body.usage,
        })
      }
      const ids = upstream.heard.map(({ callId }) => callId)
      expect(new Set(ids).size).toBe(ids.length)
      expect(await call('post', { path: '/' })).toMatchObject({ status: 200, body: { ok: true } })
      expect(await call('writeFile', { n: 100 })).toMatchObject({ status: 200, body: { ok: true } })
      expect(leftovers(data)).toEqual([])
    })
  })
})

afterAll(() => {
  if (isMounted) run('umount', '--lazy', disk)
  rmSync(folder, { recursive: true, force: true })
})
