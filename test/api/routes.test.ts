/** Every route as its callers meet it: what it answers, and what it refuses. */
import { decodeMsgpack, encodeMsgpack, type Manifest } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAILS, LOOPS, TRAPS } from '../cells/fixtures.ts'
import { ANSWERS, COUNTS, ECHO, ECHO_MSGPACK, WITH_STORE } from './pieces.ts'
import { artifact, asked, type Running, startServer } from './server.ts'

let server: Running
beforeAll(async () => {
  server = await startServer({ cpuMs: 2_000, fuel: 1e8, inputBytes: 64 * 1024, componentBytes: 4 * 1024 * 1024 })
  const deployed = await Promise.all(
    [
      artifact({ name: 'echo', version: '1.0.0' }, ECHO),
      artifact({ name: 'echo', version: '1.2.0' }, ECHO),
      artifact({ name: '@acme/scoped' }, ECHO),
      artifact({ name: 'packed' }, ECHO_MSGPACK),
      artifact({ name: 'fails' }, FAILS),
      artifact({ name: 'traps' }, TRAPS),
      artifact({ name: 'loops' }, LOOPS.action),
      artifact({ name: 'babbles' }, ANSWERS('no json')),
      artifact({ name: 'many' }, ANSWERS('[1,2,3,4,5,6]', 'trigger')),
      artifact({ name: 'options' }, ANSWERS('{"options":[{"label":"A","value":1}]}', 'resolve')),
    ].map(async (one) => server.deploy(await one)),
  )
  expect(deployed.map((one) => one.status)).toEqual(deployed.map(() => 201))
})
afterAll(() => server?.close())

interface Case {
  name: string
  method?: string
  path: string
  body?: unknown
  headers?: Record<string, string>
  status: number
  answer?: unknown
}
const problem = (code: string, detail?: RegExp) => ({
  code,
  ...(detail ? { detail: expect.stringMatching(detail) } : {}),
})
const call = (path: string, body: unknown = {}): Pick<Case, 'method' | 'path' | 'body'> => ({
  method: 'POST',
  path: `/v1/pieces/${path}`,
  body,
})

