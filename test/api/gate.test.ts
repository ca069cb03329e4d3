/** Who may: this machine while there is no key, and then whoever holds one, for its tenant and roles alone. */
import { createKeys, PieceError, type Role, State, serve } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COUNTS, WITH_STORE } from './pieces.ts'
import { raw } from './raw.ts'
import { artifact, type Running, startServer } from './server.ts'

describe('with keys', () => {
  let server: Running
  const keys: Record<string, string> = {}
  const bearer = (name: string): Record<string, string> => ({ authorization: `Bearer ${keys[name]}` })
  beforeAll(async () => {
    server = await startServer({ allowOrigins: ['https://app.example.com'] })
    const add = async (name: string, tenant: string, ...roles: Role[]) => {
      keys[name] = (await server.executor.keys.add(tenant, roles)).key
    }
    await add('one', 'one', 'call', 'deploy', 'grant', 'read')
    await add('two', 'two', 'call', 'deploy', 'grant', 'read')
    for (const role of ['call', 'deploy', 'grant', 'read'] as const) await add(role, 'one', role)
    await server.deploy(await artifact({ name: 'counts', capabilities: WITH_STORE }, COUNTS), bearer('one'))
    await server.ask('PUT', '/v1/pieces/counts/grants', WITH_STORE, bearer('one'))
  })
  afterAll(() => server?.close())

  const ROUTES = [
    { role: 'deploy', method: 'POST', path: '/v1/pieces' },
    { role: 'deploy', method: 'POST', path: '/v1/pieces/counts/1.0.0/enable' },
    { role: 'read', method: 'GET', path: '/v1/pieces' },
    { role: 'read', method: 'GET', path: '/v1/pieces/counts' },
    { role: 'read', method: 'GET', path: '/v1/pieces/counts/1.0.0' },
    { role: 'read', method: 'GET', path: '/v1/pieces/counts/1.0.0/artifact' },
    { role: 'read', method: 'GET', path: '/v1/pieces/counts/grants' },
    { role: 'grant', method: 'PUT', path: '/v1/pieces/counts/grants' },
    { role: 'call', method: 'POST', path: '/v1/pieces/counts/latest/actions/echo' },
    { role: 'call', method: 'POST', path: '/v1/pieces/counts/latest/resolve' },
    { role: 'read', method: 'GET', path: '/v1/calls' },
    { role: 'read', method: 'GET', path: '/v1/usage' },
    { role: 'call', method: 'POST', path: '/v1/calls/call_00000000000000000000000000/replay' },
  ]
  test.each(ROUTES)('$method $path needs the role $role', async ({ role, method, path }) => {
    expect(await server.ask(method, path)).toMatchObject({ status: 401, body: { code: 'AP_UNAUTHORIZED' } })
    for (const other of ['call', 'deploy', 'grant', 'read']) {
      const { status } = await server.ask(method, path, undefined, bearer(other))
      if (other === role) expect([401, 403]).not.toContain(status)
      else expect(status).toBe(403)
    }
  })

  test.each([
    { name: 'none', headers: {} },
    { name: 'another scheme', headers: { authorization: 'Basic YTpi' } },
    { name: 'nonsense', headers: { authorization: 'Bearer x' } },
    { name: 'a key of that form', headers: { authorization: `Bearer apw_0123456789ab_${'0'.repeat(64)}` } },
  ])('a key that is none is refused: $name', async ({ headers }) => {
    const got = await server.ask('GET', '/v1/calls', undefined, headers as Record<string, string>)
    expect(got).toMatchObject({ status: 401, body: { code: 'AP_UNAUTHORIZED' } })
    expect(got.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('the secret part of a key counts', async () => {
    const changed = `${keys.one?.slice(0, -1)}${keys.one?.endsWith('0') ? '1' : '0'}`
    expect((await server.ask('GET', '/v1/calls', undefined, { authorization: `Bearer ${changed}` })).status).toBe(401)
  })

  test('a revoked key opens nothing from that moment on', async () => {
    const { id, key } = await server.executor.keys.add('one', ['read'])
    const headers = { authorization: `Bearer ${key}` }
    expect((await server.ask('GET', '/v1/calls', undefined, headers)).status).toBe(200)
    expect(await server.executor.keys.revoke(id)).toBe(true)
    expect(await server.executor.keys.revoke(id)).toBe(false)
    expect((await server.ask('GET', '/v1/calls', undefined, headers)).status).toBe(401)
  })

  test('where the last key is revoked, the server stays closed until another is added', async () => {
    const lone = await startServer()
    try {
      expect((await lone.ask('GET', '/v1/calls')).status).toBe(200)
      const { id } = await lone.executor.keys.add('one', ['read'])
      expect(await lone.executor.keys.revoke(id)).toBe(true)
      for (const [method, path, body] of [
        ['GET', '/v1/calls'],
        ['POST', '/v1/pieces/any/latest/actions/echo', {}],
      ] as const)
        expect(await lone.ask(method, path, body)).toMatchObject({ status: 401, body: { code: 'AP_UNAUTHORIZED' } })
      const { key } = await lone.executor.keys.add('one', ['read'])
      const headers = { authorization: `Bearer ${key}` }
      expect((await lone.ask('GET', '/v1/calls', undefined, headers)).status).toBe(200)
    } finally {
      await lone.close()
    }
  })

  test('tenants never see each other', async () => {
    const one = bearer('one')
    const two = bearer('two')
    const run = (who: Record<string, string>, key?: string) =>
      server.ask('POST', '/v1/pieces/counts/latest/actions/echo', {}, key ? { ...who, 'idempotency-key': key } : who)
    expect(await run(two)).toMatchObject({ status: 404, body: { code: 'AP_PIECE_NOT_FOUND' } })
    expect((await server.ask('GET', '/v1/pieces/counts/1.0.0/artifact', undefined, two)).status).toBe(404)

    await server.deploy(await artifact({ name: 'counts', capabilities: WITH_STORE }, COUNTS), two)
    expect(await run(two), 'consent is not inherited').toMatchObject({
      status: 403,
      body: { code: 'AP_GRANTS_MISSING' },
    })
    await server.ask('PUT', '/v1/pieces/counts/grants', WITH_STORE, two)

    const counts = [await run(one, 'k'), await run(one), await run(two, 'k'), await run(two)]
    const [first] = counts
    const begun = first?.body.output
    expect(counts.map(({ body }) => body.output)).toEqual([begun, begun + 1, 1, 2])
    expect(await server.ask('GET', `/v1/calls/${first?.body.callId}`, undefined, two)).toMatchObject({
      status: 404,
      body: { code: 'AP_CALL_NOT_FOUND' },
    })
    expect((await server.ask('POST', `/v1/calls/${first?.body.callId}/replay`, undefined, two)).status).toBe(404)
    const calls = (await server.ask('GET', '/v1/calls', undefined, two)).body.calls.map(
      (one_: { callId: string }) => one_.callId,
    )
    expect(calls).not.toContain(first?.body.callId)
    const used = (await server.ask('GET', '/v1/usage?by=piece', undefined, two)).body.usage
    expect(used).toMatchObject([{ piece: 'counts', calls: 2 }])
  })

  test('pages of named origins may call, with a key; others are told nothing', async () => {
    const app = { origin: 'https://app.example.com' }
    const preflight = await raw(`${server.url}/v1/calls`, 'OPTIONS', { ...app, 'access-control-request-method': 'GET' })
    expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': app.origin } })
    const called = await server.ask('GET', '/v1/calls', undefined, { ...bearer('read'), ...app })
    expect(called.headers.get('access-control-allow-origin')).toBe(app.origin)
    const evil = await raw(`${server.url}/v1/calls`, 'OPTIONS', {
      origin: 'https://evil.example.com',
      'access-control-request-method': 'GET',
    })
    expect(evil.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('listening', () => {
  test('on a public address without a key: refused', async () => {
    await expect(startServer({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'AP_SETTING_INVALID',
      message: expect.stringContaining('ap-wasm key add'),
    })
  })

  test('on a public address with a key, which may be added beside a running executor', async () => {
    const server = await startServer()
    try {
      const beside = State.beside(server.data)
      const { key } = await createKeys(beside).add('default', ['read'])
      beside.close()
      expect((await server.ask('GET', '/v1/calls')).status).toBe(401)
      expect((await server.ask('GET', '/v1/calls', undefined, { authorization: `Bearer ${key}` })).status).toBe(200)
    } finally {
      await server.close()
    }
  })

  test('one data folder, one executor', async () => {
    const server = await startServer()
    try {
      const second = serve({ data: server.data, port: 0, logLevel: 'silent' })
      await expect(second).rejects.toSatisfy((error) => error instanceof PieceError && error.code === 'AP_DATA_LOCKED')
    } finally {
      await server.close()
    }
  })
})
