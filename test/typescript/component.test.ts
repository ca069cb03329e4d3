import { beforeAll, describe, expect, test } from 'vitest'
import { checkDescription } from '../../packages/executor/src/description.ts'
import { createClock, createRandom, WORLD } from '../../packages/executor/src/host/index.ts'
import { bytes, type FakeOptions, reply } from '../../packages/executor/src/host/testing.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { buildTypescriptSample } from '../pieces.ts'
import { runner } from './run.ts'

let component: Uint8Array
let run: ReturnType<typeof runner>
beforeAll(async () => {
  component = await buildTypescriptSample()
  run = runner(component)
})

const auth = { type: 'SECRET_TEXT', secret_text: 't-1' }
const JSON_HEAD = { status: 200, headers: [['content-type', 'application/json']] }

/** A server that answers with what it was asked, a few paths apart. */
const answer: NonNullable<FakeOptions['answer']> = ({ kind, ask, bytes: body }) => {
  if (kind === 'http.read') return reply({ end: true }, bytes('second'))
  if (kind === 'http.close') return reply({})
  const echo = {
    method: ask.method,
    path: ask.pathWithQuery,
    headers: Object.fromEntries(ask.headers),
    body: new TextDecoder().decode(body),
  }
  switch (ask.pathWithQuery) {
    case '/away':
      return reply({ status: 302, headers: [['location', 'https://api.example.com/landed?x=1']], end: true })
    case '/here':
      return reply({ status: 303, headers: [['location', 'landed']], end: true })
    case '/round':
      return reply({ status: 307, headers: [['location', '/round']], end: true })
    case '/pause':
      return reply({ status: 429, headers: [['retry-after', '7']], end: true }, bytes('slow down'))
    case '/denied':
      return reply({ error: { tag: 'HTTP-request-denied' } })
    case '/closed':
      return reply({ error: { tag: 'connection-refused' } })
    case '/never':
      return new Promise(() => {})
    case '/chunks':
      return reply({ status: 200, headers: [], end: false }, bytes('first'))
    default:
      return reply({ ...JSON_HEAD, end: true }, bytes(JSON.stringify(echo)))
  }
}
const action = (name: string, props: unknown, options: FakeOptions = { answer }) =>
  run('action', [name], { props, auth, run: { id: 'r' } }, options)
const web = (what: string, url?: string, options?: FakeOptions) => action('web', { what, url }, options)

describe('the component', () => {
  test('imports nothing beyond the world and the inert set', () => {
    const names = parseComponent(component)
      .imports.filter((one) => one.functions.size > 0)
      .map((one) => one.name.replace(/@.*/, ''))
    expect(names.filter((name) => !(name in WORLD))).toEqual([])
  })
  test('holds no version that only the build knew, and nothing of the machine that built it', () => {
    const text = Buffer.from(component).toString('latin1')
    expect(text).not.toContain('@9.9.99')
    expect(text).not.toContain(import.meta.dirname.replace(/\/test\/typescript$/, ''))
  })
})

test('describes itself', async () => {
  const { value, logs } = await run('describe', [])
  expect(checkDescription(value)).toEqual([])
  expect(value).toMatchObject({ sdk: { language: 'typescript' }, displayName: 'Sample' })
  expect(logs).toEqual([])
})

test.each([[null], [1.5], ['日本😀'], [{ a: [1, { b: null }] }], ['x'.repeat(100_000)]])('echoes %j', async (value) => {
  expect(await action('echo', { value })).toMatchObject({ ok: true, value })
})

