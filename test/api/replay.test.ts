/** A recorded call runs again as it ran, and nothing of it leaves the machine. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DRAWS, FAILS, TRAPS } from '../cells/fixtures.ts'
import { COUNTS, ECHO, ECHO_MSGPACK, WITH_STORE } from './pieces.ts'
import { artifact, type Running, startServer } from './server.ts'

let server: Running
beforeAll(async () => {
  server = await startServer({ record: 'all' })
  await server.deploy(await artifact({ name: 'counts', capabilities: WITH_STORE }, COUNTS))
  await server.ask('PUT', '/v1/pieces/counts/grants', WITH_STORE)
  await server.deploy(await artifact({ name: 'echo' }, ECHO))
  await server.deploy(await artifact({ name: 'packed' }, ECHO_MSGPACK))
  await server.deploy(await artifact({ name: 'traps' }, TRAPS))
  await server.deploy(await artifact({ name: 'fails' }, FAILS))
})
afterAll(() => server?.close())

const call = (piece: string, body: unknown = {}, action = 'echo') =>
  server.ask('POST', `/v1/pieces/${piece}/latest/actions/${action}`, body)
const replay = (callId: string) => server.ask('POST', `/v1/calls/${callId}/replay`)

test('the same answer, the same fuel, another call; the store is not touched', async () => {
  const first = await call('counts')
  const again = await replay(first.body.callId)
  expect(again).toMatchObject({ status: 200, body: { ok: true, output: first.body.output } })
  expect(again.body.usage.fuel).toBe(first.body.usage.fuel)
  expect(again.body.callId).not.toBe(first.body.callId)
  expect((await replay(first.body.callId)).body.output).toBe(first.body.output)
  expect((await call('counts')).body.output).toBe(first.body.output + 1)
  const row = (await server.ask('GET', `/v1/calls/${again.body.callId}`)).body
  expect(row).toMatchObject({ replayOf: first.body.callId, recorded: false })
})

test('the record is shown with the call: what was asked, what was answered', async () => {
  const { body } = await call('counts')
  const { record } = (await server.ask('GET', `/v1/calls/${body.callId}`)).body
  expect(record).toMatchObject({
    format: 1,
    digest: expect.stringMatching(/^sha256:/),
    call: { piece: 'counts', kind: 'action', name: 'echo' },
    input: { props: {} },
    effects: [
      { seq: 0, kind: 'store.get', request: { scope: 'project', key: 'count' }, response: { found: true } },
      { seq: 1, kind: 'store.put', request: { scope: 'project', key: 'count' }, response: {} },
    ],
  })
})

test('time and random are those of then', async () => {
  await server.deploy(
    await artifact(
      { name: 'draws' },
      {
        ...DRAWS,
        action: `${DRAWS.action?.replace(/\(return.*/s, '')} (i32.store8 (i32.const 41000) (i32.add (i32.const 48) (i32.rem_u (i32.load8_u (i32.const 41000)) (i32.const 10)))) (return (call $ok (i32.const 41000) (i32.const 1)))`,
      },
    ),
  )
  const outputs = new Set<number>()
  for (let i = 0; i < 8; i++) {
    const { body } = await call('draws')
    outputs.add(body.output)
    expect((await replay(body.callId)).body.output).toBe(body.output)
  }
  expect(outputs.size).toBeGreaterThan(1)
})

test('secrets are kept by their names alone', async () => {
  const auth = { type: 'SECRET_TEXT', secret_text: 'hunter2-hunter2' }
  const { body } = await call('echo', { auth, run: { resumePayload: 'Bearer hunter2-hunter2' } }, 'private')
  expect(body.output.auth).toEqual(auth)
  const kept = await server.ask('GET', `/v1/calls/${body.callId}`)
  expect(JSON.stringify(kept.body)).not.toContain('hunter2')
  expect(kept.body.record.input).toMatchObject({
    auth: { type: 'SECRET_TEXT', secret_text: 'redacted-auth-secret-text' },
    run: { resumePayload: 'Bearer redacted-auth-secret-text' },
  })
  expect((await replay(body.callId)).body.output.auth.secret_text).toBe('redacted-auth-secret-text')
})

test('failures, traps and MessagePack replay as well', async () => {
  for (const piece of ['fails', 'traps', 'packed']) {
    const first = await call(piece, piece === 'packed' ? { props: { any: [1, 'x'] } } : {})
    const again = await replay(first.body.callId)
    expect(again.status).toBe(first.status)
    for (const key of ['ok', 'output', 'failure', 'code']) expect(again.body[key]).toEqual(first.body[key])
  }
})

test('with `errors` a call that went well leaves no record', async () => {
  const picky = await startServer({ record: 'errors' })
  try {
    for (const [name, fixture] of [
      ['echo', ECHO],
      ['traps', TRAPS],
    ] as const)
      await picky.deploy(await artifact({ name }, fixture))
    const recorded = async (piece: string) => {
      const { body } = await picky.ask('POST', `/v1/pieces/${piece}/latest/actions/echo`, {})
      return (await picky.ask('GET', `/v1/calls/${body.callId}`)).body.recorded
    }
    expect([await recorded('echo'), await recorded('traps')]).toEqual([false, true])
  } finally {
    await picky.close()
  }
})
