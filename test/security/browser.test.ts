/** A server on loopback and a web page: rebinding, simple requests, preflights. Nothing uploaded, granted or read. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from '../api/pieces.ts'
import { raw } from '../api/raw.ts'
import { artifact, type Running, startServer } from '../api/server.ts'

describe('without keys', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer({ allowOrigins: ['https://app.example.com'] })
    await server.deploy(await artifact({ name: 'echo' }, ECHO))
  })
  afterAll(() => server?.close())

  const json = { 'content-type': 'application/json' }
  test.each([
    { name: 'another name', headers: { host: 'evil.example.com' } },
    { name: 'a name that begins like this one', headers: { host: 'localhost.evil.example.com:7780' } },
    { name: 'a loopback address as a label', headers: { host: '127.0.0.1.nip.io' } },
    { name: 'an address of the network', headers: { host: '192.168.1.10:7780' } },
    { name: 'all addresses', headers: { host: '0.0.0.0:7780' } },
    { name: 'a number that is an address', headers: { host: '2130706433:7780' } },
    { name: 'a trailing dot', headers: { host: 'localhost.:7780' } },
  ])('a Host that is none of this machine is refused: $name', async ({ headers }) => {
    const paths = [
      ['GET', '/v1/pieces'],
      ['GET', '/metrics'],
      ['GET', '/openapi.json'],
      ['POST', '/v1/pieces/echo/latest/actions/echo'],
    ] as const
    for (const [method, path] of paths) {
      const got = await raw(server.url + path, method, { ...json, ...headers }, method === 'POST' ? '{}' : '')
      expect(got).toMatchObject({ status: 403 })
      expect(JSON.parse(got.body)).toMatchObject({
        code: 'AP_FORBIDDEN_ORIGIN',
        detail: expect.stringContaining('Host'),
      })
    }
  })

  test.each([
    { name: 'a page of elsewhere', origin: 'https://evil.example.com' },
    { name: 'a page of another port', origin: 'http://127.0.0.1:3000' },
    { name: 'a page without an origin', origin: 'null' },
    { name: 'an origin that needs a key', origin: 'https://app.example.com' },
  ])('an Origin that is not this server is refused: $name', async ({ origin }) => {
    const before = (await server.ask('GET', '/v1/calls')).body.calls.length
    for (const method of ['POST', 'OPTIONS']) {
      const preflight = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      }
      const got = await raw(`${server.url}/v1/pieces/echo/latest/actions/echo`, method, { ...json, ...preflight }, '{}')
      expect(got.status).toBe(403)
      expect(Object.keys(got.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
    expect((await server.ask('GET', '/v1/calls')).body.calls.length).toBe(before)
  })

  test('a browser that says the request crosses sites is believed', async () => {
    expect(await raw(`${server.url}/v1/calls`, 'GET', { 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
    })
    expect(await raw(`${server.url}/v1/calls`, 'GET', { 'sec-fetch-site': 'same-origin' })).toMatchObject({
      status: 200,
    })
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'what a form can send is refused: %s',
    async (type) => {
      for (const path of ['/v1/pieces/echo/latest/actions/echo', '/v1/pieces', '/v1/pieces/echo/1.0.0/disable'])
        expect(await raw(server.url + path, 'POST', { 'content-type': type }, '{}')).toMatchObject({ status: 415 })
    },
  )

  test.each(['localhost', '127.0.0.1', '127.8.8.8', '[::1]'])('names of this machine are let in: %s', async (host) => {
    expect(
      await raw(`${server.url}/v1/pieces`, 'GET', { host: `${host}:7780`, origin: `http://${host}:7780` }),
    ).toMatchObject({ status: 200 })
  })
})
