import { expect, test } from 'vitest'
import { createReplay } from './calls/replay.ts'
import type { Effect, EffectReply } from './effect.ts'
import type { CallOutside } from './effects/index.ts'
import type { PieceError } from './errors.ts'
import { createRedactor } from './records/redact.ts'
import { type CallRecord, createRecorder } from './records.ts'

const NONE = new Uint8Array(0)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

/** An outside that answers each question with the next of `replies`. */
function scripted(replies: readonly (Partial<EffectReply> & { answer: object })[]): CallOutside {
  const left = [...replies]
  return {
    ...{ logs: [], effects: { files: [] }, bytesIn: 0, bytesOut: 0, hadEffects: false },
    ask: async () => ({ bytes: NONE, ...left.shift() }) as never,
    post() {},
    close() {},
  }
}

type Ask = Omit<Effect, 'bytes'> & { bytes?: Uint8Array }
async function askAll(outside: CallOutside, asks: readonly Ask[]): Promise<EffectReply[]> {
  const replies: EffectReply[] = []
  for (const one of asks) replies.push((await outside.ask({ bytes: NONE, ...one } as Effect)) as EffectReply)
  return replies
}

const request = (exchange: number, method: string, path: string, more: object = {}): Ask => ({
  kind: 'http.request',
  ask: {
    exchange,
    method,
    scheme: 'https',
    authority: 'api.example.com',
    pathWithQuery: path,
    headers: [['authorization', 'Bearer top-secret']],
    body: 'none',
    ...more,
  },
})
const read = (exchange: number, max = 65_536): Ask => ({ kind: 'http.read', ask: { exchange, max } })

const AUTH = { type: 'SECRET_TEXT', secret_text: 'top-secret' }
const redactor = createRedactor(AUTH, {}, (path) => path === 'auth.type')
const ASKS: Ask[] = [
  request(1, 'GET', '/items?key=top-secret'),
  read(1),
  read(1),
  { kind: 'store.get', ask: { scope: 'flow', key: 'top-secret' } },
  { ...request(2, 'POST', '/items', { body: 'whole' }), bytes: bytes('{"key":"top-secret"}') },
  read(2),
  request(3, 'PUT', '/stream', { body: 'stream' }),
  { kind: 'http.body', ask: { exchange: 3, end: false }, bytes: bytes('{"a":"top-') },
  { kind: 'http.body', ask: { exchange: 3, end: true }, bytes: bytes('secret"}') },
  read(3),
  { kind: 'files.write', ask: { name: 'a.bin', mediaType: 'text/plain' }, bytes: Uint8Array.of(0, 255) },
]
const REPLIES = [
  { answer: { status: 200, headers: [['set-cookie', 'a=b']], end: false }, bytes: bytes('first, top-') },
  { answer: { end: false }, bytes: bytes('secret, ') },
  { answer: { end: true }, bytes: bytes('last') },
  { answer: { found: true }, bytes: bytes('value') },
  { answer: { status: 201, headers: [], end: false } },
  { answer: { end: true }, bytes: Uint8Array.of(0, 159, 146, 150) },
  { answer: { status: 500, headers: [], end: false } },
  { answer: {} },
  { answer: {} },
  { answer: { error: { tag: 'connection-terminated' } } },
  { answer: { reference: 'file:1' } },
]

async function recorded(asks = ASKS, replies: typeof REPLIES = REPLIES): Promise<Pick<CallRecord, 'effects'>> {
  const recorder = createRecorder(Date.now(), 1024 * 1024)
  await askAll(recorder.around(scripted(replies)), asks)
  return { effects: recorder.effects(redactor)! }
}

test('a record holds what went out and what came back, without its secrets', async () => {
  const { effects } = await recorded()
  expect(effects.map(({ seq, kind }) => [seq, kind])).toEqual([
    [0, 'http'],
    [1, 'store.get'],
    [2, 'http'],
    [3, 'http'],
    [4, 'files.write'],
  ])
  expect(JSON.stringify(effects)).not.toMatch(/top-secret|a=b/)
  expect(effects[0]).toMatchObject({
    request: {
      method: 'GET',
      url: 'https://api.example.com/items?key=redacted-auth-secret-text',
      headers: [['authorization', 'redacted-header-authorization']],
    },
    response: { status: 200, body: 'first, redacted-auth-secret-text, last', early: true, chunks: [11, 8, 4] },
  })
  expect(effects[2]).toMatchObject({
    request: { body: '{"key":"redacted-auth-secret-text"}' },
    response: { bodyBase64: 'AJ+Slg==' },
  })
  expect(effects[3]).toMatchObject({
    request: { body: '{"a":"redacted-auth-secret-text"}' },
    response: { error: { tag: 'connection-terminated' } },
  })
  expect(effects[4]).toMatchObject({
    request: { name: 'a.bin', bodyBase64: 'AP8=' },
    response: { reference: 'file:1' },
  })
})

