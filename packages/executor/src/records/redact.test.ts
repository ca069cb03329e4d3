import { expect, test } from 'vitest'
import { createRedactor } from './redact.ts'

const SECRET = 'p@ss "word"/ü+1'
const redactor = createRedactor(
  { type: 'CUSTOM_AUTH', props: { token: SECRET, user: 'bob' }, list: ['second-secret'] },
  { API_KEY: 'k-123456', SHORT: 'abc' },
)
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each([
  { name: 'as it is', text: `x ${SECRET} y`, becomes: 'x redacted-auth-props-token y' },
  { name: 'twice', text: SECRET + SECRET, becomes: 'redacted-auth-props-tokenredacted-auth-props-token' },
  { name: 'in JSON', text: JSON.stringify({ a: SECRET }), becomes: '{"a":"redacted-auth-props-token"}' },
  { name: 'in a URL', text: `?t=${encodeURIComponent(SECRET)}&u=1`, becomes: '?t=redacted-auth-props-token&u=1' },
  { name: 'in a form', text: new URLSearchParams({ t: SECRET }).toString(), becomes: 't=redacted-auth-props-token' },
  { name: 'in a list', text: 'second-secret', becomes: 'redacted-auth-list-0' },
  { name: 'of the environment', text: 'k-123456', becomes: 'redacted-env-API-KEY' },
  { name: 'too short to be one', text: 'bob abc', becomes: 'bob abc' },
])('a secret $name', ({ text, becomes }) => {
  expect(redactor.text(text)).toBe(becomes)
  expect(Buffer.from(redactor.bytes(Buffer.from(text))).toString()).toBe(becomes)
})

test.each(['', 'u:', 'us:', 'use:'])('a secret in base64 after "%s", in either alphabet', (before) => {
  for (const after of ['', '!', '!!']) {
    const encoded = base64(before + SECRET + after)
    for (const form of [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')])
      expect(redactor.text(`Basic ${form}`)).toContain('redacted-auth-props-token')
  }
})

test('a name can stand where its secret stood: in a header, in a URL', () => {
  const name = redactor.text(SECRET)
  expect(new Headers({ authorization: `Bearer ${name}` }).get('authorization')).toBe(`Bearer ${name}`)
  expect(encodeURIComponent(name)).toBe(name)
})

test('of two secrets, one inside the other, the longer one counts', () => {
  const both = createRedactor({ a: 'secret', b: 'secret-long' }, {})
  expect(both.text('secret-long secret')).toBe('redacted-auth-b redacted-auth-a')
})

test('headers that are secret by nature, whatever they hold', () => {
  const headers = [
    ['Authorization', 'Bearer unknown'],
    ['x-trace', `a ${SECRET}`],
    ['SET-COOKIE', 'a=b'],
    ['accept', '*/*'],
  ] as const
  expect(redactor.headers(headers)).toEqual([
    ['Authorization', 'redacted-header-authorization'],
    ['x-trace', 'a redacted-auth-props-token'],
    ['SET-COOKIE', 'redacted-header-set-cookie'],
    ['accept', '*/*'],
  ])
})

test('values are searched whole: keys, lists, bytes', () => {
  const value = { [SECRET]: [SECRET, { deep: Buffer.from(SECRET) }], n: 1, none: null }
  const redacted = redactor.value<unknown>(value)
  expect(redacted).toEqual({
    'redacted-auth-props-token': [
      'redacted-auth-props-token',
      { deep: new Uint8Array(Buffer.from('redacted-auth-props-token')) },
    ],
    n: 1,
    none: null,
  })
})

test('a replay redacts the placeholders into themselves', () => {
  const again = createRedactor(redactor.value({ props: { token: SECRET } }), {})
  expect(again.text('Bearer redacted-auth-props-token')).toBe('Bearer redacted-auth-props-token')
})

test('what a replay needs as it was is left alone', () => {
  const some = createRedactor(
    { type: 'SECRET_TEXT', props: { url: 'https://api.example.com' } },
    {},
    (path) => path === 'auth.type' || path === 'auth.props.url',
  )
  expect(some.text('SECRET_TEXT https://api.example.com')).toBe('SECRET_TEXT https://api.example.com')
})

test('without secrets nothing is touched', () => {
  const none = createRedactor(undefined, {})
  const bytes = Buffer.from('anything')
  expect(none.bytes(bytes)).toBe(bytes)
})

test('a secret of any length, and one that begins like another', () => {
  const long = `begins-alike-${'x'.repeat(200_000)}`
  const two = createRedactor({ long, short: 'begins-alike-no' }, {})
  expect(two.text(`1 ${long} 2 begins-alike-no 3 begins-alike 4 ${encodeURIComponent(long)}`)).toBe(
    '1 redacted-auth-long 2 redacted-auth-short 3 begins-alike 4 redacted-auth-long',
  )
})
