/** What a sudden end leaves behind: every answered call has its row, every other is AP_INTERRUPTED, nothing runs twice. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LOOPS } from '../cells/fixtures.ts'
import { COUNTS, WITH_STORE } from './pieces.ts'
import { type ServerProcess, startProcess } from './process.ts'
import { artifact } from './server.ts'

let data: string
let running: ServerProcess[]
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'ap-wasm-restart-'))
  running = []
})
afterEach(async () => {
  for (const one of running) if (one.child.exitCode === null && one.child.signalCode === null) await one.kill('SIGKILL')
  await rm(data, { recursive: true, force: true })
})

async function start(
  ...args: Parameters<typeof startProcess> extends [string, ...infer R] ? R : never
): Promise<ServerProcess> {
  const server = await startProcess(data, ...args)
  running.push(server)
  return server
}

async function deployAll(server: ServerProcess): Promise<void> {
  await server.deploy(await artifact({ name: 'counts', capabilities: WITH_STORE }, COUNTS))
  await server.ask('PUT', '/v1/pieces/counts/grants', WITH_STORE)
  await server.deploy(await artifact({ name: 'loops' }, LOOPS.action))
}
const count = (server: ServerProcess, headers?: Record<string, string>) =>
  server.ask('POST', '/v1/pieces/counts/latest/actions/echo', {}, headers)

test('kill -9 during calls: rows, keys, state and pieces are as they were promised', async () => {
  const first = await start()
  await deployAll(first)
  const answered = [await count(first), await count(first), await count(first)]
  const kept = await count(first, { 'idempotency-key': 'answered' })
  const key = { 'idempotency-key': 'unanswered' }
  const lost = [
    first.ask('POST', '/v1/pieces/loops/latest/actions/echo', {}, key),
    first.ask('POST', '/v1/pieces/loops/latest/actions/echo', {}),
  ]
  for (const one of lost) one.catch(() => undefined)
  const rows = async (server: ServerProcess) => (await server.ask('GET', '/v1/calls?piece=loops')).body.calls
  while ((await rows(first)).length < 2);
  await first.kill('SIGKILL')
  await expect(Promise.allSettled(lost)).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])

  const second = await start()
  for (const { body } of [...answered, kept])
    expect((await second.ask('GET', `/v1/calls/${body.callId}`)).body).toMatchObject({ state: 'ok', usage: body.usage })
  const interrupted = await rows(second)
  expect(interrupted).toMatchObject([
    { state: 'error', code: 'AP_INTERRUPTED' },
    { state: 'error', code: 'AP_INTERRUPTED' },
  ])

  expect((await count(second, { 'idempotency-key': 'answered' })).body).toEqual(kept.body)
  const again = await second.ask('POST', '/v1/pieces/loops/latest/actions/echo', {}, key)
  expect(again).toMatchObject({ status: 502, body: { code: 'AP_INTERRUPTED', fault: 'host' } })
  expect(interrupted.map((row: { callId: string }) => row.callId)).toContain(again.body.callId)
  expect((await rows(second)).length).toBe(2)
  expect((await count(second)).body.output).toBe(5)
  const { usage } = (await second.ask('GET', '/v1/usage?by=piece')).body
  expect(usage).toContainEqual(expect.objectContaining({ piece: 'loops', calls: 2, errors: 2, free: 2, fuel: 0 }))
})

test('a signal lets calls finish, and refuses new ones meanwhile', async () => {
  const server = await start()
  await deployAll(server)
  const long = server.ask('POST', '/v1/pieces/loops/latest/actions/echo', { limits: { cpuMs: 1_500 } })
  while ((await server.ask('GET', '/v1/calls?piece=loops')).body.calls.length === 0);
  const gone = server.kill('SIGTERM')
  let ready = await server.ask('GET', '/readyz')
  while (ready.status === 200) ready = await server.ask('GET', '/readyz')
  expect(ready).toMatchObject({ status: 503, body: { ready: false, reason: 'draining' } })
  expect(await count(server)).toMatchObject({ status: 503, body: { code: 'AP_DRAINING', retry: true } })
  expect(await long).toMatchObject({ status: 504, body: { code: 'AP_CPU_EXCEEDED' } })
  expect(await gone).toBe(0)
})

test('a shutdown does not wait for ever', async () => {
  const server = await start(['--drain-ms', '200'])
  await deployAll(server)
  const long = server.ask('POST', '/v1/pieces/loops/latest/actions/echo', {})
  while ((await server.ask('GET', '/v1/calls?piece=loops')).body.calls.length === 0);
  const gone = server.kill('SIGTERM')
  expect(await long).toMatchObject({ status: 502, body: { code: 'AP_INTERRUPTED' } })
  expect(await gone).toBe(0)
})

test.each([
  { name: 'an unknown flag', args: ['--colour', 'red'], says: 'AP_SETTING_INVALID' },
  { name: 'a port that is none', args: ['--port', 'seven'], says: 'AP_SETTING_INVALID' },
  { name: 'a limit above its ceiling', args: ['--wall-ms', '1h'], says: '600000' },
  { name: 'a public address without a key', args: ['--host', '0.0.0.0'], says: 'ap-wasm key add' },
  { name: 'a layer that is missing', args: ['--require-layers', 'moat'], says: 'moat' },
])('it does not start with $name, and says why', async ({ args, says }) => {
  await expect(startProcess(data, args)).rejects.toThrow(says)
})

// A limit of the kernel on the size of files stands for a disk that is full.
const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find(existsSync)
// Skipped without prlimit (util-linux, on every Debian).
test.skipIf(!prlimit)('a full disk is said by its name, harms no row that was promised, and passes', async () => {
  const roomy = await start()
  await deployAll(roomy)
  const before = (await count(roomy)).body
  await roomy.kill('SIGKILL')

  const full = await start([], [prlimit!, `--fsize=${400 * 1024}`, '--'])
  const big = await artifact({ name: 'big', readme: 'x'.repeat(60_000), cases: [{ text: 'y'.repeat(250_000) }] })
  const outcomes = new Set<string>()
  for (let i = 0; i < 400 && !outcomes.has('AP_STORAGE_FULL'); i++) {
    const { status, body } = await count(full)
    outcomes.add(status === 200 ? 'ok' : body.code)
  }
  expect([...outcomes].sort()).toEqual(['AP_STORAGE_FULL', 'ok'])
  expect(await full.deploy(big)).toMatchObject({
    status: 507,
    body: { code: 'AP_STORAGE_FULL', fault: 'host', retry: true },
  })
  expect((await full.ask('GET', '/v1/pieces/big')).status).toBe(404)
  expect((await full.ask('GET', '/healthz')).status).toBe(200)
  await full.kill('SIGKILL')

  const again = await start()
  expect((await again.ask('GET', `/v1/calls/${before.callId}`)).body.state).toBe('ok')
  expect(await count(again)).toMatchObject({ status: 200 })
  expect((await again.deploy(big)).status).toBe(201)
})
