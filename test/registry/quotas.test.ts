/** How much an account and each of its tokens may publish in a day, by the table of quotas.ts, on each pair of drivers. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HELD_QUOTAS } from '../../registry/src/quotas.ts'
import { DRIVERS, titleOf } from './drivers.ts'
import { type Author, artifact, type Running, startRegistry } from './registry.ts'

const DAY_MS = 86_400_000
const MiB = 1024 ** 2

for (const drivers of DRIVERS)
  describe.skipIf(drivers.missing !== undefined)(`quotas on ${titleOf(drivers)}`, { timeout: 120_000 }, () => {
    let opened: Awaited<ReturnType<typeof drivers.open>>
    let here: Running
    let authors = 0
    beforeAll(async () => {
      opened = await drivers.open()
      here = await startRegistry({
        ...opened.settings,
        ...{
          publishesPerDay: 4,
          publishedBytesPerDay: 3 * MiB,
          tokenPublishesPerDay: 3,
          tokenPublishedBytesPerDay: 2 * MiB,
        },
      })
    }, 60_000)
    afterAll(async () => {
      await here?.close()
      await opened?.close()
    })

    /** Somebody who has published nothing yet. */
    async function newcomer(): Promise<Author & { id: string; name: string }> {
      const author = await here.author(`author-${++authors}`)
      return { ...author, id: (await here.registry.catalog.accounts.byName(author.name))!.id }
    }
    async function send(author: Author, version: string, bytes = 0) {
      const name = `@${author.name}/x`
      const readme = 'x'.repeat(Math.max(0, bytes))
      return here.publish(author, name, version, await artifact({ name, version, readme }))
    }
    const wait = (answer: { headers: Headers }): number => Number(answer.headers.get('retry-after'))

    test('versions of one token: value, limit, and what to do', async () => {
      const author = await newcomer()
      for (const version of ['1.0.0', '1.0.1', '1.0.2']) expect((await send(author, version)).status).toBe(201)
      const refused = await send(author, '2.0.0')
      expect(refused).toMatchObject({
        status: 429,
        body: {
          ...{ code: 'AR_QUOTA_EXCEEDED', fault: 'caller', retry: true },
          detail:
            'the token "test" may publish 3 versions in 24 hours; it has published 3: publish with another token of yours, or make one with a higher limit on /account',
        },
      })
      expect(wait(refused)).toBeGreaterThan(DAY_MS / 1000 - 300)
      expect(wait(refused)).toBeLessThanOrEqual(DAY_MS / 1000)
      expect((await send(author, '1.0.0')).status, 'the same bytes again cost nothing').toBe(200)
    })

    const SIZES: { whose: string; bytes: number; says: string }[] = [
      { whose: 'token', bytes: 2 * MiB, says: `the token "test" may publish ${2 * MiB} bytes in 24 hours` },
      { whose: 'account', bytes: 3 * MiB, says: `the account may publish ${3 * MiB} bytes in 24 hours` },
    ]
    test.each(SIZES)('bytes of one $whose: value, limit, and what to do', async ({ whose, bytes, says }) => {
      const author = await newcomer()
      expect((await send(author, '1.0.0')).status).toBe(201)
      await here.registry.catalog.db
        .updateTable('versions')
        .set({ bytes, ...(whose === 'account' ? { published_with: null } : {}) })
        .where('published_by', '=', author.id)
        .execute()
      const { status, body } = await send(author, '1.0.1')
      expect([status, body.detail]).toEqual([429, expect.stringContaining(says)])
      expect(body.detail).toMatch(new RegExp(`it has published ${bytes}, and this has \\d+: `))
    })

    test('another token goes on, until the account has published what it may', async () => {
      const author = await newcomer()
      for (const version of ['1.0.0', '1.0.1', '1.0.2']) expect((await send(author, version)).status).toBe(201)
      const { token } = await here.registry.catalog.tokens.add(author.id, 'second', '*', 3_600_000)
      const second = { ...author, token }
      expect((await send(second, '1.0.3')).status).toBe(201)
      const refused = await send(second, '1.0.4')
      expect(refused.body.detail).toContain('the account may publish 4 versions in 24 hours; it has published 4')
      expect(refused.body.detail).toContain('ask the operator to raise --publishes-per-day')
    })

    test('a token that was made with less publishes less, and never more than the registry lets it', async () => {
      const author = await newcomer()
      const { tokens } = here.registry.catalog
      const made = async (daily: { versionsPerDay?: number; bytesPerDay?: number }) => ({
        ...author,
        token: (await tokens.add(author.id, 'narrow', '*', 3_600_000, daily)).token,
      })
      const one = await made({ versionsPerDay: 1 })
      expect((await send(one, '1.0.0')).status).toBe(201)
      expect((await send(one, '1.0.1')).body.detail).toContain('the token "narrow" may publish 1 versions in 24 hours')
      const few = await made({ bytesPerDay: 1_000 })
      const refused = await send(few, '1.0.1', 2_000)
      expect(refused.body.detail).toContain('may publish 1000 bytes')
      expect(refused.headers.get('retry-after'), 'no waiting makes it smaller').toBeNull()
      const bold = await made({ versionsPerDay: 50 })
      const { body } = await here.ask('GET', '/api/v1/me', undefined, { authorization: `Bearer ${bold.token}` })
      expect(body.quotas).toEqual([
        { whose: 'token', counts: 'versions', used: 0, limit: 3 },
        { whose: 'token', counts: 'bytes', used: 0, limit: 2 * MiB },
        { whose: 'account', counts: 'versions', used: 1, limit: 4 },
        { whose: 'account', counts: 'bytes', used: expect.any(Number), limit: 3 * MiB },
      ])
    })

    test('what is a day old counts no more', async () => {
      const author = await newcomer()
      for (const version of ['1.0.0', '1.0.1', '1.0.2']) await send(author, version)
      expect((await send(author, '1.0.3')).status).toBe(429)
      await here.registry.catalog.db
        .updateTable('versions')
        .set({ published_at: Date.now() - DAY_MS - 1 })
        .where('published_by', '=', author.id)
        .where('version', '=', '1.0.0')
        .execute()
      expect((await send(author, '1.0.3')).status).toBe(201)
    })

    test('many at once are as many as one after the other', async () => {
      const author = await newcomer()
      const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => send(author, `1.0.${i}`)))
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses).toEqual([201, 201, 201, 429, 429, 429, 429, 429])
      const { versions } = (await here.ask('GET', `/api/v1/pieces/@${author.name}/x`)).body
      expect(versions).toHaveLength(3)
    })

    test.each([
      [{ versionsPerDay: 0 }, 'versionsPerDay is a whole number from 1'],
      [{ bytesPerDay: 1.5 }, 'bytesPerDay is a whole number from 1'],
      [{ bytesPerDay: Number.NaN }, 'got NaN'],
    ])('a token with %j is not made', async (daily, says) => {
      const author = await newcomer()
      await expect(here.registry.catalog.tokens.add(author.id, 'x', '*', 3_600_000, daily)).rejects.toThrow(says)
    })

    test('an account has so many tokens and keys at once', async () => {
      const author = await newcomer()
      const { tokens } = here.registry.catalog
      const { limit } = HELD_QUOTAS.tokens
      const row = { hash: '', account_id: author.id, label: 'x', scope: '*', created_at: 0, used_at: null }
      const rest = { expires_at: Date.now() + 3_600_000, revoked_at: null, versions_per_day: null, bytes_per_day: null }
      await here.registry.catalog.db
        .insertInto('tokens')
        .values(Array.from({ length: limit - 1 }, (_, i) => ({ id: `${author.name}-${i}`, ...row, ...rest })))
        .execute()
      await expect(tokens.add(author.id, 'x', '*', 3_600_000)).rejects.toMatchObject({
        code: 'AR_QUOTA_EXCEEDED',
        message: `the account has ${limit} tokens of at most ${limit}; revoke one that is not used any more on /account`,
      })
    })
  })
