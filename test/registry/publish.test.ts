/** Publishing, reading and withdrawing over HTTP: the same of every pair of drivers. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf, type Manifest, newSigningKey } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESCRIPTION } from '../fixture.ts'
import { DRIVERS, titleOf } from './drivers.ts'
import { type Author, artifact, base64, type Running, signed, startRegistry, statement } from './registry.ts'

for (const drivers of DRIVERS)
  describe.skipIf(drivers.missing !== undefined)(titleOf(drivers), () => {
    let opened: Awaited<ReturnType<typeof drivers.open>>
    let here: Running
    let acme: Author
    let other: Author
    let echo: Uint8Array
    const bearer = (author: Author) => ({ authorization: `Bearer ${author.token}` })

    beforeAll(async () => {
      opened = await drivers.open()
      here = await startRegistry(opened.settings)
      acme = await here.author('acme')
      other = await here.author('other')
      echo = await artifact({
        name: '@acme/echo',
        version: '1.0.0',
        readme: '# Echo\n\nSays it again.',
        tags: ['echo'],
      })
    })
    afterAll(async () => {
      await here?.close()
      await opened?.close()
    })

    test('a dry run judges and keeps nothing', async () => {
      const dry = await here.publish(
        acme,
        '@acme/echo',
        '1.0.0?dryRun=true',
        echo,
        signed(acme.key, '@acme/echo', '1.0.0', echo),
      )
      expect(dry).toMatchObject({ status: 200, body: { name: '@acme/echo', isNew: false, signed: true } })
      expect((await here.ask('GET', '/api/v1/pieces/@acme/echo')).status).toBe(404)
    })

    test('a version is published, and the same bytes again are a no-op with the same answer', async () => {
      const headers = { ...signed(acme.key, '@acme/echo', '1.0.0', echo), ...statement(acme.key, '@acme/echo', echo) }
      const first = await here.publish(acme, '@acme/echo', '1.0.0', echo, headers)
      expect(first).toMatchObject({ status: 201, body: { digest: digestOf(echo), signed: true, isNew: true } })
      const again = await here.publish(acme, '@acme/echo', '1.0.0', echo, headers)
      expect(again).toMatchObject({ status: 200, body: { ...first.body, isNew: false } })
    })

    test('it is read by name, exact version, range and digest', async () => {
      const piece = await here.ask('GET', '/api/v1/pieces/@acme/echo')
      expect(piece.body).toMatchObject({
        latest: '1.0.0',
        owners: ['acme'],
        versions: [{ version: '1.0.0', publishedBy: 'acme' }],
      })
      const version = await here.ask('GET', '/api/v1/pieces/@acme/echo/1.0.0')
      expect(version.body).toMatchObject({
        ...{ digest: digestOf(echo), manifest: { readme: '# Echo\n\nSays it again.' }, capabilities: { http: [] } },
        ...{ publicKey: acme.key.publicKey, signedBy: acme.key.id },
      })
      const range = await here.fetch('/api/v1/pieces/@acme/echo/^1/artifact')
      expect([range.status, range.headers.get('location')]).toEqual([307, '/api/v1/pieces/@acme/echo/1.0.0/artifact'])
      expect(range.headers.get('cache-control')).toBe('public, max-age=60')
      for (const path of ['/api/v1/pieces/@acme/echo/1.0.0/artifact', `/api/v1/artifacts/${digestOf(echo)}`]) {
        const bytes = await here.fetch(path)
        expect(Buffer.compare(Buffer.from(await bytes.arrayBuffer()), echo)).toBe(0)
        expect(bytes.headers.get('cache-control')).toContain('immutable')
        expect(bytes.headers.get('content-digest')).toBe(
          `sha-256=:${Buffer.from(digestOf(echo).slice(7), 'hex').toString('base64')}:`,
        )
      }
    })

    const RANGES: { asks: Record<string, string>; status: number; from?: number; to?: number }[] = [
      { asks: { range: 'bytes=0-9' }, status: 206, from: 0, to: 10 },
      { asks: { range: 'bytes=10-' }, status: 206, from: 10 },
      { asks: { range: 'bytes=-10' }, status: 206, from: -10 },
      { asks: { range: 'bytes=0-9', 'if-range': '"something else"' }, status: 200, from: 0 },
      { asks: { range: 'bytes=0-9,20-29' }, status: 200, from: 0 },
      { asks: { range: 'bytes=99999999-' }, status: 416 },
      { asks: { range: 'lines=1-2' }, status: 200, from: 0 },
    ]
    test.each(RANGES)('$asks is answered with $status', async ({ asks, status, from, to }) => {
      const answer = await here.fetch('/api/v1/pieces/@acme/echo/1.0.0/artifact', { headers: asks })
      expect(answer.status).toBe(status)
      const got = Buffer.from(await answer.arrayBuffer())
      if (from !== undefined) expect(Buffer.compare(got, Buffer.from(echo).subarray(from, to))).toBe(0)
      if (status === 416) expect(answer.headers.get('content-range')).toBe(`bytes */${echo.length}`)
    })

    test('what was fetched before is not sent again', async () => {
      const path = '/api/v1/pieces/@acme/echo/1.0.0/artifact'
      const etag = (await here.fetch(path, { method: 'HEAD' })).headers.get('etag')!
      expect((await here.fetch(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
      const page = await here.fetch('/pieces/@acme/echo', { headers: { accept: 'text/html' } })
      const again = await here.fetch('/pieces/@acme/echo', {
        headers: { accept: 'text/html', 'if-none-match': page.headers.get('etag')! },
      })
      expect([page.status, again.status]).toEqual([200, 304])
    })

    test('other bytes under the same version are a conflict', async () => {
      const changed = await artifact({ name: '@acme/echo', version: '1.0.0', readme: 'Other.' })
      const answer = await here.publish(acme, '@acme/echo', '1.0.0', changed)
      expect(answer).toMatchObject({ status: 409, body: { code: 'AR_VERSION_EXISTS' } })
      expect(answer.body.detail).toContain(digestOf(echo))
    })

    test('two who publish the same at once are one publication', async () => {
      const bytes = await artifact({ name: '@acme/twice', version: '1.0.0' })
      const answers = await Promise.all([1, 2, 3].map(() => here.publish(acme, '@acme/twice', '1.0.0', bytes)))
      expect(answers.map(({ status }) => status >= 200 && status < 300)).toEqual([true, true, true])
      expect((await here.ask('GET', '/api/v1/pieces/@acme/twice')).body.versions).toHaveLength(1)
    })

    interface Refusal {
      name: string
      piece?: Partial<Manifest>
      at?: [name: string, version: string]
      by?: () => Author
      headers?: (bytes: Uint8Array) => Record<string, string>
      bytes?: () => Uint8Array
      status: number
      code: string
      says: (string | RegExp)[]
    }
    const REFUSED: Refusal[] = [
      {
        name: 'no token',
        headers: () => ({ authorization: '' }),
        ...{ status: 401, code: 'AR_UNAUTHORIZED', says: ['needs a token'] },
      },
      {
        name: 'a token that was made up',
        headers: () => ({ authorization: `Bearer apr_${'0'.repeat(16)}_${'0'.repeat(64)}` }),
        ...{ status: 401, code: 'AR_UNAUTHORIZED', says: ['none of ours'] },
      },
      { name: "another's scope", by: () => other, status: 403, code: 'AR_NOT_OWNER', says: ['@acme', 'acme'] },
      {
        name: 'a name and a version that the manifest does not say, both at once',
        piece: { name: '@acme/else', version: '9.9.9' },
        ...{ status: 422, code: 'AR_ARTIFACT_REFUSED', says: ['name "@acme/new"', 'version "1.0.0"', '9.9.9'] },
      },
      {
        name: 'a signature of another account',
        headers: (bytes) => signed(other.key, '@acme/new', '1.0.0', bytes),
        ...{ status: 422, code: 'AR_ARTIFACT_REFUSED', says: ['by no key of this account'] },
      },
      {
        name: 'a signature that was taken from another version',
        headers: () => signed(acme.key, '@acme/echo', '1.0.0', echo),
        ...{ status: 422, code: 'AR_ARTIFACT_REFUSED', says: ['for another name, version or digest'] },
      },
      {
        name: 'a statement about something else, by somebody else, and a broken artifact: every reason',
        headers: () => ({ ...signed(other.key, 'x', '1.0.0', echo), ...statement(acme.key, 'x', echo) }),
        bytes: () => Buffer.from('(module)'),
        ...{
          status: 422,
          code: 'AR_ARTIFACT_REFUSED',
          says: ['by no key', 'about another digest', 'WebAssembly text'],
        },
      },
      {
        name: 'an envelope that is none',
        headers: () => ({ 'ap-wasm-signature': 'envelope' }),
        ...{ status: 400, code: 'AR_BAD_REQUEST', says: ['DSSE'] },
      },
      {
        name: 'a description that is not what the code says',
        piece: { description: { ...DESCRIPTION, displayName: 'Something nicer' } as never },
        ...{ status: 422, code: 'AR_ARTIFACT_REFUSED', says: ['describe', 'displayName'] },
      },
      { name: 'nothing', bytes: () => new Uint8Array(), status: 400, code: 'AR_BAD_REQUEST', says: ['the artifact'] },
      {
        name: 'a name that reads like one that is taken',
        ...{ at: ['acrne', '1.0.0'], piece: { name: 'acrne' }, by: () => other },
        ...{ status: 422, code: 'AR_ARTIFACT_REFUSED', says: ['reads like "acme"'] },
      },
      {
        name: 'a name that speaks for everybody',
        ...{ at: ['@offici-al/x', '1.0.0'], piece: { name: '@offici-al/x' } },
        ...{ status: 422, code: 'AR_ARTIFACT_REFUSED', says: ['reserved'] },
      },
      {
        name: 'a path for a name',
        at: ['..%2f..%2fetc', '1.0.0'],
        status: 400,
        code: 'AR_BAD_REQUEST',
        says: ['name'],
      },
      {
        name: 'a range for a version',
        at: ['@acme/new', '%5E1'],
        status: 400,
        code: 'AR_BAD_REQUEST',
        says: ['version'],
      },
    ]
    test.each(REFUSED)(
      'refused: $name',
      async ({ piece, at = ['@acme/new', '1.0.0'], by, headers, bytes, ...told }) => {
        // The bare name "acme" is taken by whoever publishes it first.
        if (told.says.some((one) => String(one).includes('reads like')))
          await here.publish(acme, 'acme', '1.0.0', await artifact({ name: 'acme', version: '1.0.0' }))
        const body = bytes?.() ?? (await artifact({ name: '@acme/new', version: '1.0.0', ...piece }))
        const author = by?.() ?? acme
        const answer = await here.publish(author, at[0], at[1], body, headers?.(body))
        expect(answer).toMatchObject({ status: told.status, body: { code: told.code } })
        for (const words of told.says)
          expect(JSON.stringify(answer.body.reasons ?? answer.body.detail)).toMatch(escaped(words))
        expect((await here.ask('GET', '/api/v1/pieces/@acme/new')).status, 'nothing was kept').toBe(404)
      },
    )

    test('a token for one piece publishes that piece alone', async () => {
      const narrow = await here.author('acme', '@acme/narrow')
      const bytes = await artifact({ name: '@acme/wide', version: '1.0.0' })
      expect(await here.publish(narrow, '@acme/wide', '1.0.0', bytes)).toMatchObject({
        status: 403,
        body: { code: 'AR_FORBIDDEN' },
      })
      const own = await artifact({ name: '@acme/narrow', version: '1.0.0' })
      expect((await here.publish(narrow, '@acme/narrow', '1.0.0', own)).status).toBe(201)
    })

    test('a revoked token opens nothing', async () => {
      const { catalog } = here.registry
      const gone = await here.author('acme')
      const account = await catalog.accounts.byName('acme')
      const id = /^apr_([0-9a-f]{16})_/.exec(gone.token)![1]!
      await catalog.tokens.revoke(account!.id, id)
      expect((await here.ask('GET', '/api/v1/me', undefined, bearer(gone))).status).toBe(401)
    })

    test('a withdrawn version is passed over by ranges, found by its number, and may come back', async () => {
      for (const version of ['1.0.0', '1.1.0'])
        await here.publish(acme, '@acme/two', version, await artifact({ name: '@acme/two', version }))
      const yank = '/api/v1/pieces/@acme/two/1.1.0/yank'
      expect((await here.ask('POST', yank, { reason: 'it loses data' }, bearer(other))).body.code).toBe('AR_NOT_OWNER')
      expect((await here.ask('POST', yank, { reason: '' }, bearer(acme))).status).toBe(400)
      expect((await here.ask('POST', yank, { reason: 'it loses data' }, bearer(acme))).status).toBe(200)
      const latest = await here.fetch('/api/v1/pieces/@acme/two/latest')
      expect(latest.headers.get('location')).toBe('/api/v1/pieces/@acme/two/1.0.0')
      const pinned = await here.ask('GET', '/api/v1/pieces/@acme/two/1.1.0')
      expect(pinned.body.yanked).toMatchObject({ reason: 'it loses data' })
      expect((await here.ask('GET', '/api/v1/pieces?q=two')).body.pieces[0]).toMatchObject({ version: '1.0.0' })
      expect((await here.ask('DELETE', yank, undefined, bearer(acme))).status).toBe(200)
      const back = await here.fetch('/api/v1/pieces/@acme/two/latest')
      expect(back.headers.get('location')).toBe('/api/v1/pieces/@acme/two/1.1.0')
    })

    test('what is too young is passed over', async () => {
      const young = await here.ask('GET', '/api/v1/pieces/@acme/two/latest?minAge=3d')
      expect(young).toMatchObject({ status: 404, body: { code: 'AR_VERSION_NOT_FOUND' } })
      const wrong = await here.ask('GET', '/api/v1/pieces/@acme/two/latest?minAge=soon')
      expect(wrong.body.detail).toContain('3d')
    })

    test('a shared name is published by both', async () => {
      await here.publish(acme, 'shared', '1.0.0', await artifact({ name: 'shared', version: '1.0.0' }))
      const next = await artifact({ name: 'shared', version: '1.1.0' })
      expect((await here.publish(other, 'shared', '1.1.0', next)).body.code).toBe('AR_NOT_OWNER')
      const share = await here.ask('PUT', '/api/v1/pieces/shared/owners/other', undefined, bearer(acme))
      expect(share.body).toEqual({ owners: ['acme', 'other'] })
      expect((await here.publish(other, 'shared', '1.1.0', next)).status).toBe(201)
    })

    test('pulls are counted by version, of whole bodies alone', async () => {
      const path = '/api/v1/pieces/shared/1.0.0/artifact'
      for (const init of [{}, {}, { headers: { range: 'bytes=0-9' } }, { method: 'HEAD' }])
        await (await here.fetch(path, init)).arrayBuffer()
      await here.registry.catalog.downloads.flush()
      await here.registry.catchUp()
      const { body } = await here.ask('GET', '/api/v1/pieces/shared')
      expect(body.downloads).toBe(2)
      expect(body.versions.map((one: { downloads: number }) => one.downloads)).toEqual([0, 2])
      expect((await here.ask('GET', '/api/v1/pieces?q=shared')).body.pieces[0].downloads).toBe(2)
    })

    test('the difference of two versions names permissions first', async () => {
      const capabilities = { http: ['https://api.example.com'] }
      await here.publish(acme, '@acme/grows', '1.0.0', await artifact({ name: '@acme/grows', version: '1.0.0' }))
      const more = await artifact({ name: '@acme/grows', version: '1.1.0', capabilities })
      await here.publish(acme, '@acme/grows', '1.1.0', more)
      const { body } = await here.ask('GET', '/api/v1/pieces/@acme/grows/diff/1.0.0...1.1.0')
      expect(body.permissions).toEqual([
        { sign: '+', key: 'http https://api.example.com', words: 'send requests to https://api.example.com' },
      ])
      const found = await here.ask('GET', '/api/v1/pieces?host=api.example.com')
      expect(found.body.pieces.map((one: { name: string }) => one.name)).toEqual(['@acme/grows'])
    })

    test('a moderator hides a piece with a reason that everybody sees', async () => {
      const hide = '/api/v1/pieces/@acme/grows/hide'
      const reason = 'it mines coins'
      expect((await here.ask('POST', hide, { reason }, bearer(acme))).body.code).toBe('AR_NOT_MODERATOR')
      await here.registry.catalog.accounts.setRole('other', 'moderator')
      expect((await here.ask('POST', hide, { reason }, bearer(other))).status).toBe(200)
      for (const path of ['', '/1.0.0', '/1.0.0/artifact'])
        expect(await here.ask('GET', `/api/v1/pieces/@acme/grows${path}`)).toMatchObject({
          status: 410,
          body: { code: 'AR_PIECE_HIDDEN', detail: '@acme/grows was hidden: it mines coins' },
        })
      expect((await here.ask('GET', '/api/v1/pieces?host=api.example.com')).body.total).toBe(0)
      const entries = await here.registry.catalog.moderation.entries('@acme/grows')
      expect(entries[0]).toMatchObject({ account: 'other', action: 'hide', detail: expect.stringContaining(reason) })
      expect((await here.ask('POST', hide, { reason: null }, bearer(other))).status).toBe(200)
      expect((await here.ask('GET', '/api/v1/pieces/@acme/grows')).status).toBe(200)
    })

    test('it is ready, and says its figures', async () => {
      expect((await here.ask('GET', '/ready')).body).toEqual({ ready: true, failed: [] })
      expect((await here.ask('GET', '/metrics')).body).toMatch(/ap_registry_pieces [1-9]/)
    })
  })

const escaped = (words: string | RegExp): RegExp =>
  words instanceof RegExp ? words : new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('"', '\\\\?"'))

test('nothing of an upload stays in the folder that was refused', async () => {
  const here = await startRegistry()
  try {
    const acme = await here.author('acme')
    const key = newSigningKey()
    const bytes = await artifact({ name: '@acme/x', version: '1.0.0' })
    const answer = await here.publish(acme, '@acme/x', '1.0.0', bytes, { 'ap-wasm-signature': base64({ key: key.id }) })
    expect(answer.status).toBe(422)
    expect(readdirSync(join(here.data, 'blobs'))).toEqual([])
  } finally {
    await here.close()
  }
})

test('uploads are bounded by what all of them hold at once', async () => {
  const here = await startRegistry({ uploadsBytes: 2 * 1024 ** 2 })
  try {
    const acme = await here.author('acme')
    const large = await here.publish(acme, '@acme/x', '1.0.2', new Uint8Array(3 * 1024 ** 2), {})
    expect(large).toMatchObject({ status: 503, body: { code: 'AR_SATURATED' } })
    expect(large.headers.get('retry-after')).toBe('2')
  } finally {
    await here.close()
  }
})
