/** One key, one call, one answer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FAILS, LOOPS, TRAPS } from '../cells/fixtures.ts'
import { COUNTS, ECHO, WITH_STORE } from './pieces.ts'
import { artifact, type Running, startServer } from './server.ts'

let server: Running
let keys = 0
beforeAll(async () => {
  server = await startServer({ concurrentPerPiece: 64 })
  await server.deploy(await artifact({ name: 'counts', capabilities: WITH_STORE }, COUNTS))
  await server.ask('PUT', '/v1/pieces/counts/grants', WITH_STORE)
  await server.deploy(await artifact({ name: 'fails' }, FAILS))
  await server.deploy(await artifact({ name: 'traps' }, TRAPS))
  await server.deploy(await artifact({ name: 'loops' }, LOOPS.action))
  await server.deploy(await artifact({ name: 'echo' }, ECHO))
})
afterAll(() => server?.close())

const newKey = (): string => `key-${++keys}`
const call = (piece: string, key: string, body: unknown = {}, path = 'actions/echo') =>
  server.ask('POST', `/v1/pieces/${piece}/latest/${path}`, body, { 'idempotency-key': key })
const counted = async (): Promise<number> =>
  (await server.ask('POST', '/v1/pieces/counts/latest/actions/echo', {})).body.output

test('the same key again is the same answer, and nothing runs twice', async () => {
  const key = newKey()
  const before = await counted()
  const first = await call('counts', key)
  const again = await call('counts', key)
  expect(again.body).toEqual(first.body)
  expect(await counted()).toBe(before + 2)
})

test('a failure of the piece and a trap are answers, too', async () => {
  for (const piece of ['fails', 'traps']) {
    const key = newKey()
    const first = await call(piece, key)
    const again = await call(piece, key)
    expect(again.status).toBe(first.status)
    expect(again.body).toEqual(first.body)
  }
})

test.each([
  { name: 'other properties', piece: 'echo', body: { props: { count: 9 } }, path: 'actions/echo' },
  { name: 'another action', piece: 'echo', body: {}, path: 'actions/private' },
  { name: 'another piece', piece: 'fails', body: {}, path: 'actions/echo' },
  { name: 'other limits', piece: 'echo', body: { limits: { fuel: 1_000_000 } }, path: 'actions/echo' },
  { name: 'a hook', piece: 'echo', body: {}, path: 'triggers/polled/on-disable' },
])('the key of another call is refused: $name', async ({ piece, body, path }) => {
  const key = newKey()
  expect((await call('echo', key)).status).toBe(200)
  expect(await call(piece, key, body, path)).toMatchObject({ status: 422, body: { code: 'AP_IDEMPOTENCY_MISMATCH' } })
})

test('while the call runs the key is told so, with a moment to ask again', async () => {
  const key = newKey()
  const running = call('loops', key, { limits: { cpuMs: 1_000 } })
  const row = async () => (await server.ask('GET', '/v1/calls?piece=loops&limit=1')).body.calls[0]
  while ((await row())?.state !== 'running');
  const refused = await call('loops', key, { limits: { cpuMs: 1_000 } })
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'AP_IDEMPOTENCY_RUNNING', retry: true, retryAfterMs: expect.any(Number) },
  })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.body.callId).toBe((await row()).callId)
  const first = await running
  expect(first).toMatchObject({ status: 504, body: { code: 'AP_CPU_EXCEEDED' } })
  expect((await call('loops', key, { limits: { cpuMs: 1_000 } })).body).toEqual(first.body)
})

test('of many that come at once, one runs', async () => {
  const key = newKey()
  const before = await counted()
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('counts', key)))
  const ids = new Set(answers.map(({ body }) => body.callId))
  expect(ids.size).toBe(1)
  for (const { status, body } of answers) {
    if (status === 200) expect(body.output).toBe(before + 1)
    else expect(body.code).toBe('AP_IDEMPOTENCY_RUNNING')
  }
  expect(await counted()).toBe(before + 2)
})

test('what was refused before it ran leaves the key free', async () => {
  const key = newKey()
  expect(await call('echo', key, { props: { count: 'many' } })).toMatchObject({
    status: 422,
    body: { code: 'AP_INVALID_PROPS' },
  })
  expect(await call('echo', key, { props: { count: 1 } })).toMatchObject({ status: 200 })
})

test('a caller who went away before anything happened may come again', async () => {
  const key = newKey()
  const gone = new AbortController()
  const init = {
    method: 'POST',
    signal: gone.signal,
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: '{}',
  }
  const first = server.fetch('/v1/pieces/loops/latest/actions/echo', init)
  first.catch(() => undefined)
  const newest = async () => (await server.ask('GET', '/v1/calls?piece=loops&limit=1')).body.calls[0]
  while ((await newest())?.state !== 'running');
  const { callId } = await newest()
  gone.abort()
  while ((await server.ask('GET', `/v1/calls/${callId}`)).body.state === 'running');
  const second = await call('loops', key, { limits: { fuel: 1_000_000 } })
  expect(second).toMatchObject({ status: 504, body: { code: 'AP_FUEL_EXCEEDED' } })
})

test.each([{ name: 'too long', key: 'k'.repeat(256) }])('a key that is none is refused: $name', async ({ key }) => {
  expect(await call('echo', key)).toMatchObject({ status: 400, body: { code: 'AP_BAD_REQUEST' } })
})