const auth = { type: 'SECRET_TEXT', secret_text: 'secret' }
const CASES: Case[] = [
  { name: 'alive', path: '/healthz', status: 200, answer: { ok: true } },
  { name: 'ready', path: '/readyz', status: 200, answer: { ready: true } },
  { name: 'no such route', path: '/v1/nothing', status: 404, answer: problem('AP_ROUTE_NOT_FOUND') },
  {
    name: 'no such method',
    method: 'DELETE',
    path: '/v1/pieces/echo',
    status: 404,
    answer: problem('AP_ROUTE_NOT_FOUND'),
  },
  {
    name: 'the contract of the API',
    path: '/openapi.json',
    status: 200,
    answer: { openapi: '3.1.0', paths: { '/v1/pieces/{name}/{version}/actions/{action}': expect.anything() } },
  },
  {
    name: 'the row of an error',
    path: '/errors/AP_TRAPPED',
    status: 200,
    answer: { code: 'AP_TRAPPED', fault: 'piece' },
  },

  // pieces
  {
    name: 'pieces by name',
    path: '/v1/pieces',
    status: 200,
    answer: { pieces: expect.arrayContaining([expect.objectContaining({ name: '@acme/scoped', latest: '1.0.0' })]) },
  },
  {
    name: 'versions, newest first',
    path: '/v1/pieces/echo',
    status: 200,
    answer: { versions: [{ version: '1.2.0' }, { version: '1.0.0' }] },
  },
  {
    name: 'a version',
    path: '/v1/pieces/echo/1.2.0',
    status: 200,
    answer: { manifest: { name: 'echo' }, missing: [] },
  },
  { name: 'a scoped name', path: '/v1/pieces/@acme/scoped/1.0.0', status: 200, answer: { name: '@acme/scoped' } },
  {
    name: 'a scoped name, encoded',
    path: '/v1/pieces/@acme%2Fscoped/1.0.0',
    status: 200,
    answer: { name: '@acme/scoped' },
  },
  { name: 'no such piece', path: '/v1/pieces/nobody', status: 404, answer: problem('AP_PIECE_NOT_FOUND') },
  {
    name: 'no such version',
    path: '/v1/pieces/echo/9.9.9',
    status: 404,
    answer: problem('AP_VERSION_NOT_FOUND', /1\.2\.0, 1\.0\.0/),
  },
  { name: 'a name that is none', path: '/v1/pieces/..%2f..%2fetc', status: 400, answer: problem('AP_BAD_REQUEST') },

  // calls that end well
  {
    name: 'an action',
    ...call('echo/1.0.0/actions/echo'),
    status: 200,
    answer: {
      ok: true,
      version: '1.0.0',
      output: {
        props: { count: 3 },
        run: { attempt: 1, executionType: 'BEGIN', testing: false, projectId: 'default' },
      },
    },
  },
  {
    name: 'an action without a body',
    method: 'POST',
    path: '/v1/pieces/echo/latest/actions/echo',
    status: 200,
    answer: { ok: true, version: '1.2.0' },
  },
  { name: 'a range', ...call('echo/%5E1.0/actions/echo'), status: 200, answer: { version: '1.2.0' } },
  { name: 'a range below', ...call('echo/~1.0.0/actions/echo'), status: 200, answer: { version: '1.0.0' } },
  {
    name: 'a scoped piece',
    ...call('@acme/scoped/latest/actions/echo', { props: { count: '7' } }),
    status: 200,
    answer: { output: { props: { count: 7 } } },
  },
  {
    name: 'run of the caller',
    ...call('echo/latest/actions/echo', { run: { id: 'r1', projectId: 'p', stepName: 's', attempt: 2 } }),
    status: 200,
    answer: { output: { run: { id: 'r1', projectId: 'p', stepName: 's', attempt: 2 } } },
  },
  { name: 'a connection', ...call('echo/latest/actions/private', { auth }), status: 200, answer: { output: { auth } } },
  {
    name: 'a failure of the piece',
    ...call('fails/latest/actions/echo'),
    status: 200,
    answer: { ok: false, failure: { code: 'not_found' }, usage: { fuel: expect.any(Number) } },
  },
  {
    name: 'a file of the caller',
    ...call('echo/latest/actions/echo', { props: { file: { filename: 'a.txt', data: 'aGVsbG8=' } } }),
    status: 200,
    answer: { output: { props: { file: { filename: 'a.txt', size: 5, reference: expect.stringMatching(/^file:/) } } } },
  },
  {
    name: 'a payload for a webhook',
    ...call('many/latest/triggers/hooked/on-disable'),
    status: 502,
    answer: problem('AP_OUTPUT_INVALID', /output/),
  },
  {
    name: 'items',
    ...call('many/latest/triggers/hooked/run', { payload: { body: 1 } }),
    status: 200,
    answer: { output: [1, 2, 3, 4, 5, 6] },
  },
  {
    name: 'too many items of a test',
    ...call('many/latest/triggers/hooked/test'),
    status: 502,
    answer: problem('AP_OUTPUT_INVALID', /output/),
  },
  {
    name: 'options',
    ...call('options/latest/resolve', { path: 'actions/go/props/list', searchValue: 'a' }),
    status: 200,
    answer: { output: { options: [{ label: 'A', value: 1 }] } },
  },

  // calls that are refused
  {
    name: 'no such action',
    ...call('echo/latest/actions/nothing'),
    status: 404,
    answer: problem('AP_ACTION_NOT_FOUND', /echo, strict/),
  },
  {
    name: 'an action by an inherited name',
    ...call('echo/latest/actions/constructor'),
    status: 404,
    answer: problem('AP_ACTION_NOT_FOUND'),
  },
  {
    name: 'no such trigger',
    ...call('echo/latest/triggers/nothing/run'),
    status: 404,
    answer: problem('AP_TRIGGER_NOT_FOUND', /hooked/),
  },
  {
    name: 'no such hook',
    ...call('echo/latest/triggers/hooked/explode'),
    status: 400,
    answer: problem('AP_BAD_REQUEST'),
  },
  {
    name: 'no such path',
    ...call('echo/latest/resolve', { path: 'actions/echo/props/count' }),
    status: 404,
    answer: problem('AP_PATH_NOT_FOUND'),
  },
  {
    name: 'no event hooks',
    ...call('echo/latest/resolve', { path: 'events/parse', payload: {} }),
    status: 404,
    answer: problem('AP_PATH_NOT_FOUND'),
  },
  {
    name: 'no such piece to call',
    ...call('nobody/latest/actions/echo'),
    status: 404,
    answer: problem('AP_PIECE_NOT_FOUND'),
  },
  {
    name: 'no such version to call',
    ...call('echo/^2/actions/echo'),
    status: 404,
    answer: problem('AP_VERSION_NOT_FOUND', /1\.2\.0, 1\.0\.0/),
  },
  {
    name: 'no version at all',
    ...call('echo/newest/actions/echo'),
    status: 400,
    answer: problem('AP_BAD_REQUEST', /latest/),
  },
  {
    name: 'every violation at once',
    ...call('echo/latest/actions/strict', { props: { other: 1 } }),
    status: 422,
    answer: { code: 'AP_INVALID_PROPS', violations: [{ path: 'props.other' }, { path: 'props.name' }] },
  },
  {
    name: 'a missing connection',
    ...call('echo/latest/actions/private'),
    status: 422,
    answer: problem('AP_INVALID_PROPS', /auth/),
  },
  {
    name: 'a payload where none is taken',
    ...call('echo/latest/triggers/polled/run', { payload: {} }),
    status: 422,
    answer: problem('AP_INVALID_PROPS', /payload/),
  },
  {
    name: 'a handshake without a payload',
    ...call('echo/latest/triggers/hooked/handshake'),
    status: 422,
    answer: problem('AP_INVALID_PROPS', /payload/),
  },
  {
    name: 'an unknown key',
    ...call('echo/latest/actions/echo', { prop: {} }),
    status: 400,
    answer: problem('AP_BAD_REQUEST', /prop/),
  },
  {
    name: 'the tenant in a body',
    ...call('echo/latest/actions/echo', { tenant: 'other' }),
    status: 400,
    answer: problem('AP_BAD_REQUEST'),
  },
  {
    name: 'a limit above what is allowed',
    ...call('echo/latest/actions/echo', { limits: { fuel: 1e9 } }),
    status: 422,
    answer: problem('AP_LIMIT_TOO_HIGH', /100000000/),
  },
  {
    name: 'an unknown limit',
    ...call('echo/latest/actions/echo', { limits: { luck: 1 } }),
    status: 400,
    answer: problem('AP_BAD_REQUEST'),
  },
  {
    name: 'too much input',
    ...call('echo/latest/actions/echo', { run: { resumePayload: 'x'.repeat(70_000) } }),
    status: 413,
    answer: problem('AP_INPUT_TOO_LARGE', /65536/),
  },
  {
    name: 'JSON that is none',
    ...call('echo/latest/actions/echo', '{"props":{"a":}}'),
    status: 400,
    answer: problem('AP_BAD_JSON', /\$\.props\.a/),
  },
  {
    name: 'a key twice',
    ...call('echo/latest/actions/echo', '{"props":{},"props":{}}'),
    status: 400,
    answer: problem('AP_BAD_JSON', /props/),
  },
  {
    name: 'text',
    ...call('echo/latest/actions/echo', 'x'),
    headers: { 'content-type': 'text/plain' },
    status: 415,
    answer: problem('AP_UNSUPPORTED_MEDIA_TYPE', /application\/json, application\/msgpack/),
  },
  {
    name: 'a form',
    ...call('echo/latest/actions/echo', 'a=b'),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    answer: problem('AP_UNSUPPORTED_MEDIA_TYPE'),
  },

  // calls that end in an error of ours
  {
    name: 'a trap',
    ...call('traps/latest/actions/echo'),
    status: 502,
    answer: {
      code: 'AP_TRAPPED',
      fault: 'piece',
      retry: false,
      callId: expect.stringMatching(/^call_/),
      usage: { fuelModel: 1 },
    },
  },
  {
    name: 'a runaway',
    ...call('loops/latest/actions/echo'),
    status: 504,
    answer: { code: 'AP_FUEL_EXCEEDED', usage: { fuel: expect.any(Number) } },
  },
  {
    name: 'a runaway with a lower limit',
    ...call('loops/latest/actions/echo', { limits: { fuel: 1e6 } }),
    status: 504,
    answer: problem('AP_FUEL_EXCEEDED', /1000000/),
  },
  {
    name: 'an output that is no JSON',
    ...call('babbles/latest/actions/go'),
    status: 502,
    answer: problem('AP_OUTPUT_INVALID'),
  },
  {
    name: 'an output of the wrong shape',
    ...call('echo/latest/triggers/polled/run'),
    status: 502,
    answer: problem('AP_OUTPUT_INVALID', /output: must be a list/),
  },

  // the ledger
  {
    name: 'no such call',
    path: '/v1/calls/call_00000000000000000000000000',
    status: 404,
    answer: problem('AP_CALL_NOT_FOUND'),
  },
  { name: 'an id that is none', path: '/v1/calls/1', status: 400, answer: problem('AP_BAD_REQUEST') },
  {
    name: 'an instant that is none',
    path: '/v1/calls?since=yesterday',
    status: 400,
    answer: problem('AP_BAD_REQUEST', /since/),
  },
  { name: 'an unknown filter', path: '/v1/calls?tenant=other', status: 400, answer: problem('AP_BAD_REQUEST') },
  { name: 'an unknown group', path: '/v1/usage?by=tenant', status: 400, answer: problem('AP_BAD_REQUEST', /tenant/) },
  {
    name: 'a replay of nothing',
    method: 'POST',
    path: '/v1/calls/call_00000000000000000000000000/replay',
    status: 404,
    answer: problem('AP_CALL_NOT_FOUND'),
  },
  { name: 'no such file', path: '/v1/files/00?sig=x', status: 404, answer: problem('AP_FILE_NOT_FOUND') },
]

