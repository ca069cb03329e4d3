import { describe, expect, test } from 'vitest'
import type { Effect, EffectFailure, EffectKind, StoreScope } from '../effect.ts'
import { bytes, call, engines, NONE, text } from './outside.suite.ts'

const get = (key: string, scope: StoreScope = 'flow'): Effect<'store.get'> => ({
  kind: 'store.get',
  ask: { scope, key },
  bytes: NONE,
})
const put = (key: string, value: string, scope: StoreScope = 'flow'): Effect<'store.put'> => ({
  kind: 'store.put',
  ask: { scope, key },
  bytes: bytes(value),
})
const remove = (key: string, scope: StoreScope = 'flow'): Effect<'store.delete'> => ({
  kind: 'store.delete',
  ask: { scope, key },
  bytes: NONE,
})
const keys = (prefix: string, scope: StoreScope = 'flow'): Effect<'store.keys'> => ({
  kind: 'store.keys',
  ask: { scope, prefix },
  bytes: NONE,
})

const both = { store: ['flow', 'project'] as const }
const run = { projectId: 'p', flowId: 'f' }
const code = (answer: object) => (answer as { failure?: EffectFailure }).failure?.code

describe('the store of a call', () => {
  test('keeps state for the next call of the same piece, tenant and flow', async () => {
    const using = await engines()
    await call(using, { grants: both, run }).ask(put('a', 'one'))
    const next = call(using, { grants: both, run })
    const { answer, bytes: value } = await next.ask(get('a'))
    expect(answer).toEqual({ found: true })
    expect(text(value)).toBe('one')
    expect((await next.ask(keys(''))).answer).toEqual({ keys: ['a'] })
    expect((await next.ask(get('a', 'project'))).answer).toEqual({ found: false })
    await next.ask(remove('a'))
    expect((await next.ask(get('a'))).answer).toEqual({ found: false })
    for (const other of [{ tenant: 'umbrella' }, { piece: 'other' }, { run: { projectId: 'p', flowId: 'g' } }])
      expect((await call(using, { grants: both, run, ...other }).ask(keys(''))).answer).toEqual({ keys: [] })
  })

  test('of the project is shared by its flows', async () => {
    const using = await engines()
    await call(using, { grants: both, run }).ask(put('a', 'one', 'project'))
    const other = call(using, { grants: both, run: { projectId: 'p' } })
    expect((await other.ask(get('a', 'project'))).answer).toEqual({ found: true })
  })

  const refused: [name: string, effect: Effect, options: Parameters<typeof call>[1], code: string, message: RegExp][] =
    [
      ['nothing granted', get('a'), { run }, 'not_granted', /"flow" to capabilities\.store in piece\.json/],
      [
        'another scope granted',
        put('a', 'x', 'project'),
        { run, grants: { store: ['flow'] } },
        'not_granted',
        /"project"/,
      ],
      ['delete without a grant', remove('a'), { run }, 'not_granted', /store/],
      ['keys without a grant', keys(''), { run }, 'not_granted', /store/],
      ['no flow', get('a'), { grants: both }, 'no_flow', /flowId/],
      ['no key', put('', 'x'), { run, grants: both }, 'invalid_key', /at least one/],
      ['a control character', put('a\u0001', 'x'), { run, grants: both }, 'invalid_key', /control/],
      ['a long key', get('ä'.repeat(65)), { run, grants: both }, 'limit_exceeded', /130 bytes; storeKeyBytes is 128/],
      [
        'a large value',
        put('a', 'x'.repeat(11)),
        { run, grants: both, limits: { storeValueBytes: 10 } },
        'limit_exceeded',
        /11 bytes; storeValueBytes is 10/,
      ],
      ['too many', get('a'), { run, grants: both, limits: { storeOps: 0 } }, 'limit_exceeded', /storeOps is 0/],
    ]
  test.each(refused)('refused: %s', async (_, effect, options, expected, message) => {
    const { answer } = await call(await engines(), options).ask(effect)
    expect(code(answer)).toBe(expected)
    expect((answer as { failure: EffectFailure }).failure.message).toMatch(message)
  })

  test('refused: no room left', async () => {
    const outside = call(await engines({ storeBytesPerPiece: 10 }), { grants: both, run })
    expect((await outside.ask(put('a', 'x'.repeat(9)))).answer).toEqual({})
    const { answer } = await outside.ask(put('b', ''))
    expect(code(answer)).toBe('limit_exceeded')
    expect((answer as { failure: EffectFailure }).failure.message).toMatch(/storeBytesPerPiece/)
  })

  test('allowed to the limit', async () => {
    const outside = call(await engines(), { grants: both, run, limits: { storeOps: 3, storeValueBytes: 10 } })
    expect((await outside.ask(put('ä'.repeat(64), 'x'.repeat(10)))).answer).toEqual({})
    expect((await outside.ask(get('ä'.repeat(64)))).answer).toEqual({ found: true })
    expect((await outside.ask(keys('x'.repeat(200)))).answer).toEqual({ keys: [] })
    expect(code((await outside.ask(get('a'))).answer)).toBe('limit_exceeded')
  })

  test('a page of keys is a thousand', async () => {
    const outside = call(await engines(), { grants: both, run, limits: { storeOps: 2000 } })
    for (let at = 0; at < 1005; at++) await outside.ask(put(`key${String(at).padStart(4, '0')}`, 'x'))
    const { answer } = await outside.ask(keys('key'))
    expect((answer as { keys: string[] }).keys).toHaveLength(1000)
    const rest = await outside.ask({
      kind: 'store.keys',
      ask: { scope: 'flow', prefix: 'key', after: 'key0999' },
      bytes: NONE,
    })
    expect((rest.answer as { keys: string[] }).keys).toEqual(['key1000', 'key1001', 'key1002', 'key1003', 'key1004'])
  })

  test.each<[kind: EffectKind, effect: Effect, effectful: boolean]>([
    ['store.get', get('a'), false],
    ['store.keys', keys(''), false],
    ['store.put', put('a', 'x'), true],
    ['store.delete', remove('a'), true],
  ])('%s is an effect: %o', async (_, effect, effectful) => {
    const outside = call(await engines(), { grants: both, run })
    await outside.ask(effect)
    expect(outside.hadEffects).toBe(effectful)
  })
})