describe('fetch', () => {
  const url = (path: string) => `http://127.0.0.1${path}`
  test('gets with the headers given', async () => {
    const { value } = await action('fetch', { url: url('/items?q=a%20b#part') })
    const headers = { accept: 'application/json', authorization: 'Bearer t-1', 'user-agent': 'ap-wasm' }
    expect(value).toEqual({ status: 200, body: { method: 'GET', path: '/items?q=a%20b', headers, body: '' } })
  })
  test('posts a body with its length and type', async () => {
    const { value } = await action('fetch', { url: url('/items'), body: { ä: 1 } })
    expect(value.body).toMatchObject({
      method: 'POST',
      body: '{"ä":1}',
      headers: { 'content-length': '8', 'content-type': 'text/plain;charset=UTF-8' },
    })
  })
  test('follows to another origin without the credentials', async () => {
    const { value, effects } = await action('fetch', { url: url('/away') })
    expect(value.body).toMatchObject({ path: '/landed?x=1' })
    expect(value.body.headers).not.toHaveProperty('authorization')
    expect(effects.map((effect) => effect.ask.authority)).toEqual(['127.0.0.1', 'api.example.com'])
  })
  test('follows within the origin, after 303 with GET', async () => {
    const { value } = await action('fetch', { url: url('/here'), body: 1 })
    expect(value.body).toMatchObject({
      method: 'GET',
      path: '/landed',
      body: '',
      headers: { authorization: 'Bearer t-1' },
    })
  })
  test.each([
    ['/pause', { code: 'rate_limited', retryAfterMs: 7000, detail: { status: 429, body: 'slow down' } }],
    [
      '/denied',
      { code: 'not_granted', message: expect.stringContaining('add "http://127.0.0.1" to capabilities.http') },
    ],
    ['/closed', { code: 'connection_refused' }],
    ['/round', { code: 'upstream_error', message: expect.stringContaining('more than 5 times') }],
  ])('fails at %s', async (path, failure) => {
    expect(await action('fetch', { url: url(path) })).toMatchObject({ ok: false, value: failure })
  })
  test.each([
    ['ftp://127.0.0.1/', 'invalid_input'],
    ['http://user:word@127.0.0.1/', 'internal_error'],
    ['nonsense', 'internal_error'],
  ])('refuses the address %s', async (address, code) => {
    expect(await action('fetch', { url: address })).toMatchObject({ ok: false, value: { code }, effects: [] })
  })
  test("names the header that is not a piece's to send", async () => {
    const headers = { 'x-own': '1', 'proxy-authorization': 'Basic YTpi' }
    expect(await action('fetch', { url: url('/items'), headers })).toMatchObject({
      ok: false,
      value: {
        code: 'internal_error',
        message: expect.stringContaining('the header "proxy-authorization": a piece must not send this (forbidden)'),
      },
      effects: [],
    })
  })
  test('waits for many at once', async () => {
    const begun: string[] = []
    const all = Promise.withResolvers<void>()
    const meeting: FakeOptions['answer'] = async (effect) => {
      begun.push(effect.ask.pathWithQuery)
      // None is answered before all were asked.
      if (begun.length === 3) all.resolve()
      await all.promise
      return answer(effect)
    }
    const urls = ['/1', '/2', '/3'].map(url)
    const { value } = await action('parallel', { urls }, { answer: meeting, clock: createClock({}) })
    expect(value.map((text: string) => JSON.parse(text).path)).toEqual(['/1', '/2', '/3'])
  })
  test('reads a body as it comes', async () => {
    expect((await web('stream', url('/chunks'))).value).toEqual({ chunks: 2, bytes: 11 })
  })
  test('lets a body go that nobody reads to its end', async () => {
    const { value, effects } = await web('early', url('/chunks'))
    expect(value).toBe(5)
    expect(effects.map((effect) => effect.kind)).toContain('http.close')
  })
  test('hands a redirect out when asked to', async () => {
    expect((await web('manual', url('/here'))).value).toEqual([303, 'landed'])
  })
  test('gives up when its signal says so', async () => {
    const options: FakeOptions = { answer, clock: createClock({}) }
    expect(await web('timeout', url('/never'), options)).toMatchObject({ ok: false, value: { code: 'timeout' } })
    expect(await web('abort', url('/never'), options)).toMatchObject({ ok: true, value: 'changed my mind' })
  })
  test('sends a form', async () => {
    const { effects } = await web('form', url('/form'))
    const [{ ask, bytes: body }] = effects as [(typeof effects)[0]]
    const { 'content-type': type } = Object.fromEntries(ask.headers)
    expect(type).toMatch(/^multipart\/form-data; boundary=/)
    expect(new TextDecoder().decode(body)).toContain('filename="a.txt"')
  })
})

