/** examples/feeds, built and run as any piece: over HTTP, against a web of feeds and pages as they are out there. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FeedsRunning, FOLDER, startFeeds } from './feeds.ts'
import type { Site } from './web.ts'

let feeds: FeedsRunning
let origin = ''
beforeAll(async () => {
  feeds = await startFeeds()
  origin = feeds.web.origin
  for (const file of readdirSync(join(FOLDER, 'test/files'))) feeds.web.put(`/files/${file}`, { file })
  feeds.web.put('/files/refresh-loop.html?again', { file: 'refresh-back.html' })
})
afterAll(() => feeds?.close())

test('its component is 6 MB at most', () => {
  expect(feeds.component.length).toBeLessThan(6_000_000)
})

test('its cases pass in `ap-wasm test`', () => {
  const launch = fileURLToPath(new URL('../../packages/cli/src/launch.ts', import.meta.url))
  const done = spawnSync(process.execPath, ['--conditions=@ap-wasm/source', launch, 'test', '--no-color'], {
    cwd: FOLDER,
    encoding: 'utf8',
  })
  expect(done.stdout + done.stderr).toContain('6 passed')
  expect(done.status).toBe(0)
})

interface Case extends Site {
  name: string
  props?: Record<string, unknown>
  output?: Record<string, unknown>
  failure?: Record<string, unknown>
  has?: string[]
  lacks?: string[]
}
const read = <T>(file: string): T => JSON.parse(readFileSync(join(FOLDER, 'test', file), 'utf8'))
/** Texts of a case may name the address of the web, which is another each time. */
const placed = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll('{origin}', origin).replaceAll('{folder}', 'files'))

async function answered(action: string, one: Case): Promise<{ output?: { markdown?: string }; failure?: unknown }> {
  const path = `/files/${one.file ?? encodeURIComponent(one.name)}`
  feeds.web.put(path, one)
  return feeds.action(action, { url: origin + path, ...one.props })
}

describe('feeds', () => {
  test.each(read<Case[]>('feeds.json'))('$name', async (one) => {
    const { output, failure } = placed(one)
    expect(await answered('parse_feed', one)).toMatchObject(failure ? { failure } : { output })
  })
  test.each(read<{ text: string; is: string | null }[]>('dates.json'))('the date "$text"', async ({ text, is }) => {
    const { output } = await answered('parse_feed', { name: 'dates', file: 'dates.xml' })
    expect(
      (output as { items?: { title: string; published: string }[] }).items?.find(
        (one) => one.title === text.replace(/\s+/g, ' '),
      )?.published,
    ).toBe(is)
  })
})

describe('pages', () => {
  test.each(read<Case[]>('pages.json'))('$name', async (one) => {
    const { output, failure, has = [], lacks = [] } = placed(one)
    const answer = await answered('read_page', one)
    expect(answer).toMatchObject(failure ? { failure } : { output })
    for (const text of has) expect(answer.output?.markdown).toContain(text)
    for (const text of lacks) expect(answer.output?.markdown).not.toContain(text)
  })
})

