import { describe, expect, test } from 'vitest'
import { Refused } from '../errors.ts'
import { grantedEnv } from './env.ts'
import {
  type Capabilities,
  capabilityRefusals,
  exceeds,
  grantOf,
  missing,
  parseOrigin,
  parsePattern,
} from './grants.ts'

const to = (url: string) => {
  const [scheme, authority] = url.split('://') as [string, string]
  return parseOrigin(scheme, authority)
}

describe('a pattern', () => {
  const refused: [pattern: string, reason: RegExp][] = [
    ['', /no scheme/],
    ['api.example.com', /no scheme/],
    ['//api.example.com', /no scheme/],
    ['*', /no scheme/],
    ['ftp://example.com', /"ftp" is neither/],
    ['javascript://example.com', /"javascript" is neither/],
    ['*://example.com', /no scheme/],
    ['https://', /host or port/],
    ['https://api.example.com/', /whole origin/],
    ['https://api.example.com/v1', /whole origin/],
    ['https://api.example.com?x=1', /whole origin/],
    ['https://api.example.com#x', /whole origin/],
    ['https://api.example.com\\evil', /whole origin/],
    ['https://user@api.example.com', /user names/],
    ['https://user:secret@api.example.com', /user names/],
    ['https://api.example.com:', /host or port/],
    ['https://api.example.com:0', /host or port/],
    ['https://api.example.com:65536', /host or port/],
    ['https://api.example.com:x', /host or port/],
    ['https://api.*.com', /leading label/],
    ['https://api*.example.com', /leading label/],
    ['https://*api.example.com', /leading label/],
    ['https://*.*.example.com', /leading label/],
    ['https://**', /leading label/],
    ['https://*.', /host or port/],
    ['https://*.com', /top-level/],
    ['https://*.10.0.0.1', /addresses? has|host or port|no subdomains/],
    ['https://*.[::1]', /host or port|no subdomains/],
    ['http://*', /plain http/],
    ['http://*:8080', /plain http/],
    ['https://*:x', /port/],
    ['https://a b', /host or port/],
    ['https://exa\nmple.com', /host or port/],
    ['https://exam\tple.com', /host or port/],
    [' https://example.com', /no scheme/],
    ['https://example.com..', /host or port/],
    ['https://1.2.3.4.5', /host or port/],
    ['https://{auth.props.url}', /stands alone/],
    ['{auth.props.url}/v1', /stands alone/],
    ['{auth}', /stands alone/],
    ['{auth.}', /stands alone/],
    ['{props.url}', /stands alone/],
    ['{auth.props.a b}', /stands alone/],
    [`https://${'a'.repeat(600)}`, /512/],
  ]
  test.each(refused)('%j is refused', (pattern, reason) => {
    expect(() => parsePattern(pattern)).toThrow(Refused)
    expect(() => parsePattern(pattern)).toThrow(reason)
  })
})