function replay(record: Pick<CallRecord, 'effects'>): { outside: CallOutside; divergence: Promise<PieceError> } {
  const { promise: divergence, resolve } = Promise.withResolvers<PieceError>()
  // The replayed call holds the placeholders where its secrets were.
  const again = createRedactor(redactor.value(AUTH), {}, (path) => path === 'auth.type')
  const outside = createReplay(record, again, scripted([]), resolve)
  return { outside, divergence }
}
const withPlaceholders = (asks: readonly Ask[]): Ask[] =>
  asks.map((one) => ({ ...redactor.value(one), ...(one.bytes ? { bytes: redactor.bytes(one.bytes) } : {}) }))

test('a replay answers the same questions with the same answers, read in the same parts', async () => {
  const { outside } = replay(await recorded())
  const streamed = withPlaceholders(ASKS)
  // What the guest sends in parts it sends in parts again, with the placeholder inside.
  streamed[7] = { ...ASKS[7]!, bytes: bytes('{"a":"redacted-auth-') }
  streamed[8] = { ...ASKS[8]!, bytes: bytes('secret-text"}') }
  const replies = await askAll(outside, streamed)
  expect(replies[0]).toMatchObject({ answer: { status: 200, end: false } })
  expect(text(replies[0]!.bytes) + text(replies[1]!.bytes) + text(replies[2]!.bytes)).toBe(
    'first, redacted-auth-secret-text, last',
  )
  expect(replies[2]?.answer).toEqual({ end: true })
  expect(replies[3]).toMatchObject({ answer: { found: true } })
  expect([...replies[5]!.bytes]).toEqual([0, 159, 146, 150])
  expect(replies[9]?.answer).toEqual({ error: { tag: 'connection-terminated' } })
  expect(replies[10]?.answer).toEqual({ reference: 'file:1' })
  expect(outside.effects.files).toMatchObject([{ reference: 'file:1', filename: 'a.bin', size: 2 }])
})

test('requests that were under way together may come in another order', async () => {
  const record = await recorded(
    [request(1, 'GET', '/a'), request(2, 'GET', '/b'), read(2), read(1)],
    [
      { answer: { status: 200, headers: [], end: false } },
      { answer: { status: 200, headers: [], end: false } },
      { answer: { end: true }, bytes: bytes('b') },
      { answer: { end: true }, bytes: bytes('a') },
    ],
  )
  const { outside } = replay(record)
  const replies = await askAll(outside, [request(7, 'GET', '/b'), read(7), request(8, 'GET', '/a'), read(8)])
  expect([text(replies[1]!.bytes), text(replies[3]!.bytes)]).toEqual(['b', 'a'])
})

test('a smaller buffer gets the same bytes in more parts', async () => {
  const { outside } = replay(
    await recorded(
      [request(1, 'GET', '/a'), read(1)],
      [{ answer: { status: 200, headers: [], end: false } }, { answer: { end: true }, bytes: bytes('abcdef') }],
    ),
  )
  const replies = await askAll(outside, [request(1, 'GET', '/a'), read(1, 4), read(1, 4)])
  expect(replies.slice(1).map((one) => [text(one.bytes), one.answer])).toEqual([
    ['abcd', { end: false }],
    ['ef', { end: true }],
  ])
})

test.each([
  { name: 'another path', ask: request(1, 'GET', '/other') },
  { name: 'another method', ask: request(1, 'DELETE', '/items?key=top-secret') },
  { name: 'another body', ask: { ...request(1, 'POST', '/items', { body: 'whole' }), bytes: bytes('{}') } },
  { name: 'another key', ask: { kind: 'store.get', ask: { scope: 'flow', key: 'other' } } as Ask },
  {
    name: 'another content',
    ask: { kind: 'files.write', ask: { name: 'a.bin', mediaType: 'text/plain' }, bytes: bytes('x') } as Ask,
  },
])('what was not asked then diverges: $name', async ({ ask }) => {
  const { outside, divergence } = replay(await recorded())
  void askAll(outside, [ask])
  expect(await divergence).toMatchObject({
    code: 'AP_REPLAY_DIVERGED',
    message: expect.stringMatching(/effect 0 .*GET https:\/\/api\.example\.com\/items/),
  })
})

test('the same once more than then diverges', async () => {
  const { outside, divergence } = replay(await recorded())
  const [get] = ASKS.slice(3, 4) as [Ask]
  void askAll(outside, withPlaceholders([get, get]))
  expect((await divergence).code).toBe('AP_REPLAY_DIVERGED')
})

test('what grows beyond its bound is given up whole; of two attempts the last one counts', async () => {
  const recorder = createRecorder(Date.now(), 1_000)
  await askAll(recorder.around(scripted([{ answer: { found: true }, bytes: new Uint8Array(2_000) }])), [ASKS[3]!])
  expect(recorder.effects(redactor)).toBeUndefined()
  await askAll(recorder.around(scripted([{ answer: { found: false } }])), [ASKS[3]!])
  expect(recorder.effects(redactor)).toHaveLength(1)
})
