import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createAction, createPiece, ensureOk, env, Failure, retryAfterMs } from '../src/index.ts'
import { type NativeHost, resolve, runAction, runTrigger, testOutside } from '../src/testing.ts'
import { everything } from './everything.ts'

let outside: NativeHost
beforeEach(() => {
  outside = testOutside()
})

const auth = { type: 'SECRET_TEXT', secret_text: 'good' }

describe('an action', () => {
  test('is handed its properties, defaults filled in, files opened', async () => {
    outside.contents.set('f', { name: 'a.txt', mediaType: 'text/plain', data: new TextEncoder().encode('hi') })
    const file = { reference: 'f', filename: 'a.txt', mediaType: 'text/plain', size: 2 }
    const props = { number: '4.5', rows: [{ name: 'n' }], file, modes: [1] }
    expect(await runAction(everything, 'all', { props, auth })).toEqual({
      short: 'x',
      mode: 'fast',
      number: 4.5,
      rows: [{ name: 'n' }],
      modes: [1],
      file: 'aGk=',
      auth: 'SECRET_TEXT',
    })
  })

  test.each([
    ['a number that is text', { number: 'four' }, 'props.number must be a number'],
    ['a text that is a number', { short: 4 }, 'props.short must be text'],
    ['an item without its field', { rows: [{}] }, 'props.rows[0].name is required'],
    ['an item that is no object', { rows: [1] }, 'props.rows[0] must be an object'],
    ['a file without reference', { file: {} }, 'props.file must be a file'],
    ['several at once', { check: 1, list: {} }, 'props.check must be true or false; props.list must be a list'],
  ])('refuses %s by its path', async (_name, props, message) => {
    await expect(runAction(everything, 'all', { props, auth })).rejects.toMatchObject({
      code: 'invalid_input',
      message,
    })
  })

  test('needs its connection', async () => {
    await expect(runAction(everything, 'all', {})).rejects.toMatchObject({
      code: 'invalid_input',
      message: /auth is required/,
    })
  })

  test('may hand a copy of its context on', async () => {
    const inner = createAction({
      name: 'inner',
      displayName: 'Inner',
      props: {},
      run: ({ run, ...context }) => [run.id, run.attempt, Object.keys(context)],
    })
    const outer = createAction({
      name: 'outer',
      displayName: 'Outer',
      props: {},
      run: (context) => inner.run({ ...context, propsValue: {} }),
    })
    const piece = createPiece({ displayName: 'Copies', actions: [outer], triggers: [] })
    expect(await runAction(piece, 'outer', { run: { id: 'r', attempt: 2 } })).toEqual([
      'r',
      2,
      'auth,propsValue,store,files,project,flows,executionType,resumePayload,step'.split(','),
    ])
  })

  test('that does not exist is named', async () => {
    await expect(runAction(everything, 'nope')).rejects.toMatchObject({ code: 'unknown_action', message: /nope/ })
  })

  test('keeps state by scope', async () => {
    expect(await runAction(everything, 'steps', { props: { what: 'store' } })).toEqual([{ n: 1 }, null, 2, ['a']])
    expect([...outside.values]).toEqual([
      ['flow/a', '{"n":1}'],
      ['project/b', '2'],
    ])
  })

  test('writes files with a media type', async () => {
    const reference = await runAction(everything, 'steps', { props: { what: 'files' } })
    expect(outside.contents.get(String(reference))).toMatchObject({ name: 'a.csv', mediaType: 'text/csv' })
  })

  const run = { id: 'r', resumeUrl: 'https://flows.example/resume' }
  test.each([
    ['respond', [{ kind: 'respond', value: { status: 201, body: { a: 1 } } }]],
    ['stop', [{ kind: 'stop', value: undefined }]],
    ['delay', [{ kind: 'waitUntil', value: Date.UTC(2026, 0, 1) }]],
    ['webhook', [{ kind: 'waitForWebhook', value: { body: 'wait' } }]],
  ])('asks the run: %s', async (what, requests) => {
    await runAction(everything, 'steps', { props: { what }, run })
    expect(outside.requests).toEqual(requests)
  })

  test('builds the URL that resumes it, and refuses where there is none', async () => {
    const props = { what: 'webhook' }
    expect(await runAction(everything, 'steps', { props, run })).toBe('https://flows.example/resume?go=on')
    await expect(runAction(everything, 'steps', { props })).rejects.toMatchObject({ code: 'not_supported' })
  })

  test('is called again with what ended the pause', async () => {
    const input = { props: { what: 'delay' }, run: { executionType: 'RESUME' as const, resumePayload: { ok: true } } }
    expect(await runAction(everything, 'steps', input)).toEqual({ resumed: { ok: true } })
  })

  test('refuses in its own words', async () => {
    const error = await runAction(everything, 'steps', { props: { what: 'refuse' } }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ code: 'no_such_thing', retryAfterMs: 0, detail: { what: 'refuse' } })
  })
})