describe('what a server answers instead', () => {
  const ask = (path: string, limits?: Record<string, number>) =>
    feeds.action('parse_feed', { url: origin + path }, limits)
  const wordpress: Site = { file: 'wordpress.xml' }

  test.each([301, 302, 303, 307, 308])('%i, three times over', async (status) => {
    const to = (path: string): Site => ({ status, headers: { location: path } })
    feeds.web.put(`/${status}/a`, to(`/${status}/b`))
    feeds.web.put(`/${status}/b`, to(`${origin}/${status}/c`))
    feeds.web.put(`/${status}/c`, to('./d'))
    feeds.web.put(`/${status}/d`, wordpress)
    expect(await ask(`/${status}/a`)).toMatchObject({ output: { feed: { url: `${origin}/${status}/d` }, total: 2 } })
  })
  test('redirects in a circle', async () => {
    feeds.web.put('/circle', { status: 302, headers: { location: '/circle' } })
    expect(await ask('/circle')).toMatchObject({
      failure: { code: 'upstream_error', message: expect.stringMatching(/5 times/) },
    })
  })
  test('a redirect to where nobody consented', async () => {
    feeds.web.put('/away', { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } })
    expect(await ask('/away')).toMatchObject({ failure: { code: 'not_granted' } })
  })

  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString()
  const REFUSALS: { name: string; site: Site; failure: object }[] = [
    {
      name: '429, a pause in seconds',
      site: { status: 429, headers: { 'retry-after': '120' } },
      failure: { code: 'rate_limited', retryAfterMs: 120_000 },
    },
    {
      name: '429, a pause as a date',
      site: { status: 429, headers: { 'retry-after': inAnHour } },
      failure: {
        code: 'rate_limited',
        retryAfterMs: expect.toSatisfy((ms: number) => ms > 3_000_000 && ms <= 3_600_000),
      },
    },
    { name: '429 that says no more', site: { status: 429 }, failure: { code: 'rate_limited', retryAfterMs: 0 } },
    {
      name: '503, a pause in seconds',
      site: { status: 503, headers: { 'retry-after': '7' } },
      failure: { code: 'upstream_error', retryAfterMs: 7000 },
    },
    { name: '500', site: { status: 500, body: '<h1>Oops</h1>' }, failure: { code: 'upstream_error' } },
    { name: '404', site: { status: 404 }, failure: { code: 'not_found' } },
    { name: '410', site: { status: 410 }, failure: { code: 'gone' } },
    { name: '401', site: { status: 401 }, failure: { code: 'unauthorized' } },
  ]
  test.each(REFUSALS)('$name', async ({ name, site, failure }) => {
    const path = `/refuses/${encodeURIComponent(name)}`
    feeds.web.put(path, site)
    expect(await ask(path)).toMatchObject({ failure })
  })

  test('a server that never answers', async () => {
    feeds.web.put('/never', { hangs: 'before' })
    expect(await ask('/never', { httpFirstByteMs: 200 })).toMatchObject({ failure: { code: 'timeout' } })
  })
  test('a server that stops within the feed', async () => {
    feeds.web.put('/stops', { body: '<rss version="2.0"><channel>', hangs: 'within' })
    expect(await ask('/stops', { httpBetweenBytesMs: 200 })).toMatchObject({ failure: { code: 'timeout' } })
  })
  test.each([
    ['', 'invalid_input'],
    ['not a host', 'invalid_input'],
    ['ftp://example.com/feed', 'invalid_input'],
    ['https://me:secret@example.com/feed', 'invalid_input'],
    ['http://10.0.0.1/feed', 'upstream_error'],
  ])('the address "%s"', async (url, code) => {
    expect(await feeds.action('parse_feed', { url })).toMatchObject({ failure: { code } })
  })
  test('feed: in place of http:', async () => {
    feeds.web.put('/scheme', wordpress)
    expect(await feeds.action('parse_feed', { url: `feed:${origin}/scheme` })).toMatchObject({ output: { total: 2 } })
  })
})

