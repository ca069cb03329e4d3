/** Files that pieces write: fetched by whoever holds the address, run by nobody's browser, given on as references. */

import { ROLES } from '@ap-wasm/executor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ECHO, WRITES_FILE } from './pieces.ts'
import { artifact, type Running, startServer } from './server.ts'

const capabilities = { files: ['write' as const] }
let server: Running
let holder: { authorization: string }
let file: { reference: string; url: string }
beforeAll(async () => {
  server = await startServer({ fileRetentionMs: 60_000 })
  const { key } = await server.executor.keys.add('default', ROLES)
  holder = { authorization: `Bearer ${key}` }
  const page = WRITES_FILE('page (1).html', 'text/html', '<script>1</script>')
  await server.deploy(await artifact({ name: 'writes', capabilities }, page), holder)
  await server.deploy(await artifact({ name: 'echo' }, ECHO), holder)
  await server.ask('PUT', '/v1/pieces/writes/grants', capabilities, holder)
  const { body } = await server.ask('POST', '/v1/pieces/writes/latest/actions/echo', {}, holder)
  expect(body.effects.files).toMatchObject([{ filename: 'page (1).html', mediaType: 'text/html', size: 18 }])
  file = body.effects.files[0]
  expect(body.output).toBe(file.reference)
})
afterAll(() => server?.close())

test('the address opens it, as an attachment that no browser runs', async () => {
  const got = await server.fetch(file.url)
  expect(await got.text()).toBe('<script>1</script>')
  expect(Object.fromEntries(got.headers)).toMatchObject({
    'content-type': 'text/html',
    'content-length': '18',
    'content-disposition': "attachment; filename*=UTF-8''page%20%281%29.html",
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  })
})

test('it needs the signature, and no key', async () => {
  expect((await server.fetch(file.url)).status).toBe(200)
  const [path = '', signature = ''] = file.url.split('?sig=')
  const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  for (const url of [
    path,
    `${path}?sig=`,
    `${path}?sig=${other}`,
    `${path}?sig=${signature}x`,
    `/v1/files/${'0'.repeat(32)}?sig=${signature}`,
  ]) {
    const refused = await server.ask('GET', url, undefined, holder)
    expect([400, 404]).toContain(refused.status)
  }
})

test('another step is handed the reference', async () => {
  const props = { file: { filename: 'page.html', mediaType: 'text/html', size: 18, reference: file.reference } }
  const { body } = await server.ask('POST', '/v1/pieces/echo/latest/actions/echo', { props }, holder)
  expect(body.output.props.file).toEqual(props.file)
})

test('more than fileBytes is refused with its name', async () => {
  const small = await startServer({ fileBytes: 1_000 })
  try {
    await small.deploy(await artifact({ name: 'echo' }, ECHO))
    const props = { file: { filename: 'a', data: 'A'.repeat(4_000) } }
    const refused = await small.ask('POST', '/v1/pieces/echo/latest/actions/echo', { props })
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'AP_INVALID_PROPS', detail: expect.stringMatching(/fileBytes is 1000/) },
    })
  } finally {
    await small.close()
  }
})