describe('what goes wrong', () => {
  test('a bug is told with the place in the source', async () => {
    const { ok, value } = await action('broken', { how: 'bug' })
    expect(ok).toBe(false)
    expect(value).toMatchObject({
      code: 'internal_error',
      message: "TypeError: cannot read property 'y' of undefined (src/broken.ts:4)",
      detail: { file: 'src/broken.ts', line: 4 },
    })
    expect(value.detail.stack.split('\n')[1]).toBe('    at explode (src/broken.ts:4)')
  })
  test('a refusal is the author’s own', async () => {
    expect((await action('broken', { how: 'refusal' })).value).toEqual({
      code: 'rate_limited',
      message: 'The server asks for a pause.',
      retryAfterMs: 7000,
      detail: { left: 0 },
    })
  })
  test('a promise that nothing can settle ends the call', async () => {
    expect((await action('broken', { how: 'never' })).value).toMatchObject({
      code: 'internal_error',
      message: expect.stringContaining('nothing can settle'),
    })
  })
  test('what nobody catches is in the log', async () => {
    const { value, logs } = await web('unhandled')
    expect(value).toBe('done')
    // The host makes a line of each line.
    expect(logs.every(({ level }) => level === 'error')).toBe(true)
    expect(logs.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'uncaught in a callback: TypeError: thrown in a callback',
        'unhandled rejection: Error: nobody listens',
      ]),
    )
  })
  test.each([
    [{ url: 5 }, auth, 'props.url must be text'],
    [{}, auth, 'props.url is required'],
    [{ url: 'x' }, undefined, 'auth is required'],
  ])('an input that does not fit: %j', async (props, given, message) => {
    const { value } = await run('action', ['fetch'], { props, auth: given }, {})
    expect(value).toMatchObject({ code: 'invalid_input', message: expect.stringContaining(message) })
  })
})

