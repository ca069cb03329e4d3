import { connection, fields, html } from '@ap-wasm/executor/forms'
import { describe, expect, test } from 'vitest'
import { refusal, type Session, startDevServer } from './server.ts'

const json = { 'content-type': 'application/json' }
const own = { host: '127.0.0.1:7781' }

describe('who may ask the page', () => {
  const LET_IN: { name: string; method?: string; headers: Record<string, string> }[] = [
    { name: 'this machine', headers: own },
    { name: 'by another loopback name', headers: { host: 'localhost:7781', origin: 'http://localhost:7781' } },
    { name: 'by its IPv6 address', headers: { host: '[::1]:7781' } },
    {
      name: 'a call of its own page',
      method: 'POST',
      headers: { ...own, ...json, origin: 'http://127.0.0.1:7781', 'sec-fetch-site': 'same-origin' },
    },
    { name: 'somebody who typed the address', headers: { ...own, 'sec-fetch-site': 'none' } },
  ]
  test.each(LET_IN)('$name', ({ method = 'GET', headers }) =>
    expect(refusal({ method, headers }, 7781)).toBeUndefined(),
  )

  const KEPT_OUT: { name: string; method?: string; headers: Record<string, string>; says: string }[] = [
    { name: 'a name that was bound to this machine', headers: { host: 'evil.example:7781' }, says: 'Host' },
    { name: 'a name that begins like one', headers: { host: '127.0.0.1.evil.example:7781' }, says: 'Host' },
    { name: 'another port', headers: { host: '127.0.0.1:80' }, says: 'Host' },
    { name: 'no name', headers: {}, says: 'Host' },
    { name: 'a page of elsewhere', headers: { ...own, origin: 'https://evil.example' }, says: 'Origin' },
    { name: 'a page of another port', headers: { ...own, origin: 'http://127.0.0.1:3000' }, says: 'Origin' },
    { name: 'a page without an origin', headers: { ...own, origin: 'null' }, says: 'Origin' },
    {
      name: 'what a browser calls another site',
      headers: { ...own, 'sec-fetch-site': 'cross-site' },
      says: 'another site',
    },
    {
      name: 'what a form can send',
      method: 'POST',
      headers: { ...own, 'content-type': 'text/plain' },
      says: 'application/json',
    },
    { name: 'a POST of nothing', method: 'POST', headers: own, says: 'application/json' },
  ]
  test.each(KEPT_OUT)('not $name', ({ method = 'GET', headers, says }) => {
    expect(refusal({ method, headers }, 7781)).toContain(says)
  })
})

describe('the server', () => {
  const session: Session = {
    state: {
      folder: '/x',
      manifest: undefined,
      problem: { message: '<b>', lines: ['<script>'] },
      building: false,
      builtAt: undefined,
    },
    call: async (body) => ({ got: body }),
    file: async () => {
      throw new Error('no file')
    },
    listen: () => () => {},
  }
  test('answers its page, its parts and calls, and nothing else', async () => {
    const server = await startDevServer(session, 0)
    const get = (path: string) => fetch(server.url + path)
    const page = await get('/')
    const text = await page.text()
    expect(text).toContain('&lt;script&gt;')
    expect(text).not.toContain('<script>')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await get('/script.js')).headers.get('content-type')).toContain('text/javascript')
    expect(await (await get('/script.js')).text()).not.toMatch(/: HTMLFormElement\)/)
    expect((await get('/style.css')).status).toBe(200)
    expect((await get('/icon')).status).toBe(204)
    expect((await get('/../package.json')).status).toBe(404)
    expect((await get('/v1/files/abc?sig=x')).status).toBe(500)
    const called = await fetch(`${server.url}/call`, { method: 'POST', headers: json, body: '{"a":1}' })
    expect(await called.json()).toEqual({ got: { a: 1 } })
    expect((await fetch(`${server.url}/call`, { method: 'POST', body: '{}' })).status).toBe(403)
    await expect(startDevServer(session, Number(new URL(server.url).port))).rejects.toThrow('cannot be listened on')
    await server.close()
  })
})

describe('forms', () => {
  test('every type of property has a control; words of a piece are text', () => {
    const types =
      'SHORT_TEXT LONG_TEXT RICH_TEXT MARKDOWN NUMBER CHECKBOX DATE_TIME DATE_RANGE COLOR FILE JSON OBJECT ARRAY STATIC_DROPDOWN STATIC_MULTI_SELECT_DROPDOWN DROPDOWN MULTI_SELECT_DROPDOWN DYNAMIC'
    for (const type of types.split(' ')) {
      const property = {
        type,
        displayName: '<i>"',
        description: "</p>'",
        required: true,
        refreshers: [],
        options: { options: [{ label: '<o>', value: '"' }] },
      }
      const { text } = html`${fields({ one: property as never }, 'action-a', 'props', 'actions/a/props')}`
      expect(text).not.toMatch(/<i>|<\/p>'|<o>/)
      if (type !== 'MARKDOWN') expect(text).toContain('id="action-a:props.one"')
    }
  })

  test('every type of connection has its fields', () => {
    const props = { url: { type: 'SHORT_TEXT', displayName: 'URL', required: true } }
    const { text } = connection([
      { type: 'SECRET_TEXT' },
      { type: 'BASIC_AUTH', username: { displayName: 'u' }, password: { displayName: 'p' } },
      { type: 'CUSTOM_AUTH', props },
      { type: 'OAUTH2', authUrl: 'https://x', tokenUrl: 'https://y', scope: [] },
      { type: 'OIDC' },
    ] as never)
    for (const name of ['auth.secret_text', 'auth.username', 'auth.password', 'auth.props.url', 'auth.access_token'])
      expect(text).toContain(`name="${name}"`)
    expect(connection([]).text).toBe('')
  })
})