describe('routes', () => {
  test.each(CASES)('$name', async ({ method = 'GET', path, body, headers, status, answer }) => {
    const got = await server.ask(method, path, body, headers)
    if (answer) expect(got.body).toMatchObject(answer as object)
    expect(got.status).toBe(status)
    const isProblem = status >= 400
    expect(got.headers.get('content-type')).toMatch(isProblem ? /^application\/problem\+json/ : /^application\/json/)
    if (isProblem)
      expect(got.body).toMatchObject({ type: `/errors/${got.body.code}`, title: expect.any(String), status })
  })
})

describe('uploads', () => {
  test('the same bytes again are the same version; other bytes are refused', async () => {
    const bytes = await artifact({ name: 'twice' })
    expect((await server.deploy(bytes)).status).toBe(201)
    expect((await server.deploy(bytes)).status).toBe(200)
    const other = await server.deploy(await artifact({ name: 'twice', homepage: 'https://example.com' }))
    expect(other).toMatchObject({ status: 409, body: { code: 'AP_VERSION_EXISTS' } })
  })

  test('a dry run says everything and keeps nothing', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/wasm' },
      body: (await artifact({ name: 'dry' })) as BodyInit,
    }
    expect(await asked(await server.fetch('/v1/pieces?dryRun', init))).toMatchObject({
      status: 200,
      body: { name: 'dry' },
    })
    expect((await server.ask('GET', '/v1/pieces/dry')).status).toBe(404)
  })

  test.each([
    { name: 'nothing', bytes: new Uint8Array(0), status: 422, code: 'AP_INVALID_COMPONENT' },
    { name: 'no wasm', bytes: Buffer.from('not wasm at all'), status: 422, code: 'AP_INVALID_COMPONENT' },
    {
      name: 'a core module',
      bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      status: 422,
      code: 'AP_INVALID_COMPONENT',
    },
    { name: 'too much', bytes: new Uint8Array(4 * 1024 * 1024 + 1), status: 413, code: 'AP_BODY_TOO_LARGE' },
  ])('$name is refused with its reason', async ({ bytes, status, code }) => {
    const refused = await server.deploy(bytes)
    expect(refused).toMatchObject({ status, body: { code, detail: expect.stringMatching(/./) } })
  })

  test('what describe says must be what the manifest says', async () => {
    const bytes = await artifact(
      { name: 'liar', description: { ...(ECHO.description as Manifest['description']), displayName: 'Another' } },
      ECHO,
    )
    expect(await server.deploy(bytes)).toMatchObject({
      status: 422,
      body: { code: 'AP_INVALID_COMPONENT', detail: expect.stringContaining('displayName') },
    })
  })

  test('a value is no artifact', async () => {
    expect(await server.ask('POST', '/v1/pieces', {})).toMatchObject({
      status: 415,
      body: { code: 'AP_UNSUPPORTED_MEDIA_TYPE', detail: expect.stringContaining('application/wasm') },
    })
  })

  test('the bytes come back, unchanged, for ever', async () => {
    const bytes = await artifact({ name: 'bytes' })
    await server.deploy(bytes)
    const got = await server.fetch('/v1/pieces/bytes/1.0.0/artifact')
    expect(Buffer.compare(await got.bytes(), bytes)).toBe(0)
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes as BufferSource)).toString('base64')
    expect(got.headers.get('content-digest')).toBe(`sha-256=:${digest}:`)
    expect(got.headers.get('cache-control')).toContain('immutable')
    const again = await server.fetch('/v1/pieces/bytes/1.0.0/artifact', {
      headers: { 'if-none-match': got.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
  })
})