describe('the surroundings', () => {
  const effects: FakeOptions['answer'] = ({ kind, ask }) => {
    if (kind === 'store.get') return reply({ found: true }, bytes('41'))
    if (kind === 'files.write') return reply({ reference: 'ref-1' })
    if (kind === 'files.read') return reply({}, bytes(ask.offset === 0 ? 'hello' : ''))
    return reply({})
  }
  const file = { reference: 'f', filename: 'a.txt', mediaType: 'text/plain', size: 5 }

  test('store, files, environment, log', async () => {
    const done = await action('surroundings', { file }, { answer: effects, env: [['GREETING', 'hi']] })
    expect(done.value).toMatchObject({
      greeting: 'hi',
      count: 42,
      written: 'ref-1',
      given: { name: 'a.txt', text: 'hello' },
      runId: 'r',
    })
    expect(done.logs).toEqual([{ level: 'warn', message: 'count is 42 {list: [1, "two"]}' }])
    const [, put, write] = done.effects
    expect(new TextDecoder().decode(put?.bytes)).toBe('42')
    expect([write?.ask.name, write?.ask.mediaType, new TextDecoder().decode(write?.bytes)]).toEqual([
      'note.txt',
      'text/plain',
      'höllo',
    ])
  })
  test('what was not granted is a failure that names it', async () => {
    const failure = { code: 'not_granted', message: 'store.flow is not granted' }
    const { value } = await action('surroundings', {}, { answer: () => reply({ failure }) })
    expect(value).toMatchObject(failure)
  })
  test('clock and random are those of the call, not of the build', async () => {
    const at = (clockStart: number, seed: string) =>
      action(
        'surroundings',
        {},
        { answer: effects, clock: createClock({ fixed: { clockStart } }), random: createRandom(seed.repeat(32)) },
      )
    const [one, two, three] = [await at(1e12, '00'), await at(2e12, '01'), await at(1e12, '00')]
    expect([one.value.now, two.value.now]).toEqual([1e12, 2e12])
    expect(one.value.random).not.toEqual(two.value.random)
    expect(one.value.random).toEqual(three.value.random)
    expect(one.value.random[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('the loop', () => {
  test('timers run in the order of their time', async () => {
    expect((await action('timers', {})).value).toEqual(['microtask', 'zero', 'ten', 'thirty'])
  })
  test('an interval runs until it is cleared', async () => {
    expect((await web('interval')).value).toBe(3)
  })
  test('async functions, generators and the static methods of Promise', async () => {
    expect((await web('modern')).value).toEqual({
      list: [1, 2, 3],
      any: 'fast',
      settled: ['rejected', 'fulfilled'],
      from: [2, 4, 6],
      instant: true,
    })
  })
  test('globals of the web', async () => {
    const { sources, ...value } = (await web('globals')).value
    expect(value).toEqual({
      url: 'https://xn--bcher-kva.example/b?x=1&y=%C3%A4&z=%26#h',
      base64: 'aGk=',
      clone: { a: ['1970-01-01T00:00:00.000Z'] },
      words: '日本😀',
      iso: '2026-01-02T00:00:00.000Z',
      date: '[object Date]',
    })
    // Built in are the SDK's functions; a piece's own say what they are.
    const own = sources.pop()
    for (const source of sources) expect(source).toMatch(/^function \w+\(\) \{\s+\[native code\]\s+\}$/)
    expect(own).toMatch(/^(n\d*)=>\1\+1$/)
  })
})

describe('triggers and what surrounds a call', () => {
  const feed: FakeOptions['answer'] = ({ kind }) => {
    if (kind === 'http.request') return reply({ ...JSON_HEAD, end: true }, bytes('[{"id":3},{"id":2},{"id":1}]'))
    if (kind === 'store.get') return reply({ found: true }, bytes('1'))
    return reply({})
  }
  const trigger = (hook: string) =>
    run('trigger', ['new_item', hook], { props: { feed: 'http://127.0.0.1/feed' }, auth }, { answer: feed })

  test.each([
    ['on-enable', { schedule: { intervalMs: 60_000 } }, [['store.put', 'lastItem', '3']]],
    [
      'run',
      [{ id: 3 }, { id: 2 }],
      [
        ['store.get', 'lastItem', ''],
        ['store.put', 'lastItem', '3'],
      ],
    ],
    ['test', [{ id: 3 }, { id: 2 }, { id: 1 }], []],
    ['on-disable', null, [['store.delete', 'lastItem', '']]],
  ])('%s', async (hook, value, kept) => {
    const done = await trigger(hook)
    expect(done).toMatchObject({ ok: true, value })
    const store = done.effects.filter((effect) => effect.kind.startsWith('store.'))
    expect(store.map((effect) => [effect.kind, effect.ask.key, new TextDecoder().decode(effect.bytes)])).toEqual(kept)
  })

  test.each([
    [
      'actions/choose/props/region',
      { props: {}, auth, searchValue: 'e' },
      { options: [{ label: 'eu of t-1', value: 'eu' }] },
    ],
    ['actions/choose/props/fields/size', { props: { region: 'eu' } }, { options: [{ label: 'Small', value: 1 }] }],
    ['auth/validate', { auth: { ...auth, secret_text: 'x' } }, { valid: false, error: 'a token begins with t-' }],
    ['auth/identifier', { auth }, 'token t-1'],
  ])('resolves %s', async (path, input, value) => {
    expect(await run('resolve', [path], input)).toMatchObject({ ok: true, value })
  })
})
