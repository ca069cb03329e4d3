/**
 * @module catalog/tokens: what a command line publishes with: of one account, for all it owns, one scope or one piece, until
 * a day. The catalog holds a hash; the token itself is shown once. A login is a token that waits for consent in a browser.
 */
import { randomInt, timingSafeEqual } from 'node:crypto'
import { RegistryError } from '../errors.ts'
import { hashOf, newId, newSecret } from '../ids.ts'
import { isTokenScope } from '../names.ts'
import { DAY_MS, demandRoom } from '../quotas.ts'
import type { Account } from './accounts.ts'
import type { Database } from './database.ts'
import type { Logins, Tokens as Row } from './schema.ts'

export interface TokenInfo {
  id: string
  label: string
  scope: string
  createdAt: number
  expiresAt: number
  usedAt: number | undefined
  /** Lower limits than the registry's (quotas.ts), if it was made with them. */
  versionsPerDay: number | undefined
  bytesPerDay: number | undefined
}

export interface TokenOwner {
  account: Account
  token: TokenInfo
}

export const TOKEN_MS = { least: 60_000, usual: 90 * DAY_MS, most: 366 * DAY_MS } as const
const LOGIN_MS = 10 * 60_000
const PENDING_LOGINS = 10_000
/** How exact `used_at` is: a token is not written at each use. */
const USED_MS = 3_600_000

// apr_<16 hex digits: its id>_<64 hex digits: 256 random bits>
const TOKEN = /^apr_([0-9a-f]{16})_([0-9a-f]{64})$/
/** Nothing that reads like something else, and no word. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const newUserCode = (): string => {
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)])
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}
/** As somebody types it: `bcdf ghjk`. */
const spelled = (code: string): string => {
  const letters = code.toUpperCase().replace(/[^A-Z]/g, '')
  return `${letters.slice(0, 4)}-${letters.slice(4, 8)}`
}

export interface LoginAsk {
  label: string
  scope: string
  lifetimeMs: number
  publicKey?: string | undefined
}

/** What a token may publish in 24 hours, where that is less than the registry lets it. */
export interface DailyLimits {
  versionsPerDay?: number | undefined
  bytesPerDay?: number | undefined
}

const MOST_DAILY = { versionsPerDay: 100_000, bytesPerDay: 1024 ** 4 } as const

function checkDaily(daily: DailyLimits): void {
  for (const [name, most] of Object.entries(MOST_DAILY)) {
    const limit = daily[name as keyof DailyLimits]
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1 && limit <= most))
      throw new RegistryError('AR_BAD_REQUEST', { detail: `${name} is a whole number from 1 to ${most}; got ${limit}` })
  }
}

const toInfo = (row: Row): TokenInfo => ({
  ...{ id: row.id, label: row.label, scope: row.scope },
  ...{ createdAt: row.created_at, expiresAt: row.expires_at, usedAt: row.used_at ?? undefined },
  ...{ versionsPerDay: row.versions_per_day ?? undefined, bytesPerDay: row.bytes_per_day ?? undefined },
})

export type Tokens = ReturnType<typeof createTokens>