describe('consent', () => {
  const grants = (name: string, body?: unknown) => server.ask(body ? 'PUT' : 'GET', `/v1/pieces/${name}/grants`, body)
  const run = (name: string, version: string) => server.ask('POST', `/v1/pieces/${name}/${version}/actions/echo`, {})

  test('a piece waits for what it asks; consent lets it run; a version that asks more waits again', async () => {
    const env = { TOKEN: { required: true }, REGION: { required: false } }
    await server.deploy(
      await artifact({ name: 'asks', version: '1.0.0', capabilities: { http: ['https://api.example.com'], env } }),
    )
    expect(await run('asks', '1.0.0')).toMatchObject({
      status: 403,
      body: { code: 'AP_GRANTS_MISSING', detail: expect.stringMatching(/http https:\/\/api.example.com.*env TOKEN/) },
    })
    expect(await run('asks', 'latest')).toMatchObject({ status: 403, body: { code: 'AP_GRANTS_MISSING' } })

    const shown = await grants('asks', { http: ['https://api.example.com'], env: { TOKEN: 'a secret value' } })
    expect(shown).toMatchObject({ status: 200, body: { granted: { env: ['TOKEN'] }, missing: [] } })
    expect(JSON.stringify((await grants('asks')).body)).not.toContain('a secret value')
    expect((await run('asks', '1.0.0')).status).toBe(200)

    const wider = await server.deploy(
      await artifact({
        name: 'asks',
        version: '1.1.0',
        capabilities: { http: ['https://api.example.com'], env, store: ['flow'] },
      }),
    )
    expect(wider.body).toMatchObject({ version: '1.1.0', missing: ['store flow'] })
    expect((await run('asks', 'latest')).body.version).toBe('1.0.0')
    expect((await run('asks', '^1')).body.version).toBe('1.0.0')
    expect(await run('asks', '1.1.0')).toMatchObject({ status: 403, body: { code: 'AP_GRANTS_MISSING' } })
    await grants('asks', { http: ['https://api.example.com'], env: { TOKEN: true }, store: ['flow'] })
    expect((await run('asks', 'latest')).body.version).toBe('1.1.0')

    await server.deploy(await artifact({ name: 'asks', version: '1.2.0', capabilities: { store: ['flow'] } }))
    expect((await run('asks', 'latest')).body.version).toBe('1.2.0')
  })

  test('consent that is taken back holds no longer, however often the piece was called', async () => {
    await server.deploy(await artifact({ name: 'taken', version: '1.0.0', capabilities: { store: ['flow'] } }))
    await grants('taken', { store: ['flow'] })
    for (const version of ['1.0.0', '1.0.0', 'latest']) expect((await run('taken', version)).status).toBe(200)
    await grants('taken', {})
    for (const version of ['1.0.0', 'latest'])
      expect(await run('taken', version)).toMatchObject({ status: 403, body: { code: 'AP_GRANTS_MISSING' } })
  })

  test.each([
    { name: 'another host', body: { http: ['https://evil.example.com'] } },
    { name: 'a wider pattern', body: { http: ['https://*.example.com'] } },
    { name: 'another variable', body: { env: { OTHER: 'x' } } },
    { name: 'another scope of the store', body: { store: ['flow'] } },
    { name: 'files', body: { files: ['read'] } },
  ])('never more than was asked: $name', async ({ body }) => {
    await server.deploy(
      await artifact({ name: 'narrow', capabilities: { http: ['https://api.example.com'], store: ['project'] } }),
    )
    expect(await grants('narrow', body)).toMatchObject({ status: 422, body: { code: 'AP_GRANT_EXCEEDS_ASK' } })
  })

  test.each([
    { name: 'an unknown kind', body: { disk: ['/'] }, status: 400 },
    { name: 'a scope that is none', body: { store: ['planet'] }, status: 400 },
    { name: 'a value that was never granted', body: { env: { TOKEN: true } }, status: 400 },
  ])('malformed: $name', async ({ body, status }) => {
    await server.deploy(await artifact({ name: 'env', capabilities: { env: { TOKEN: {} } } }))
    expect(await grants('env', body)).toMatchObject({ status })
  })

  test('variables are bounded together: they travel with each call', async () => {
    const names = Array.from({ length: 9 }, (_, i) => `V${i}`)
    const env = Object.fromEntries(names.map((name) => [name, {}]))
    await server.deploy(await artifact({ name: 'many', capabilities: { env } }))
    const body = { env: Object.fromEntries(names.map((name) => [name, 'x'.repeat(32_000)])) }
    expect(await grants('many', body)).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/^env has 288\d+ bytes in all/) },
    })
  })

  test('a disabled version is skipped, and says so by name', async () => {
    for (const version of ['1.0.0', '1.1.0']) await server.deploy(await artifact({ name: 'switch', version }))
    expect((await server.ask('POST', '/v1/pieces/switch/1.1.0/disable')).body).toMatchObject({ disabled: true })
    expect((await run('switch', 'latest')).body.version).toBe('1.0.0')
    expect(await run('switch', '1.1.0')).toMatchObject({ status: 409, body: { code: 'AP_VERSION_DISABLED' } })
    await server.ask('POST', '/v1/pieces/switch/1.1.0/enable')
    expect((await run('switch', 'latest')).body.version).toBe('1.1.0')
    expect((await run('switch', '1.1.0')).status).toBe(200)
    await server.ask('POST', '/v1/pieces/switch/1.1.0/disable')
    expect(await run('switch', '1.1.0')).toMatchObject({ status: 409, body: { code: 'AP_VERSION_DISABLED' } })
    expect(await server.ask('POST', '/v1/pieces/switch/3.0.0/disable')).toMatchObject({
      status: 404,
      body: { code: 'AP_VERSION_NOT_FOUND' },
    })
  })
})