describe('a request', () => {
  const cases: [url: string, patterns: string[], grant: 'named' | 'public' | undefined][] = [
    ['https://api.example.com', [], undefined],
    ['https://api.example.com', ['https://api.example.com'], 'named'],
    ['https://API.Example.COM', ['https://api.example.com'], 'named'],
    ['https://api.example.com.', ['https://api.example.com'], 'named'],
    ['https://api.example.com', ['https://Api.example.com.'], 'named'],
    ['https://api.example.com:443', ['https://api.example.com'], 'named'],
    ['https://api.example.com', ['https://api.example.com:443'], 'named'],
    ['https://api.example.com:8443', ['https://api.example.com'], undefined],
    ['https://api.example.com:8443', ['https://api.example.com:8443'], 'named'],
    ['http://api.example.com', ['https://api.example.com'], undefined],
    ['https://api.example.com:80', ['http://api.example.com'], undefined],
    ['https://evil-api.example.com', ['https://api.example.com'], undefined],
    ['https://api.example.com.evil', ['https://api.example.com'], undefined],
    ['https://evilexample.com', ['https://*.example.com'], undefined],
    ['https://example.com', ['https://*.example.com'], undefined],
    ['https://a.example.com', ['https://*.example.com'], 'named'],
    ['https://a.b.example.com', ['https://*.example.com'], 'named'],
    ['https://a.example.com:444', ['https://*.example.com'], undefined],
    ['https://a.example.com:444', ['https://*.example.com:444'], 'named'],
    ['http://a.example.com', ['http://*.example.com'], 'named'],
    ['https://anything.example', ['https://*'], 'public'],
    ['https://anything.example:444', ['https://*'], undefined],
    ['https://anything.example:444', ['https://*:444'], 'public'],
    ['http://anything.example', ['https://*'], undefined],
    ['https://api.example.com', ['https://*', 'https://api.example.com'], 'named'],
    ['https://bücher.example', ['https://xn--bcher-kva.example'], 'named'],
    ['https://xn--bcher-kva.example', ['https://bücher.example'], 'named'],
    ['https://127.1', ['https://127.0.0.1'], 'named'],
    ['https://2130706433', ['https://127.0.0.1'], 'named'],
    ['https://[::1]', ['https://[::1]'], 'named'],
    ['https://[0:0:0:0:0:0:0:1]', ['https://[::1]'], 'named'],
    ['https://*.example.com', ['https://*.example.com'], 'named'],
  ]
  test.each(cases)('%s with %j is %s', (url, patterns, grant) => {
    expect(grantOf(patterns, undefined, to(url)!)).toBe(grant)
  })

  test.each([
    'https://',
    'https://user@host',
    'https://a:b@host',
    'https://host/path',
    'https://host?q',
    'https://host#f',
    'https://host\\evil',
    'https://ho st',
    'https://host\r\nx: y',
    'https://host:',
    'https://host:0',
    'https://host:99999',
    'https://[::1',
    'https://[fe80::1%25eth0]',
    'https://1.2.3.256',
    'ftp://host',
    'file://host',
    'wss://host',
  ])('%j is no origin', (url) => {
    expect(to(url)).toBeUndefined()
  })
})

describe('an origin in the connection', () => {
  const pattern = ['{auth.props.url}']
  const cases: [auth: unknown, url: string, granted: boolean][] = [
    [{ props: { url: 'https://acme.example.com' } }, 'https://acme.example.com', true],
    [{ props: { url: ' https://acme.example.com/api/v2?x ' } }, 'https://acme.example.com', true],
    [{ props: { url: 'acme.example.com' } }, 'https://acme.example.com', true],
    [{ props: { url: 'acme.example.com:8443/x' } }, 'https://acme.example.com:8443', true],
    [{ props: { url: 'http://acme.example.com' } }, 'http://acme.example.com', true],
    [{ props: { url: 'http://acme.example.com' } }, 'https://acme.example.com', false],
    [{ props: { url: 'https://acme.example.com' } }, 'https://other.example.com', false],
    [{ props: { url: 'https://acme.example.com@evil.example' } }, 'https://acme.example.com', false],
    [{ props: { url: 'https://*' } }, 'https://other.example.com', false],
    [{ props: { url: '*.example.com' } }, 'https://other.example.com', false],
    [{ props: { url: 'ftp://acme.example.com' } }, 'https://acme.example.com', false],
    [{ props: { url: '' } }, 'https://acme.example.com', false],
    [{ props: { url: 7 } }, 'https://acme.example.com', false],
    [{ props: {} }, 'https://acme.example.com', false],
    [{}, 'https://acme.example.com', false],
    [null, 'https://acme.example.com', false],
    ['https://acme.example.com', 'https://acme.example.com', false],
    [{ props: Object.create({ url: 'https://acme.example.com' }) }, 'https://acme.example.com', false],
  ]
  test.each(cases)('%j: %s is %s', (auth, url, granted) => {
    expect(grantOf(pattern, auth, to(url)!)).toBe(granted ? 'named' : undefined)
  })
})