export function createTokens(db: Database) {
  const check = (scope: string, lifetimeMs: number): void => {
    if (!isTokenScope(scope))
      throw new RegistryError('AR_BAD_REQUEST', { detail: `scope "${scope}" is neither "*", "@scope/*" nor a piece` })
    const { least, most } = TOKEN_MS
    if (!(lifetimeMs >= least && lifetimeMs <= most))
      throw new RegistryError('AR_BAD_REQUEST', {
        detail: `a token lives from ${least / 60_000} minutes to ${most / DAY_MS} days; asked for were ${lifetimeMs} ms`,
      })
  }

  const tokens = {
    async add(
      accountId: string,
      label: string,
      scope: string,
      lifetimeMs: number,
      daily: DailyLimits = {},
    ): Promise<TokenInfo & { token: string }> {
      check(scope, lifetimeMs)
      checkDaily(daily)
      const held = await tokens.list(accountId)
      demandRoom('tokens', held.length)
      const [id, secret, createdAt] = [newId(), newSecret(), Date.now()]
      const expiresAt = createdAt + lifetimeMs
      await db
        .insertInto('tokens')
        .values({
          ...{ id, hash: hashOf(secret), account_id: accountId, label, scope },
          ...{ created_at: createdAt, expires_at: expiresAt, used_at: null, revoked_at: null },
          ...{ versions_per_day: daily.versionsPerDay ?? null, bytes_per_day: daily.bytesPerDay ?? null },
        })
        .execute()
      const { versionsPerDay, bytesPerDay } = daily
      const info = { id, label, scope, createdAt, expiresAt, usedAt: undefined, versionsPerDay, bytesPerDay }
      return { ...info, token: `apr_${id}_${secret}` }
    },

    /** Those that still open something. */
    async list(accountId: string): Promise<TokenInfo[]> {
      const rows = await db
        .selectFrom('tokens')
        .selectAll()
        .where('account_id', '=', accountId)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', Date.now())
        .orderBy('created_at', 'desc')
        .execute()
      return rows.map(toInfo)
    },

    async revoke(accountId: string, id: string): Promise<void> {
      await db
        .updateTable('tokens')
        .set({ revoked_at: Date.now() })
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .execute()
    },

    /** Undefined: it is none of ours, was revoked or has expired. */
    async find(token: string): Promise<TokenOwner | undefined> {
      const [, id, secret] = TOKEN.exec(token) ?? []
      if (id === undefined || secret === undefined) return undefined
      const now = Date.now()
      const row = await db
        .selectFrom('tokens')
        .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
        .selectAll('tokens')
        .select(['accounts.name', 'accounts.role'])
        .where('tokens.id', '=', id)
        .where('tokens.revoked_at', 'is', null)
        .where('tokens.expires_at', '>', now)
        .executeTakeFirst()
      if (!row || !timingSafeEqual(Buffer.from(row.hash), Buffer.from(hashOf(secret)))) return undefined
      if (now - (row.used_at ?? 0) > USED_MS)
        await db.updateTable('tokens').set({ used_at: now }).where('id', '=', id).execute()
      return { account: { id: row.account_id, name: row.name, role: row.role }, token: toInfo(row) }
    },

    async beginLogin({ label, scope, lifetimeMs, publicKey }: LoginAsk) {
      check(scope, lifetimeMs)
      const now = Date.now()
      await db.deleteFrom('logins').where('expires_at', '<', now).execute()
      const { waiting } = await db
        .selectFrom('logins')
        .select((one) => one.fn.countAll<number>().as('waiting'))
        .executeTakeFirstOrThrow()
      if (Number(waiting) >= PENDING_LOGINS)
        throw new RegistryError('AR_SATURATED', { waiting: Number(waiting), limit: PENDING_LOGINS })
      const [secret, userCode, expiresAt] = [newSecret(), newUserCode(), now + LOGIN_MS]
      await db
        .insertInto('logins')
        .values({
          ...{ hash: hashOf(secret), user_code: userCode, label, scope, lifetime_ms: lifetimeMs },
          ...{ public_key: publicKey ?? null, account_id: null, state: 'pending', expires_at: expiresAt },
        })
        .execute()
      return { deviceCode: secret, userCode, expiresAt }
    },

    /** What waits behind the code that somebody typed. */
    async pendingLogin(userCode: string): Promise<Logins | undefined> {
      return db
        .selectFrom('logins')
        .selectAll()
        .where('user_code', '=', spelled(userCode))
        .where('state', '=', 'pending')
        .where('expires_at', '>', Date.now())
        .executeTakeFirst()
    },

    /** Whoever answers first has answered. */
    async answerLogin(userCode: string, accountId: string, consents: boolean): Promise<boolean> {
      const done = await db
        .updateTable('logins')
        .set({ state: consents ? 'approved' : 'refused', account_id: accountId })
        .where('user_code', '=', spelled(userCode))
        .where('state', '=', 'pending')
        .where('expires_at', '>', Date.now())
        .executeTakeFirst()
      return Number(done.numUpdatedRows) === 1
    },

    /** The approved login, once: with it goes the right to a token. */
    async takeLogin(deviceCode: string): Promise<Logins & { account_id: string }> {
      const hash = hashOf(deviceCode)
      const row = await db.selectFrom('logins').selectAll().where('hash', '=', hash).executeTakeFirst()
      if (!row || row.expires_at < Date.now())
        throw new RegistryError('AR_LOGIN_ENDED', { detail: 'nobody entered the code in time, or it was used already' })
      if (row.state === 'pending') throw new RegistryError('AR_LOGIN_PENDING', { userCode: row.user_code })
      const taken = await db.deleteFrom('logins').where('hash', '=', hash).executeTakeFirst()
      if (row.state === 'refused' || row.account_id === null || Number(taken.numDeletedRows) !== 1)
        throw new RegistryError('AR_LOGIN_ENDED', { detail: 'it was refused in the browser' })
      return { ...row, account_id: row.account_id }
    },
  }
  return tokens
}
