/** Many at once: every call its own answer, bounds that hold, and a server whose memory stays where it was. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOOPS } from '../cells/fixtures.ts'
import { ECHO } from './pieces.ts'
import { artifact, type Running, startServer } from './server.ts'

const MiB = 1024 * 1024
let server: Running
beforeAll(async () => {
  server = await startServer({ concurrentPerPiece: 8, queued: 4, requestBytes: 64 * MiB, cells: 2 })
  await server.deploy(await artifact({ name: 'echo' }, ECHO))
  await server.deploy(await artifact({ name: 'wide' }, ECHO))
  await server.deploy(await artifact({ name: 'loops' }, LOOPS.action))
})
afterAll(() => server?.close())

test('64 calls at once of a server that allows them', async () => {
  const roomy = await startServer({ cells: 2 })
  try {
    await roomy.deploy(await artifact({ name: 'echo' }, ECHO))
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        roomy.ask('POST', '/v1/pieces/echo/latest/actions/echo', { props: { count: i } }),
      ),
    )
    expect(answers.map(({ body }) => body.output?.props.count)).toEqual(Array.from({ length: 64 }, (_, i) => i))
    expect(new Set(answers.map(({ body }) => body.callId)).size).toBe(64)
    expect((await roomy.ask('GET', '/v1/usage?by=')).body.usage).toMatchObject([{ calls: 64, errors: 0 }])
  } finally {
    await roomy.close()
  }
})

test('what is more than may wait is told so at once, by its name; a neighbour is answered meanwhile', async () => {
  const gone = new AbortController()
  const init = { method: 'POST', signal: gone.signal, headers: { 'content-type': 'application/json' }, body: '{}' }
  const calls = Array.from({ length: 20 }, () => server.fetch('/v1/pieces/loops/latest/actions/echo', init))
  const outcomes = calls.map(async (call) => (await call).status)
  for (const one of outcomes) one.catch(() => undefined)
  expect(await Promise.any(outcomes)).toBe(503)
  const refused = await server.ask('POST', '/v1/pieces/loops/latest/actions/echo', {})
  expect(refused).toMatchObject({ status: 503, body: { code: 'AP_SATURATED', fault: 'host', retry: true } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await server.ask('POST', '/v1/pieces/wide/latest/actions/echo', {})).toMatchObject({ status: 200 })
  gone.abort()
  await Promise.allSettled(outcomes)
})

test('bodies are bounded together, whatever each of them may hold', async () => {
  const slow = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(1_024))
      },
    })
  const gone = new AbortController()
  const upload = () =>
    server.fetch('/v1/pieces', {
      method: 'POST',
      signal: gone.signal,
      headers: { 'content-type': 'application/wasm' },
      body: slow(),
      duplex: 'half',
    } as RequestInit)
  const first = upload()
  first.catch(() => undefined)
  // A body that does not say its length may become as large as its route allows: 50 MiB of the 64 are taken.
  let second = await server.deploy(new Uint8Array(40 * MiB))
  while (second.status !== 503) second = await server.deploy(new Uint8Array(40 * MiB))
  expect(second.body).toMatchObject({ code: 'AP_SATURATED', retry: true })
  gone.abort()
  await expect(first).rejects.toThrow()
  let third = await server.deploy(new Uint8Array(1 * MiB))
  while (third.status === 503) third = await server.deploy(new Uint8Array(1 * MiB))
  expect(third).toMatchObject({ status: 422 })
})

test('requests without a body hold nothing', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => server.ask('GET', '/v1/calls?limit=1')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
})

test('uploads that are refused leave nothing in memory', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const before = held()
  for (let i = 0; i < 10; i++) await server.deploy(new Uint8Array(20 * MiB))
  // Not exact: what a socket still holds goes a little later; ten bodies together would be 200 MiB.
  await expect.poll(() => held() - before, { timeout: 10_000 }).toBeLessThan(50 * MiB)
})