describe('MessagePack', () => {
  test('bytes and 64-bit integers pass both ways', async () => {
    const props = { any: { bytes: Uint8Array.of(0, 255), big: 2n ** 60n } }
    const response = await server.fetch('/v1/pieces/packed/latest/actions/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/msgpack', accept: 'application/msgpack' },
      body: encodeMsgpack({ props }) as BodyInit,
    })
    expect(response.headers.get('content-type')).toBe('application/msgpack')
    const { output } = decodeMsgpack(await response.bytes()) as { output: { props: typeof props } }
    expect(output.props.any.big).toBe(2n ** 60n)
    expect([...output.props.any.bytes]).toEqual([0, 255])
    const inJson = await server.fetch('/v1/pieces/packed/latest/actions/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/msgpack' },
      body: encodeMsgpack({ props }) as BodyInit,
    })
    expect((await asked(inJson)).body.output.props.any).toEqual({ bytes: 'AP8=', big: String(2n ** 60n) })
  })

  test('what is malformed is refused with its place', async () => {
    const response = await server.fetch('/v1/pieces/packed/latest/actions/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/msgpack', accept: 'application/msgpack' },
      body: Uint8Array.of(0x81, 0xa5, 0x70, 0x72, 0x6f, 0x70, 0x73, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0) as BodyInit,
    })
    expect(response.headers.get('content-type')).toMatch(/problem\+json/)
    expect(await asked(response)).toMatchObject({ status: 400, body: { code: 'AP_BAD_MSGPACK' } })
  })
})