describe('bounds', () => {
  const item = (i: number) =>
    `<item><title>Item ${i}</title><guid isPermaLink="false">${i}</guid><pubDate>Tue, 06 Oct 2026 08:00:00 GMT</pubDate><description><![CDATA[<p>${'Long text about the river. '.repeat(120)}</p>]]></description></item>`
  const feedOf = (count: number) =>
    `<rss version="2.0"><channel><title>Big</title><link>https://big.example/</link><description>d</description>${Array.from({ length: count }, (_, i) => item(i)).join('')}</channel></rss>`
  const CASES: { name: string; action: string; site: () => Site; is: object }[] = [
    {
      name: 'a feed of 5 MB',
      action: 'parse_feed',
      site: () => ({ body: feedOf(1500) }),
      is: { output: { total: 1500 } },
    },
    {
      name: 'a document type of quotes',
      action: 'parse_feed',
      site: () => ({ body: `<!doctype rss ${'"'.repeat(300_001)}` }),
      is: { failure: { code: 'not_a_feed' } },
    },
    {
      name: 'comments without an end',
      action: 'parse_feed',
      site: () => ({ body: '<!--'.repeat(300_000) }),
      is: { failure: { code: 'not_a_feed' } },
    },
    {
      name: 'an item of scripts without an end',
      action: 'parse_feed',
      site: () => ({ body: feedOf(1).replace('Long text', `${'<script><a "'.repeat(100_000)}`) }),
      is: { output: { total: 1 } },
    },
    {
      name: '20 MB of garbage',
      action: 'parse_feed',
      site: () => ({ body: Buffer.alloc(20_000_000, 'garbage ') }),
      is: { failure: { code: 'too_large', detail: { maxBytes: 8_388_608 } } },
    },
    {
      name: '20 MB of garbage that weigh 20 kB',
      action: 'parse_feed',
      site: () => ({ body: Buffer.alloc(20_000_000, 'garbage '), coding: 'gzip' }),
      is: { failure: { code: 'too_large' } },
    },
    {
      name: '7 MB of garbage',
      action: 'parse_feed',
      site: () => ({ body: Buffer.alloc(7_000_000, 'garbage <a <b> &c; ') }),
      is: { failure: { code: 'not_a_feed' } },
    },
    {
      name: 'elements within elements, without an end',
      action: 'parse_feed',
      site: () => ({ body: `<rss version="2.0"><channel>${'<a>'.repeat(300_000)}</channel></rss>` }),
      is: { failure: { code: 'malformed_feed' } },
    },
    {
      name: 'a page of 20 MB',
      action: 'read_page',
      site: () => ({ body: `<html>${'<p>x</p>'.repeat(2_500_000)}`, headers: { 'content-type': 'text/html' } }),
      is: { failure: { code: 'too_large', detail: { maxBytes: 3_145_728 } } },
    },
    {
      name: 'a page of 100,000 elements',
      action: 'read_page',
      site: () => ({
        body: `<html><body>${'<p>x</p>'.repeat(100_000)}</body></html>`,
        headers: { 'content-type': 'text/html' },
      }),
      is: { failure: { code: 'too_large', detail: { maxElements: 30_000 } } },
    },
    {
      name: 'a page as deep as 20,000 elements',
      action: 'read_page',
      site: () => ({ body: `<html><body>${'<div>'.repeat(20_000)}deep`, headers: { 'content-type': 'text/html' } }),
      is: { failure: { code: 'too_large' } },
    },
  ]
  test.each(CASES)('$name', async ({ name, action, site, is }) => {
    const path = `/bounds/${encodeURIComponent(name)}`
    feeds.web.put(path, site())
    expect(
      await feeds.action(action, { url: origin + path, ...(action === 'parse_feed' && { limit: 1 }) }),
    ).toMatchObject(is)
  })
})