describe('a trigger', () => {
  test.each([
    ['poll', 'on-enable', {}, { schedule: { cronExpression: '*/5 * * * *', timezone: 'UTC' } }],
    ['app', 'on-enable', {}, { listeners: [{ events: ['created'], identifierValue: 'team-1' }] }],
    ['webhook', 'on-enable', { webhookUrl: 'https://hook' }, null],
    ['webhook', 'on-disable', {}, null],
    ['webhook', 'on-renew', {}, null],
    ['webhook', 'on-start', {}, null],
    ['webhook', 'run', { payload: { body: { a: 1 }, headers: {}, queryParams: {} } }, [{ a: 1 }]],
    [
      'webhook',
      'handshake',
      { payload: { body: null, headers: {}, queryParams: { challenge: 'c' } } },
      { status: 200, body: 'c' },
    ],
    ['poll', 'test', {}, [1, 2, 3, 4, 5]],
    ['manual', 'test', {}, [{ by: 'hand' }]],
  ] as const)('%s answers %s', async (name, hook, input, expected) => {
    expect(await runTrigger(everything, name, hook, input)).toEqual(expected)
  })

  test('may hand a copy of its context on', async () => {
    const inner = createAction({
      name: 'inner',
      displayName: 'Inner',
      props: {},
      run: ({ run, ...context }) => [run.id, run.attempt, Object.keys(context)],
    })
    const outer = createAction({
      name: 'outer',
      displayName: 'Outer',
      props: {},
      run: (context) => inner.run({ ...context, propsValue: {} }),
    })
    const piece = createPiece({ displayName: 'Copies', actions: [outer], triggers: [] })
    expect(await runAction(piece, 'outer', { run: { id: 'r', attempt: 2 } })).toEqual([
      'r',
      2,
      'auth,propsValue,store,files,project,flows,executionType,resumePayload,step'.split(','),
    ])
  })

  test('that does not exist is named', async () => {
    await expect(runTrigger(everything, 'nope', 'run')).rejects.toMatchObject({ code: 'unknown_trigger' })
  })
})

describe('resolve', () => {
  const payload = (queryParams: Record<string, string>, headers = {}) => ({ body: { team: 't' }, headers, queryParams })
  const customAuth = { type: 'CUSTOM_AUTH', props: { url: 'u', key: 'k' } }
  test.each([
    [
      'actions/all/props/city',
      { props: { mode: 'slow' }, auth, searchValue: 's' },
      { options: [{ label: 'slow s', value: 7 }] },
    ],
    ['actions/all/props/city', {}, { disabled: true, options: [], placeholder: 'connect first' }],
    ['actions/all/props/cities', {}, { options: [{ label: 'Rome', value: 'rome' }] }],
    ['actions/all/props/fields/unit', { props: { mode: 'fast' } }, { options: [{ label: 'Metre', value: 'm' }] }],
    ['actions/all/props/rows/items/kind', {}, { options: [{ label: 'One', value: 1 }] }],
    ['auth/validate', { auth }, { valid: true }],
    ['auth/validate', { auth: { ...auth, secret_text: 'bad' } }, { valid: false, error: 'the token is not accepted' }],
    ['auth/validate', { auth: { type: 'BASIC_AUTH', username: 'a', password: 'b' } }, { valid: true }],
    ['auth/identifier', { auth }, 'token of 4 characters'],
    ['auth/refresh', { auth: customAuth }, { access_token: 'k@u', expires_in: 30 }],
    ['events/parse', { payload: payload({}) }, { event: 'created', identifierValue: 't' }],
    ['events/parse', { payload: payload({ challenge: 'c' }) }, { reply: { status: 200, body: 'c' } }],
    ['events/verify', { payload: payload({}, { signature: 's' }), secret: 's' }, true],
    ['events/verify', { payload: payload({}), secret: 's' }, false],
  ])('%s of %o', async (path, input, expected) => {
    expect(await resolve(everything, path, input)).toEqual(expected)
  })

  test('computes the properties that a dynamic one stands for', async () => {
    expect(await resolve(everything, 'actions/all/props/fields', { props: { mode: 'fast' } })).toEqual({
      props: {
        size: { type: 'NUMBER', displayName: 'Size (fast)', required: true },
        unit: { type: 'DROPDOWN', displayName: 'Unit', required: false, refreshers: [] },
      },
    })
  })

  test.each([
    'actions/nope/props/x',
    'actions/all/props/short',
    'actions/all/props/constructor',
    'actions/all/props/rows/items/name',
    'actions/all/props/rows/kind',
    'actions/all/other/city',
    'triggers/poll/props/x',
    'auth/refresh',
    'auth/other',
    '',
  ])('finds nothing at "%s"', async (path) => {
    await expect(resolve(everything, path, { auth })).rejects.toMatchObject({ code: 'unknown_path' })
  })

  test('a connection of an unknown type is refused', async () => {
    await expect(resolve(everything, 'auth/validate', { auth: { type: 'OTHER' } })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

describe('an HTTP answer', () => {
  test.each([
    [401, 'unauthorized', undefined],
    [403, 'unauthorized', undefined],
    [404, 'not_found', undefined],
    [429, 'rate_limited', 7000],
    [500, 'upstream_error', undefined],
    [422, 'request_refused', undefined],
  ])('of status %i fails as %s', async (status, code, after) => {
    const headers: Record<string, string> = after === undefined ? {} : { 'retry-after': '7' }
    const error = await ensureOk(new Response('why', { status, headers })).catch((thrown) => thrown)
    expect(error).toMatchObject({ code, retryAfterMs: after, detail: { status, body: 'why' } })
  })

  test('of success is handed on', async () => {
    const response = new Response('ok')
    expect(await ensureOk(response)).toBe(response)
  })

  test('Retry-After is seconds, a date, or nothing', () => {
    expect(retryAfterMs('3')).toBe(3000)
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000)
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:01 GMT', 4000)).toBe(0)
    expect(retryAfterMs('soon')).toBeUndefined()
    expect(retryAfterMs(null)).toBeUndefined()
  })
})

test('environment variables are those of the process', () => {
  vi.stubEnv('AP_TEST_VARIABLE', 'yes')
  expect(env('AP_TEST_VARIABLE')).toBe('yes')
  vi.unstubAllEnvs()
  expect(env('AP_TEST_VARIABLE')).toBeUndefined()
})