describe('the ledger', () => {
  test('every call has its row, newest first, page by page', async () => {
    await server.deploy(await artifact({ name: 'rows', capabilities: WITH_STORE }, COUNTS))
    await server.ask('PUT', '/v1/pieces/rows/grants', WITH_STORE)
    const ids: string[] = []
    for (let i = 0; i < 3; i++)
      ids.push((await server.ask('POST', '/v1/pieces/rows/latest/actions/echo', {})).body.callId)
    const first = (await server.ask('GET', '/v1/calls?piece=rows&limit=2')).body
    const second = (await server.ask('GET', `/v1/calls?piece=rows&limit=2&cursor=${first.cursor}`)).body
    const listed = [...first.calls, ...second.calls].map((one: { callId: string }) => one.callId)
    expect([...listed].sort()).toEqual([...ids].sort())
    expect(second.cursor).toBeUndefined()
    const one = (await server.ask('GET', `/v1/calls/${ids[0]}`)).body
    expect(one).toMatchObject({ piece: 'rows', kind: 'action', name: 'echo', state: 'ok', logs: [], recorded: false })
    expect(one.usage.hostCalls).toEqual(expect.objectContaining({}))
    const usage = (await server.ask('GET', '/v1/usage?by=piece,day')).body.usage
    expect(usage).toContainEqual(expect.objectContaining({ piece: 'rows', calls: 3, errors: 0, free: 0 }))
    expect(await server.ask('POST', `/v1/calls/${ids[0]}/replay`)).toMatchObject({
      status: 409,
      body: { code: 'AP_NO_RECORD' },
    })
  })

  test('failures and errors are found by what they are', async () => {
    const { body } = await server.ask('POST', '/v1/pieces/traps/latest/actions/echo', {})
    const bad = (await server.ask('GET', '/v1/calls?ok=false&piece=traps')).body.calls
    expect(bad).toContainEqual(expect.objectContaining({ callId: body.callId, state: 'error', code: 'AP_TRAPPED' }))
    expect((await server.ask('GET', '/v1/calls?ok=true&piece=traps')).body.calls).toEqual([])
    const soon = new Date(Date.now() + 60_000).toISOString()
    expect((await server.ask('GET', `/v1/calls?since=${soon}`)).body.calls).toEqual([])
  })

  test('figures name outcomes, never pieces or tenants', async () => {
    await server.ask('POST', '/v1/pieces/traps/latest/actions/echo', {})
    const text = await (await server.fetch('/metrics')).text()
    expect(text).toMatch(/ap_wasm_calls_total\{kind="action",outcome="AP_TRAPPED"\} \d/)
    expect(text).not.toMatch(/traps|default/)
  })
})

