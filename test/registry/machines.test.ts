/** What programs read of a registry as a whole: the description of its API, feeds, badges, the map of the site, suggestions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifact, type Running, startRegistry } from './registry.ts'

let here: Running
beforeAll(async () => {
  here = await startRegistry()
  const acme = await here.author('acme')
  for (const version of ['1.0.0', '1.1.0'])
    await here.publish(acme, '@acme/echo', version, await artifact({ name: '@acme/echo', version, tags: ['echo'] }))
  await here.publish(acme, 'bare', '0.1.0', await artifact({ name: 'bare', version: '0.1.0', license: 'MIT' }))
})
afterAll(() => here?.close())

test('the API is described: every route, its parameters and its refusals', async () => {
  const { body } = await here.ask('GET', '/openapi.json')
  expect(Object.keys(body.paths).sort()).toEqual([
    '/api/v1/artifacts/{digest}',
    '/api/v1/login/device',
    '/api/v1/login/token',
    '/api/v1/me',
    '/api/v1/pieces',
    '/api/v1/pieces/{name}',
    '/api/v1/pieces/{name}/diff/{range}',
    '/api/v1/pieces/{name}/hide',
    '/api/v1/pieces/{name}/owners/{account}',
    '/api/v1/pieces/{name}/reports',
    '/api/v1/pieces/{name}/{version}',
    '/api/v1/pieces/{name}/{version}/artifact',
    '/api/v1/pieces/{name}/{version}/yank',
    '/api/v1/search/suggest',
  ])
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, { summary: string }>>))
    for (const [method, { summary }] of Object.entries(methods)) expect(summary, `${method} ${path}`).toMatch(/\.$/)
  const search = body.paths['/api/v1/pieces'].get.parameters.map((one: { name: string }) => one.name)
  expect(search).toEqual(
    expect.arrayContaining(['q', 'language', 'category', 'capability', 'host', 'import', 'export', 'cursor']),
  )
})

test('a search is read page by page', async () => {
  const first = await here.ask('GET', '/api/v1/pieces?sort=name&limit=1')
  expect(first.body).toMatchObject({ total: 2, pieces: [{ name: '@acme/echo', version: '1.1.0' }], cursor: '1' })
  const second = await here.ask('GET', '/api/v1/pieces?sort=name&limit=1&cursor=1')
  expect(second.body).toMatchObject({ pieces: [{ name: 'bare' }] })
  expect(second.body.cursor).toBeUndefined()
  expect((await here.ask('GET', '/api/v1/pieces?tag=echo&license=none')).body.total).toBe(1)
  expect((await here.ask('GET', '/api/v1/pieces?export=ap:piece/handler')).body.total).toBe(2)
  expect((await here.ask('GET', '/api/v1/pieces?license=MIT')).body.pieces[0].name).toBe('bare')
})

test.each([
  ['/api/v1/pieces?colour=red', 'colour'],
  ['/api/v1/pieces?limit=1000', 'limit'],
  ['/api/v1/pieces?sort=luck', 'sort'],
  ['/api/v1/pieces?cursor=-1', 'cursor'],
  [`/api/v1/pieces?q=${'x'.repeat(201)}`, 'q'],
  ['/api/v1/pieces/Bad%20Name', 'name'],
  ['/api/v1/artifacts/sha256:abc', 'digest'],
])('%s is refused, and says %s', async (path, says) => {
  const answer = await here.ask('GET', path)
  expect(answer).toMatchObject({ status: 400, body: { code: 'AR_BAD_REQUEST', fault: 'caller' } })
  expect(JSON.stringify(answer.body.violations)).toContain(says)
})

test('names are suggested as they are typed', async () => {
  const { body } = await here.ask('GET', '/api/v1/search/suggest?q=ec')
  expect(body).toEqual([{ name: '@acme/echo', displayName: 'Fixture', href: `${here.url}/pieces/@acme/echo` }])
})

test('any page may read what is public, and no page may write', async () => {
  const read = await here.ask('GET', '/api/v1/pieces', undefined, { origin: 'https://app.example' })
  expect(read.headers.get('access-control-allow-origin')).toBe('*')
  const artifact = await here.fetch('/api/v1/pieces/bare/0.1.0/artifact', {
    headers: { origin: 'https://app.example' },
  })
  expect(artifact.headers.get('access-control-allow-origin')).toBe('*')
  for (const path of ['/api/v1/me', '/account', '/sign-in'])
    expect(
      (await here.ask('GET', path, undefined, { origin: 'https://app.example' })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
})

describe('feeds', () => {
  const entries = async (path: string): Promise<string[]> => {
    const answer = await here.ask('GET', path)
    expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    return [...String(answer.body).matchAll(/<title>([^<]*)<\/title>/g)].map((match) => match[1]!).slice(1)
  }
  test('of all new versions, newest first', async () =>
    expect(await entries('/feed.atom')).toEqual(['bare 0.1.0', '@acme/echo 1.1.0', '@acme/echo 1.0.0']))
  test('of one piece', async () =>
    expect(await entries('/pieces/@acme/echo/feed.atom')).toEqual(['@acme/echo 1.1.0', '@acme/echo 1.0.0']))
  test('withdrawn versions leave it', async () => {
    await here.registry.catalog.pieces.setYanked('@acme/echo', '1.1.0', 'it loses data')
    expect(await entries('/feed.atom')).toEqual(['bare 0.1.0', '@acme/echo 1.0.0'])
    expect(await entries('/pieces/@acme/echo/feed.atom')).toEqual(['@acme/echo 1.0.0'])
    await here.registry.catalog.pieces.setYanked('@acme/echo', '1.1.0', null)
  })
})

test('a badge says version and score', async () => {
  const badge = await here.ask('GET', '/badge/@acme/echo.svg')
  expect(badge.headers.get('content-type')).toBe('image/svg+xml')
  expect(badge.body).toMatch(/aria-label="@acme\/echo: 1\.1\.0 · \d+"/)
})

test('the map of the site lists every piece; robots are told where it is', async () => {
  const { body } = await here.ask('GET', '/sitemap.xml')
  for (const path of ['/', '/search', '/pieces/@acme/echo', '/pieces/bare', '/authors/acme', '/docs/score'])
    expect(body).toContain(`<loc>${here.url}${path}</loc>`)
  expect((await here.ask('GET', '/robots.txt')).body).toContain(`Sitemap: ${here.url}/sitemap.xml`)
})

test('an address that ranges or forgets its slash leads to the one page', async () => {
  for (const [path, to] of [
    ['/pieces/@acme/echo/latest', '/pieces/@acme/echo/1.1.0'],
    ['/pieces/@acme/echo/~1.0', '/pieces/@acme/echo/1.0.0'],
    ['/pieces/@acme/echo/diff?from=1.0.0&to=latest', '/pieces/@acme/echo/diff/1.0.0...1.1.0'],
  ] as const) {
    const answer = await here.fetch(path, { headers: { accept: 'text/html' } })
    expect([answer.status, answer.headers.get('location')]).toEqual([307, to])
  }
  expect((await here.fetch('/pieces/bare/', { headers: { accept: 'text/html' } })).status).toBe(200)
})