describe('new_item', () => {
  let flow = 0
  /** A feed of these titles, each with its id unless it begins with "-". */
  const feedOf = (...titles: string[]) =>
    `<rss version="2.0"><channel><title>F</title><link>https://f.example/</link><description>d</description>${titles
      .map(
        (title) =>
          `<item><title>${title}</title>${title.startsWith('-') ? '' : `<guid isPermaLink="false">${title}</guid>`}</item>`,
      )
      .join('')}</channel></rss>`

  /** One life of the trigger: a flow of its own and a feed that is written anew. */
  function life() {
    const flowId = `flow-${++flow}`
    const path = `/live/${flow}`
    const hook = (name: string) => feeds.trigger(name, { url: origin + path }, flowId)
    return {
      path,
      hook,
      write: (site: Site) => feeds.web.put(path, site),
      async poll() {
        const { output } = await hook('run')
        return (output as { title: string }[]).map(({ title }) => title)
      },
      asked: () => feeds.web.asked.filter((one) => one.path === path).map((one) => one.headers),
    }
  }

  test('gives what came after it was enabled, once', async () => {
    const { hook, write, poll } = life()
    write({ body: feedOf('b', 'a') })
    expect(await hook('on-enable')).toMatchObject({ output: null })
    expect(await poll()).toEqual([])
    write({ body: feedOf('d', 'c', 'b', 'a') })
    expect(await poll()).toEqual(['d', 'c'])
    expect(await poll()).toEqual([])
  })
  test('an item carries its key and its feed', async () => {
    const { hook, write, path } = life()
    write({ file: 'wordpress.xml' })
    const { output } = await hook('run')
    expect(output[0]).toMatchObject({
      _dedupe_key: 'https://gazette.example/?p=4711',
      link: 'https://gazette.example/2026/10/who-pays/',
      feed: { title: 'The River Gazette', url: origin + path },
    })
  })
  const REWRITTEN: { name: string; before: string[]; after: string[]; fresh: string[] }[] = [
    { name: 'what stands below the pinned one', before: ['pinned', 'a'], after: ['pinned', 'b', 'a'], fresh: ['b'] },
    { name: 'what was dated back', before: ['b', 'a'], after: ['b', 'between', 'a'], fresh: ['between'] },
    { name: 'nothing when the newest was withdrawn', before: ['c', 'b', 'a'], after: ['b', 'a'], fresh: [] },
    { name: 'nothing when the order turned', before: ['c', 'b', 'a'], after: ['a', 'b', 'c'], fresh: [] },
    { name: 'nothing when the feed was empty for a while', before: ['a'], after: [], fresh: [] },
    { name: 'items without ids', before: ['-a'], after: ['-b', '-a'], fresh: ['-b'] },
    { name: 'the first of a feed that was empty', before: [], after: ['a'], fresh: ['a'] },
  ]
  test.each(REWRITTEN)('$name', async ({ before, after, fresh }) => {
    const { hook, write, poll } = life()
    write({ body: feedOf(...before) })
    await hook('on-enable')
    write({ body: feedOf(...after) })
    expect(await poll()).toEqual(fresh)
    write({ body: feedOf(...before, ...after) })
    expect(await poll()).toEqual([])
  })
  test('items that share one id are told apart', async () => {
    const { hook, write } = life()
    write({ file: 'shared-ids.xml' })
    const { output } = await hook('run')
    expect(new Set(output.map((item: { _dedupe_key: string }) => item._dedupe_key)).size).toBe(3)
    expect(await hook('run')).toMatchObject({ output: [] })
  })
  test.each([
    ['if-none-match', { etag: '"v1"' }, { etag: '"v2"' }],
    [
      'if-modified-since',
      { lastModified: 'Tue, 06 Oct 2026 08:00:00 GMT' },
      { lastModified: 'Tue, 06 Oct 2026 09:00:00 GMT' },
    ],
  ])('asks with %s, and 304 is nothing new', async (header, first, second) => {
    const { hook, write, poll, asked } = life()
    write({ body: feedOf('a'), ...first })
    await hook('on-enable')
    expect(await poll()).toEqual([])
    write({ body: feedOf('b', 'a'), ...second })
    expect(await poll()).toEqual(['b'])
    expect(await poll()).toEqual([])
    expect(asked().map((headers) => headers[header])).toEqual([
      undefined,
      ...Object.values(first),
      ...Object.values(first),
      ...Object.values(second),
    ])
  })
  test('what fails leaves nothing behind: the items come with the next poll', async () => {
    const { hook, write, poll } = life()
    write({ body: feedOf('a') })
    await hook('on-enable')
    write({ status: 429, headers: { 'retry-after': '60' } })
    expect(await hook('run')).toMatchObject({ failure: { code: 'rate_limited', retryAfterMs: 60_000 } })
    write({ file: 'truncated.xml' })
    expect(await hook('run')).toMatchObject({ failure: { code: 'malformed_feed' } })
    write({ body: feedOf('b', 'a') })
    expect(await poll()).toEqual(['b'])
  })
  test('more than one poll carries comes in order, although nothing changed meanwhile', async () => {
    const { write, poll } = life()
    const titles = Array.from({ length: 250 }, (_, i) => `t${250 - i}`)
    write({ body: feedOf(...titles), etag: '"same"' })
    const polls = [await poll(), await poll(), await poll(), await poll()]
    expect(polls.map((one) => one.length)).toEqual([100, 100, 50, 0])
    expect([...polls[2]!, ...polls[1]!, ...polls[0]!]).toEqual(titles)
  })
  test('a test shows the five newest and remembers nothing', async () => {
    const { hook, write, poll } = life()
    write({ body: feedOf('f', 'e', 'd', 'c', 'b', 'a') })
    expect((await hook('test')).output.map((item: { title: string }) => item.title)).toEqual(['f', 'e', 'd', 'c', 'b'])
    expect(await poll()).toHaveLength(6)
  })
  test('is forgotten when it is disabled, and with it what was seen', async () => {
    const { hook, write, poll } = life()
    write({ body: feedOf('a') })
    await hook('on-enable')
    await hook('on-disable')
    expect(await poll()).toEqual(['a'])
  })
  test('a page instead of a feed cannot be enabled', async () => {
    const { hook, write } = life()
    write({ file: 'page-with-feeds.html' })
    expect(await hook('on-enable')).toMatchObject({ failure: { code: 'not_a_feed' } })
  })
})