describe('around a call', () => {
  test('a trace goes on, a malformed one is dropped', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const answered = await server.ask(
      'POST',
      '/v1/pieces/echo/latest/actions/echo',
      {},
      { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    )
    const own = answered.headers.get('traceparent')
    expect(own).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`))
    expect((await server.ask('GET', `/v1/calls/${answered.body.callId}`)).body.traceparent).toBe(own)
    const without = await server.ask('POST', '/v1/pieces/echo/latest/actions/echo', {}, { traceparent: 'nonsense' })
    expect(without.headers.get('traceparent')).toBeNull()
  })

  test('a client that goes away ends its call', async () => {
    const gone = new AbortController()
    const call = server.fetch('/v1/pieces/loops/latest/actions/echo', {
      method: 'POST',
      signal: gone.signal,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    call.catch(() => undefined)
    const running = async () => (await server.ask('GET', '/v1/calls?piece=loops&limit=1')).body.calls[0]
    let row = await running()
    while (row?.state !== 'running') row = await running()
    gone.abort()
    await expect(call).rejects.toThrow()
    const { callId } = row
    do row = (await server.ask('GET', `/v1/calls/${callId}`)).body
    while (row.state === 'running')
    expect(row).toMatchObject({ state: 'error', code: 'AP_CANCELLED' })
  })

  test('the reading page asks nothing of other machines', async () => {
    const page = await (await server.fetch('/docs/')).text()
    expect(page).toContain('swagger')
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  })
})
