import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkDescription, type Description } from '../../../packages/executor/src/description.ts'
import { createAction, createPiece, PieceAuth, Property } from '../src/index.ts'
import { msgpack } from '../src/msgpack.ts'
import { describePiece } from '../src/testing.ts'
import { VERSION } from '../src/version.ts'
import { everything } from './everything.ts'

test('a piece with everything describes itself as the contract says', () => {
  const description = describePiece(everything) as Description
  expect(checkDescription(description)).toEqual([])
  expect(Object.keys(description.actions)).toEqual(['all', 'steps'])
  expect(description.auth?.map((auth) => auth.type)).toEqual([
    'SECRET_TEXT',
    'BASIC_AUTH',
    'CUSTOM_AUTH',
    'OAUTH2',
    'OIDC',
  ])
  expect(description.actions.all).toMatchObject({ requireAuth: true, audience: 'both' })
  expect(description.actions.steps).toMatchObject({ requireAuth: false })
  expect(Object.entries(description.triggers).map(([name, trigger]) => [name, trigger.testStrategy])).toEqual([
    ['webhook', 'SIMULATION'],
    ['app', 'SIMULATION'],
    ['poll', 'TEST_FUNCTION'],
    ['manual', 'TEST_FUNCTION'],
  ])
})

test('functions stay out, what they stand for is told', () => {
  const { props } = (describePiece(everything) as Description).actions.all!
  expect(props.city).toEqual({
    type: 'DROPDOWN',
    displayName: 'City',
    required: false,
    refreshers: ['mode'],
    refreshOnSearch: true,
  })
  expect(props.fields).toEqual({ type: 'DYNAMIC', displayName: 'Fields', required: false, refreshers: ['mode'] })
  expect(props.mode).toMatchObject({
    options: { options: [{ value: 'fast' }, { value: 'slow' }] },
    defaultValue: 'fast',
  })
})

test('a piece without a connection requires none', () => {
  const piece = createPiece({
    displayName: 'P',
    auth: PieceAuth.None(),
    encoding: msgpack,
    actions: [createAction({ name: 'a', displayName: 'A', props: {}, run: () => null })],
    triggers: [],
  })
  const description = describePiece(piece) as Description
  expect(checkDescription(description)).toEqual([])
  expect(description).toMatchObject({ encoding: 'msgpack', actions: { a: { requireAuth: false } } })
  expect(description).not.toHaveProperty('auth')
})

const action = (name: string) => createAction({ name, displayName: 'A', props: {}, run: () => null })
const secret = () => PieceAuth.SecretText({ displayName: 'S', required: true })
test.each([
  ['two actions of one name', { actions: [action('a'), action('a')] }, 'two actions are named "a"'],
  ['a name with a space', { actions: [action('a b')] }, '"a b"'],
  ['a connection type twice', { actions: [], auth: [secret(), secret()] }, 'SECRET_TEXT'],
])('refuses %s when it is defined', (_name, params, message) => {
  expect(() => createPiece({ displayName: 'P', triggers: [], ...params })).toThrow(message)
})

test('the version is the one of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(VERSION).toBe(manifest.version)
})

test('a markdown text is described by its words', () => {
  const piece = createPiece({
    displayName: 'P',
    actions: [
      createAction({ name: 'a', displayName: 'A', props: { t: Property.MarkDown({ value: 'hi' }) }, run: () => null }),
    ],
    triggers: [],
  })
  expect((describePiece(piece) as Description).actions.a!.props.t).toMatchObject({
    type: 'MARKDOWN',
    description: 'hi',
  })
})
