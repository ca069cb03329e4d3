import { expect, test } from 'vitest'
import { type Auth, checkAuth } from './auth.ts'

const SECRET = { type: 'SECRET_TEXT', displayName: 'Key' } as Auth
const BASIC = { type: 'BASIC_AUTH', username: { displayName: 'U' }, password: { displayName: 'P' } } as Auth
const CUSTOM = {
  type: 'CUSTOM_AUTH',
  props: {
    url: { type: 'SHORT_TEXT', displayName: 'U', required: true },
    n: { type: 'NUMBER', displayName: 'N', required: false },
  },
} as Auth
const OAUTH2 = { type: 'OAUTH2', authUrl: 'https://a', tokenUrl: 'https://t', scope: [] } as Auth

const accepted: [name: string, declared: Auth[], value: unknown, required: boolean, becomes?: unknown][] = [
  ['no connection where none is declared', [], undefined, true],
  ['no connection where none is needed', [SECRET], null, false],
  ['a secret', [SECRET], { type: 'SECRET_TEXT', secret_text: 's' }, true],
  ['a second type', [SECRET, BASIC], { type: 'BASIC_AUTH', username: 'u', password: 'p' }, true],
  ['OAuth2 of the cloud', [OAUTH2], { type: 'CLOUD_OAUTH2', access_token: 't', claimed_at: 1, data: {} }, true],
  ['OAuth2 of the platform', [OAUTH2], { type: 'PLATFORM_OAUTH2', access_token: 't' }, true],
  [
    'a form, converted',
    [CUSTOM],
    { type: 'CUSTOM_AUTH', props: { url: 'https://x', n: '5' } },
    true,
    { type: 'CUSTOM_AUTH', props: { url: 'https://x', n: 5 } },
  ],
]
test.each(accepted)('accepted: %s', (_name, declared, value, required, becomes) => {
  expect(checkAuth(declared, value, required)).toEqual({ auth: becomes ?? value ?? undefined, violations: [] })
})

const refused: [name: string, declared: Auth[], value: unknown, path: string, message: RegExp][] = [
  [
    'none where one is needed',
    [SECRET, BASIC],
    undefined,
    'auth',
    /of type SECRET_TEXT or BASIC_AUTH, such as \{"type":"SECRET_TEXT","secret_text":"…"\}/,
  ],
  ['one where none is declared', [], { type: 'SECRET_TEXT', secret_text: 's' }, 'auth', /declares no connection/],
  ['another type', [SECRET], { type: 'BASIC_AUTH', username: 'u', password: 'p' }, 'auth.type', /one of SECRET_TEXT/],
  ['a bare text', [SECRET], 's3cr3t', 'auth', /such as \{"type":"SECRET_TEXT"/],
  ['a secret without its text', [SECRET], { type: 'SECRET_TEXT' }, 'auth.secret_text', /is missing/],
  [
    'a password that is none',
    [BASIC],
    { type: 'BASIC_AUTH', username: 'u', password: 1 },
    'auth.password',
    /must be text/,
  ],
  ['OAuth2 without a token', [OAUTH2], { type: 'OAUTH2' }, 'auth.access_token', /is missing/],
  ['a form with a hole', [CUSTOM], { type: 'CUSTOM_AUTH', props: {} }, 'auth.props.url', /is required/],
  [
    'more texts than any connection holds',
    [OAUTH2],
    { type: 'OAUTH2', access_token: 't', data: Array.from({ length: 300 }, String) },
    'auth',
    /holds 302 texts; at most 256/,
  ],
  ['a token of a megabyte', [SECRET], { type: 'SECRET_TEXT', secret_text: 'x'.repeat(1e6) }, 'auth', /1000011 char/],
  [
    'a form with too much',
    [CUSTOM],
    { type: 'CUSTOM_AUTH', props: { url: 'u', x: 1 } },
    'auth.props.x',
    /no property here/,
  ],
]
test.each(refused)('refused: %s', (_name, declared, value, path, message) => {
  expect(checkAuth(declared, value, true).violations).toEqual([{ path, message: expect.stringMatching(message) }])
})
