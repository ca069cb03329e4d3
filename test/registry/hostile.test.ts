/** What a stranger may send, and what it must meet. */
import { connect } from 'node:net'
import { digestOf, embedManifest, type Manifest, newSigningKey } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { type Author, artifact, PASSWORD, type Running, signed, startRegistry } from './registry.ts'

let here: Running
let acme: Author
beforeAll(async () => {
  here = await startRegistry()
  acme = await here.author('acme')
})
afterAll(() => here?.close())

/** As a socket sends it: no client that tidies paths up. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(here.url)
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text
    })
    socket.on('close', () => resolve(said))
    socket.on('error', reject)
  })
}

describe('paths', () => {
  test.each([
    '/icons/../../catalog.sqlite',
    '/icons/..%2f..%2fcatalog.sqlite',
    '/assets/../../../etc/passwd',
    '/pieces/..%2f..%2fetc%2fpasswd',
    '/pieces/@acme%2f..%2f..%2fx',
    '/pieces/%00',
    '/pieces/%ff',
    '/v2/../../etc/blobs/passwd',
    '/api/v1/artifacts/sha256:..%2f..%2fcatalog.sqlite',
    `/icons/${'a'.repeat(64)}.png`,
    '/badge/..%2f..%2fx.svg',
    `/pieces/${'a'.repeat(5_000)}`,
    '//evil.example/%2e%2e',
  ])('%s leads nowhere', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404|414) /)
    expect(answer).not.toContain('SQLite format')
    expect(answer).not.toContain('root:')
  })
})

describe('uploads', () => {
  const component = (): Promise<Uint8Array> => pieceComponent()
  const manifest = (more: object = {}): Manifest =>
    ({ name: '@acme/bad', version: '1.0.0', language: 'wat', description: DESCRIPTION, ...more }) as unknown as Manifest
  /** A section of one's own making: what `embedManifest` would not write. */
  const withSection = (bytes: Uint8Array, content: string): Uint8Array => {
    const name = Buffer.from('ap:piece/manifest')
    const body = Buffer.concat([Buffer.from([name.length]), name, Buffer.from(content)])
    const length: number[] = []
    for (let rest = body.length; ; rest >>>= 7) {
      length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      if (rest <= 0x7f) break
    }
    return Buffer.concat([bytes, Buffer.from([0, ...length]), body])
  }

  const BAD: { name: string; bytes: () => Promise<Uint8Array>; says: RegExp }[] = [
    { name: 'text', bytes: async () => Buffer.from('hello'), says: /not WebAssembly/ },
    { name: 'a core module', bytes: async () => Buffer.from('0061736d01000000', 'hex'), says: /core module/ },
    { name: 'a component that is cut off', bytes: async () => (await artifact()).subarray(0, 500), says: /./ },
    {
      name: 'garbage behind a true head',
      bytes: async () => Buffer.concat([Buffer.from('0061736d0d000100', 'hex'), Buffer.alloc(2_000_000, 7)]),
      says: /./,
    },
    { name: 'no manifest', bytes: component, says: /exactly one section/ },
    {
      name: 'two manifests',
      bytes: async () => withSection(embedManifest(await component(), manifest()), JSON.stringify(manifest())),
      says: /exactly one section/,
    },
    { name: 'a manifest that is no JSON', bytes: async () => withSection(await component(), '{'), says: /no JSON/ },
    {
      name: 'a name with a path in it',
      bytes: async () => withSection(await component(), JSON.stringify(manifest({ name: '../../etc/passwd' }))),
      says: /is no name/,
    },
    {
      name: 'a description of a megabyte and more',
      bytes: async () =>
        withSection(
          await component(),
          JSON.stringify(manifest({ description: { ...DESCRIPTION, description: 'x'.repeat(1_100_000) } })),
        ),
      says: /description/,
    },
    {
      name: 'an icon that is SVG',
      bytes: async () =>
        withSection(
          await component(),
          JSON.stringify(manifest({ icon: Buffer.from('<svg onload="alert(1)"/>').toString('base64') })),
        ),
      says: /is no PNG/,
    },
    {
      name: 'a homepage that is a script',
      bytes: async () => withSection(await component(), JSON.stringify(manifest({ homepage: 'javascript:alert(1)' }))),
      says: /homepage/,
    },
    {
      name: 'a repository that is a script',
      bytes: async () => withSection(await component(), JSON.stringify(manifest({ repository: 'data:text/html,x' }))),
      says: /repository/,
    },
    {
      name: 'a piece that never says what it is',
      bytes: async () =>
        embedManifest(await pieceComponent({ describe: '(loop $for-ever (br $for-ever))' }), manifest()),
      says: /describe fails/,
    },
    {
      name: 'a piece that says something else than its manifest',
      bytes: async () =>
        embedManifest(await component(), manifest({ description: { ...DESCRIPTION, displayName: 'Nicer' } })),
      says: /differs from the manifest/,
    },
  ]
  test.each(BAD)(
    '$name is refused, with a reason; nothing is kept',
    async ({ bytes, says }) => {
      const answer = await here.publish(acme, '@acme/bad', '1.0.0', await bytes(), {})
      expect(answer).toMatchObject({ status: 422, body: { code: 'AR_ARTIFACT_REFUSED' } })
      expect(answer.body.reasons.join('\n')).toMatch(says)
      expect((await here.ask('GET', '/api/v1/pieces/@acme/bad')).status).toBe(404)
    },
    60_000,
  )

  test('a body that is larger than what is taken is refused before it is read', async () => {
    const head = `PUT /api/v1/pieces/@acme/bad/1.0.0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${acme.token}\r\ncontent-type: application/wasm\r\n`
    const answer = await raw(`${head}content-length: 1073741824\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 (413|503) /)
    expect(answer).toMatch(/"code":"AR_(BODY_TOO_LARGE|SATURATED)"/)
  })
})

describe('words of strangers', () => {
  const NASTY = '"><script>globalThis.hacked=1</script><img src=x onerror=alert(1)>\u202e{{7*7}}'

  test('stand as text, wherever they stand', async () => {
    const description = { ...DESCRIPTION, displayName: NASTY, description: NASTY, authors: [NASTY] }
    const action = { ...DESCRIPTION.actions.echo, displayName: NASTY, description: NASTY, props: {} }
    const props = {
      a: {
        type: 'STATIC_DROPDOWN',
        displayName: NASTY,
        required: false,
        defaultValue: NASTY,
        options: { options: [{ label: NASTY, value: NASTY }] },
      },
    }
    const whole = { ...description, actions: { echo: { ...action, props } } }
    const bytes = embedManifest(await pieceComponent({ description: whole }), {
      ...{ name: '@acme/nasty', version: '1.0.0', language: 'wat', license: NASTY, description: whole },
      capabilities: { env: { SECRET: { description: NASTY } } },
    } as unknown as Manifest)
    expect((await here.publish(acme, '@acme/nasty', '1.0.0', bytes)).status).toBe(201)
    await here.ask(
      'POST',
      '/api/v1/pieces/@acme/nasty/1.0.0/yank',
      { reason: NASTY },
      { authorization: `Bearer ${acme.token}` },
    )
    for (const path of [
      '/',
      '/search',
      `/search?q=${encodeURIComponent(NASTY)}&host=${encodeURIComponent(NASTY)}`,
      '/pieces/@acme/nasty',
      '/pieces/@acme/nasty/versions',
      '/feed.atom',
      '/badge/@acme/nasty.svg',
      '/pieces/@acme/nasty/diff/1.0.0...1.0.0',
      `/nowhere/${encodeURIComponent(NASTY)}`,
    ]) {
      const answer = await here.fetch(path, { headers: { accept: 'text/html' } })
      const text = await answer.text()
      expect(text, path).not.toContain('<script>globalThis')
      expect(text, path).not.toContain('<img src=x')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    }
  })
})

describe('who asks', () => {
  test('a signature is for one account, one name, one version and one digest', async () => {
    const bytes = await artifact({ name: '@acme/once', version: '1.0.0' })
    const later = await artifact({ name: '@acme/once', version: '1.0.1' })
    const replayed = signed(acme.key, '@acme/once', '1.0.0', bytes)
    expect((await here.publish(acme, '@acme/once', '1.0.1', later, replayed)).status).toBe(422)
    const stolen = signed(newSigningKey(), '@acme/once', '1.0.0', bytes)
    expect((await here.publish(acme, '@acme/once', '1.0.0', bytes, stolen)).status).toBe(422)
    expect((await here.publish(acme, '@acme/once', '1.0.0', bytes, replayed)).status).toBe(201)
  })

  test('a token of which a digit is another, one of another form, and a cookie on the API: nobody', async () => {
    const wrong = acme.token.slice(0, -1) + (acme.token.endsWith('0') ? '1' : '0')
    for (const authorization of [
      `Bearer ${wrong}`,
      `Bearer ${acme.token} x`,
      `Basic ${acme.token}`,
      'Bearer ',
      `bearer${acme.token}`,
    ])
      expect((await here.ask('GET', '/api/v1/me', undefined, { authorization })).status).toBe(401)
    const session = await here.registry.catalog.accounts.signIn('acme', PASSWORD)
    expect((await here.ask('GET', '/api/v1/me', undefined, { cookie: `session=${session}` })).status).toBe(401)
    expect((await here.fetch('/account', { headers: { authorization: `Bearer ${acme.token}` } })).status).toBe(401)
  })

  test('a key that belongs to somebody is nobody else’s', async () => {
    await here.author('thief')
    const thief = (await here.registry.catalog.accounts.byName('thief'))!
    await expect(here.registry.catalog.accounts.addKey(thief.id, acme.key.publicKey, 'x')).rejects.toMatchObject({
      code: 'AR_BAD_REQUEST',
    })
  })

  test('a password of a megabyte, a name that is none, a form of many fields', async () => {
    const post = (body: string): Promise<Response> =>
      here.fetch('/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: here.url },
        body,
      })
    expect((await post(`name=acme&password=${'x'.repeat(1_000_000)}`)).status).toBe(413)
    expect((await post(`name=${encodeURIComponent('../acme')}&password=x`)).status).toBe(401)
    expect((await post(Array.from({ length: 5_000 }, (_, i) => `f${i}=1`).join('&'))).status).toBe(401)
    expect((await post('name=acme&name=other&password=a&password=b')).status).toBe(401)
    expect((await post('__proto__[x]=1&constructor=2')).status).toBe(401)
  })
})

test('too many from one address are told to wait, and health is never among them', async () => {
  const slow = await startRegistry({ requestsPerMinute: 10 })
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => slow.ask('GET', '/api/v1/pieces')))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBe(10)
    expect(refused[0]).toMatchObject({ body: { code: 'AR_RATE_LIMITED', retry: true } })
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await slow.ask('GET', '/health')).status).toBe(200)
  } finally {
    await slow.close()
  }
})

test('an artifact whose bytes are gone says so, and comes back with the same publication', async () => {
  const bytes = await artifact({ name: '@acme/lost', version: '1.0.0' })
  await here.publish(acme, '@acme/lost', '1.0.0', bytes)
  await here.registry.blobs.delete(digestOf(bytes))
  const lost = await here.ask('GET', '/api/v1/pieces/@acme/lost/1.0.0/artifact')
  expect(lost).toMatchObject({ status: 500, body: { code: 'AR_BLOB_LOST', fault: 'host' } })
  expect((await here.publish(acme, '@acme/lost', '1.0.0', bytes)).status).toBe(200)
  expect((await here.fetch('/api/v1/pieces/@acme/lost/1.0.0/artifact')).status).toBe(200)
})