describe('what is granted and what is asked', () => {
  const cases: { granted: Capabilities; asked: Capabilities; exceeds: string[]; missing: string[] }[] = [
    { granted: {}, asked: {}, exceeds: [], missing: [] },
    {
      granted: {},
      asked: { http: ['https://a.example'], env: { A: {} }, store: ['flow'], files: ['read'], run: ['stop'] },
      exceeds: [],
      missing: ['http https://a.example', 'env A', 'store flow', 'files read', 'run stop'],
    },
    {
      granted: { http: ['https://a.example'], env: { A: 'x' }, store: ['flow'], files: ['read'], run: ['stop'] },
      asked: {},
      exceeds: ['http https://a.example', 'env A', 'store flow', 'files read', 'run stop'],
      missing: [],
    },
    { granted: { http: ['https://A.example:443'] }, asked: { http: ['https://a.example'] }, exceeds: [], missing: [] },
    {
      granted: { http: ['https://a.example.com'] },
      asked: { http: ['https://*.example.com'] },
      exceeds: [],
      missing: ['http https://*.example.com'],
    },
    {
      granted: { http: ['https://*.example.com'] },
      asked: { http: ['https://a.example.com'] },
      exceeds: ['http https://*.example.com'],
      missing: [],
    },
    {
      granted: { http: ['https://*.b.example.com'] },
      asked: { http: ['https://*.example.com'] },
      exceeds: [],
      missing: ['http https://*.example.com'],
    },
    {
      granted: { http: ['https://example.com'] },
      asked: { http: ['https://*.example.com'] },
      exceeds: ['http https://example.com'],
      missing: ['http https://*.example.com'],
    },
    {
      granted: { http: ['https://a.example', 'https://*.b.example'] },
      asked: { http: ['https://*'] },
      exceeds: [],
      missing: ['http https://*'],
    },
    {
      granted: { http: ['https://*'] },
      asked: { http: ['https://a.example'] },
      exceeds: ['http https://*'],
      missing: [],
    },
    {
      granted: { http: ['http://a.example'] },
      asked: { http: ['https://*'] },
      exceeds: ['http http://a.example'],
      missing: ['http https://*'],
    },
    {
      granted: { http: ['https://10.0.0.1', 'https://intranet'] },
      asked: { http: ['https://*'] },
      exceeds: ['http https://10.0.0.1', 'http https://intranet'],
      missing: ['http https://*'],
    },
    {
      granted: { http: ['https://a.example:444'] },
      asked: { http: ['https://a.example'] },
      exceeds: ['http https://a.example:444'],
      missing: ['http https://a.example'],
    },
    { granted: { http: ['{auth.props.url}'] }, asked: { http: ['{auth.props.url}'] }, exceeds: [], missing: [] },
    {
      granted: { http: ['{auth.props.other}'] },
      asked: { http: ['https://*', '{auth.props.url}'] },
      exceeds: ['http {auth.props.other}'],
      missing: ['http https://*', 'http {auth.props.url}'],
    },
    {
      granted: { env: { A: '1' } },
      asked: { env: { A: { required: true }, B: { required: false } } },
      exceeds: [],
      missing: [],
    },
    {
      granted: { env: { AB: '1' } },
      asked: { env: { A: { required: true } } },
      exceeds: ['env AB'],
      missing: ['env A'],
    },
    { granted: { env: { toString: '1' } }, asked: { env: {} }, exceeds: ['env toString'], missing: [] },
    {
      granted: { http: ['nonsense'] },
      asked: { http: ['https://*', 'rubbish'] },
      exceeds: ['http nonsense'],
      missing: ['http https://*', 'http rubbish'],
    },
    { granted: { store: ['flow', 'project'] }, asked: { store: ['flow'] }, exceeds: ['store project'], missing: [] },
    { granted: { run: ['respond'] }, asked: { run: ['respond', 'wait'] }, exceeds: [], missing: ['run wait'] },
  ]
  test.each(cases)('$granted of $asked', ({ granted, asked, exceeds: more, missing: less }) => {
    expect(exceeds(granted, asked)).toEqual(more)
    expect(missing(granted, asked)).toEqual(less)
  })

  test('every malformed capability is named', () => {
    const reasons = capabilityRefusals({
      http: ['https://ok.example', 'nonsense', 'http://*'],
      env: { OK: '', 'NOT OK': '', '1': '' },
      store: ['flow', 'world'],
      files: ['execute'],
      run: ['respond', 'restart'],
    })
    expect(reasons.map((reason) => reason.split(':')[0])).toEqual([
      'http pattern "nonsense"',
      'http pattern "http',
      'env "1"',
      'env "NOT OK"',
      'store "world"',
      'files "execute"',
      'run "restart"',
    ])
  })

  test('only variables that are asked and granted are seen', () => {
    expect(grantedEnv({ env: { A: '1', AB: '2', C: '3' } }, { env: { A: {}, B: {} } })).toEqual({ A: '1' })
    expect(grantedEnv({ env: { A: '1' } }, {})).toEqual({})
  })
})
