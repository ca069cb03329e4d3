/** examples/github on a real executor, over HTTP, against a server that speaks GitHub's protocol. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Description, embedManifest, type Manifest } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startServer } from '../api/server.ts'
import { built } from '../built.ts'
import { lacking } from '../toolchains.ts'

const FOLDER = fileURLToPath(new URL('../../examples/github', import.meta.url))
const REPOSITORY = 'octo/hello'
const TOKEN = 'ghp_a-token'
const lack = await lacking('go')

interface Sent {
  method: string
  path: string
  body: Record<string, unknown>
}
interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

const issue = (number: number, more: object = {}) => ({
  ...{
    number,
    title: `Issue ${number}`,
    body: null,
    state: 'open',
    html_url: `https://github.com/${REPOSITORY}/issues/${number}`,
  },
  ...{ user: { login: 'octocat' }, labels: [{ name: 'bug' }], assignees: [], comments: 0, closed_at: null },
  ...{ created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z', ...more },
})
const release = (id: number, more: object = {}) => ({
  ...{
    id,
    tag_name: `v${id}`,
    name: `Release ${id}`,
    body: '',
    html_url: 'https://github.com',
    author: { login: 'octocat' },
  },
  ...{ draft: false, prerelease: false, published_at: '2026-01-02T03:04:05Z', assets: [], ...more },
})

describe.skipIf(lack !== undefined)(lack === undefined ? 'examples/github' : `examples/github: ${lack}`, () => {
  let hub: Server
  let origin = ''
  let server: Running
  let answers: Record<string, (sent: Sent) => Answer> = {}
  let sent: Sent[] = []

  beforeAll(async () => {
    hub = createServer(async (request, response) => {
      const said = await text(request)
      const one = { method: request.method!, path: request.url!, body: said === '' ? {} : JSON.parse(said) }
      sent.push(one)
      const answer =
        request.headers.authorization === `Bearer ${TOKEN}`
          ? (answers[`${one.method} ${one.path}`]?.(one) ?? { status: 404, body: { message: 'Not Found' } })
          : { status: 401, body: { message: 'Bad credentials' } }
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
      response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
    })
    hub.listen(0, '127.0.0.1')
    await once(hub, 'listening')
    origin = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`
    server = await startServer({ egressPrivate: ['127.0.0.0/8'], isolation: 'shared' })
    const component = await built('examples/github', 'go')
    expect(component.length).toBeLessThan(11_500_000)
    const { $schema: _, ...piece } = JSON.parse(await readFile(`${FOLDER}/piece.json`, 'utf8'))
    const description = (await server.executor.describe('author', component)) as Description
    const deployed = await server.deploy(embedManifest(component, { ...piece, description } as Manifest))
    expect(deployed.status).toBe(201)
    expect((await server.ask('PUT', '/v1/pieces/github/grants', piece.capabilities)).status).toBe(200)
  }, 600_000)
  afterAll(async () => {
    await server?.close()
    hub?.close()
  })

  const call = async (path: string, props: object, more: object = {}) => {
    sent = []
    const auth = { type: 'CUSTOM_AUTH', props: { token: TOKEN, url: origin } }
    const body = { props: { repository: REPOSITORY, ...props }, auth, ...more }
    return (await server.ask('POST', `/v1/pieces/github/0.1.0/${path}`, body)).body
  }
  const told = () => sent.map(({ method, path }) => `${method} ${path}`)

  test('goes through the pages of a list', async () => {
    const next = `<${origin}/repositories/1/issues?page=2>; rel="next", <${origin}/repositories/1/issues?page=2>; rel="last"`
    answers = {
      [`GET /repos/${REPOSITORY}/issues?per_page=100&state=open`]: () => ({
        headers: { link: next },
        body: [issue(3), issue(2, { pull_request: {} })],
      }),
      'GET /repositories/1/issues?page=2': () => ({ body: [issue(1)] }),
    }
    const { output } = await call('actions/list_issues', {})
    expect(output).toMatchObject([
      { number: 3, labels: ['bug'], author: 'octocat', created: '2026-01-02T03:04:05Z', closed: null },
      { number: 1 },
    ])
    expect(told()).toHaveLength(2)
  })

  test('opens an issue and comments on it', async () => {
    answers = {
      [`POST /repos/${REPOSITORY}/issues`]: ({ body }) => ({ status: 201, body: issue(8, { title: body.title }) }),
      [`POST /repos/${REPOSITORY}/issues/8/comments`]: ({ body }) => ({
        status: 201,
        body: { id: 1, user: { login: 'me' }, body: body.body, html_url: 'u', created_at: '2026-01-02T03:04:05Z' },
      }),
    }
    expect(await call('actions/create_issue', { title: 'Ünï', body: '**x**', labels: ['bug'] })).toMatchObject({
      output: { number: 8, title: 'Ünï' },
    })
    expect(sent[0]!.body).toEqual({ title: 'Ünï', body: '**x**', labels: ['bug'] })
    expect(await call('actions/comment_issue', { number: 8, body: 'Same here.' })).toMatchObject({
      output: { id: 1, author: 'me', body: 'Same here.' },
    })
  })

  test.each<[string, Answer, object]>([
    [
      'the quota of an hour',
      {
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 600) },
      },
      { code: 'rate_limited', retryAfterMs: expect.toSatisfy((ms: number) => ms > 300_000 && ms <= 600_000) },
    ],
    ['a burst', { status: 429, headers: { 'retry-after': '7' } }, { code: 'rate_limited', retryAfterMs: 7000 }],
    ['missing rights', { status: 403, body: { message: 'Resource not accessible' } }, { code: 'unauthorized' }],
    ['nothing there', { status: 404, body: { message: 'Not Found' } }, { code: 'not_found' }],
  ])('%s is a failure', async (_name, answer, failure) => {
    answers = { [`GET /repos/${REPOSITORY}/releases?per_page=30`]: () => answer }
    expect(await call('actions/list_releases', {})).toMatchObject({ failure })
  })

  test('a token that GitHub does not know is no connection', async () => {
    answers = { 'GET /user': () => ({ body: { login: 'octocat' } }) }
    const check = async (token: string) => {
      const auth = { type: 'CUSTOM_AUTH', props: { token, url: origin } }
      return (await server.ask('POST', '/v1/pieces/github/0.1.0/resolve', { path: 'auth/validate', auth })).body
    }
    expect(await check(TOKEN)).toMatchObject({ output: { valid: true } })
    expect(await check('ghp_another')).toMatchObject({
      output: { valid: false, error: expect.stringContaining('Bad credentials') },
    })
  })

  test('the token goes nowhere but to the address of the connection', async () => {
    const auth = { type: 'CUSTOM_AUTH', props: { token: TOKEN, url: 'http://localhost:1' } }
    sent = []
    const body = { props: { repository: REPOSITORY }, auth }
    const { body: answered } = await server.ask('POST', '/v1/pieces/github/0.1.0/actions/list_releases', body)
    expect(answered).toMatchObject({ ok: false, failure: expect.anything() })
    expect(sent).toEqual([])
  })

  describe('the webhook', () => {
    const run = { flowId: 'flow-1' }
    const webhookUrl = 'https://flows.example/hook/1'
    let secret = ''

    test('is made when the flow is switched on, with a secret', async () => {
      answers = { [`POST /repos/${REPOSITORY}/hooks`]: () => ({ status: 201, body: { id: 77, active: true } }) }
      expect(await call('triggers/issue_event/on-enable', {}, { run, webhookUrl })).toMatchObject({ ok: true })
      const { config, events } = sent[0]!.body as { config: Record<string, string>; events: string[] }
      expect(events).toEqual(['issues', 'issue_comment'])
      expect(config).toMatchObject({ url: webhookUrl, content_type: 'json', insecure_ssl: '0' })
      secret = config.secret!
      expect(secret).toMatch(/^[0-9a-f]{64}$/)
    })

    const deliver = (event: string, body: object, sign = secret, props = {}) => {
      const rawBody = JSON.stringify(body)
      const headers = {
        'x-github-event': event,
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': `sha256=${createHmac('sha256', sign).update(rawBody).digest('hex')}`,
      }
      const payload = { body, rawBody, headers, queryParams: {} }
      return call('triggers/issue_event/run', props, { run, webhookUrl, payload })
    }
    const happened = (action: string) => ({
      ...{ action, issue: issue(9), repository: { full_name: REPOSITORY }, sender: { login: 'me' } },
    })

    test('a signed delivery starts a flow', async () => {
      expect(await deliver('issues', happened('opened'))).toMatchObject({
        output: [{ _dedupe_key: 'd-1', event: 'issues', action: 'opened', issue: { number: 9 }, sender: 'me' }],
      })
    })
    test('what the flow did not choose starts none, nor does a ping', async () => {
      expect(await deliver('issues', happened('closed'), secret, { actions: ['opened'] })).toMatchObject({ output: [] })
      expect(await deliver('ping', { zen: 'Speak like a human.', hook_id: 77 })).toMatchObject({ output: [] })
    })
    test('one that is signed by another starts none', async () => {
      expect(await deliver('issues', happened('opened'), 'f'.repeat(64))).toMatchObject({
        failure: { code: 'unauthorized' },
      })
    })

    test('is removed when the flow is switched off, and stays away', async () => {
      answers = { [`DELETE /repos/${REPOSITORY}/hooks/77`]: () => ({ status: 204 }) }
      expect(await call('triggers/issue_event/on-disable', {}, { run, webhookUrl })).toMatchObject({ ok: true })
      expect(told()).toEqual([`DELETE /repos/${REPOSITORY}/hooks/77`])
      expect(await deliver('issues', happened('opened'))).toMatchObject({ failure: { code: 'not_enabled' } })
      expect(await call('triggers/issue_event/on-disable', {}, { run, webhookUrl })).toMatchObject({ ok: true })
      expect(told()).toEqual([])
    })
  })

  test('a release that was not there before starts a flow', async () => {
    const run = { flowId: 'flow-2' }
    let releases = [release(1)]
    answers = { [`GET /repos/${REPOSITORY}/releases?per_page=30`]: () => ({ body: releases }) }
    expect(await call('triggers/new_release/on-enable', {}, { run })).toMatchObject({
      output: { schedule: { intervalMs: 300_000 } },
    })
    releases = [release(4, { draft: true }), release(3, { prerelease: true }), release(2), release(1)]
    expect(await call('triggers/new_release/run', {}, { run })).toMatchObject({ output: [{ id: 2, tag: 'v2' }] })
    expect(await call('triggers/new_release/run', {}, { run })).toMatchObject({ output: [] })
  })
})
