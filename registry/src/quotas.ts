/**
 * @module quotas: the one table of how much one account and one token may have here. A row says whose it is, what is counted,
 * where its limit comes from, and what whoever meets it can do; docs/registry-tables.md is generated from it.
 */
import type { Database } from './catalog/database.ts'
import type { TokenInfo } from './catalog/tokens.ts'
import { type Used, usedSince } from './catalog/usage.ts'
import { RegistryError } from './errors.ts'
import type { Settings } from './settings.ts'

export const DAY_MS = 86_400_000

interface DailyQuota {
  whose: 'account' | 'token'
  counts: keyof Pick<Used, 'versions' | 'bytes'>
  /** The operator's limit. */
  setting: keyof Settings & `${string}PerDay`
  /** Where a token was made with a lower one. */
  ofToken?: 'versionsPerDay' | 'bytesPerDay'
  /** Completes the refusal. */
  remedy: string
}

/** New versions and their bytes within any 24 hours. The same bytes again, dry runs and refusals cost nothing. */
export const DAILY_QUOTAS: readonly DailyQuota[] = [
  {
    ...{ whose: 'token', counts: 'versions', setting: 'tokenPublishesPerDay', ofToken: 'versionsPerDay' },
    remedy: 'publish with another token of yours, or make one with a higher limit on /account',
  },
  {
    ...{ whose: 'token', counts: 'bytes', setting: 'tokenPublishedBytesPerDay', ofToken: 'bytesPerDay' },
    remedy: 'publish with another token of yours, or make one with a higher limit on /account',
  },
  {
    ...{ whose: 'account', counts: 'versions', setting: 'publishesPerDay' },
    remedy: 'wait, or ask the operator to raise --publishes-per-day',
  },
  {
    ...{ whose: 'account', counts: 'bytes', setting: 'publishedBytesPerDay' },
    remedy: 'wait, or ask the operator to raise --published-bytes-per-day',
  },
]

/** What an account may have at once. */
export const HELD_QUOTAS = {
  tokens: { limit: 100, remedy: 'revoke one that is not used any more on /account' },
  'signing keys': { limit: 20, remedy: 'revoke one that is not used any more on /account' },
  passkeys: { limit: 20, remedy: 'remove one that is not used any more on /account' },
} as const

export function demandRoom(what: keyof typeof HELD_QUOTAS, held: number): void {
  const { limit, remedy } = HELD_QUOTAS[what]
  if (held < limit) return
  throw new RegistryError('AR_QUOTA_EXCEEDED', {
    detail: `the account has ${held} ${what} of at most ${limit}; ${remedy}`,
  })
}

export interface Publisher {
  accountId: string
  /** Absent: nobody outside asks, but the registry's own process. */
  token?: TokenInfo | undefined
}

export interface QuotaState {
  whose: 'account' | 'token'
  counts: 'versions' | 'bytes'
  used: number
  limit: number
}

type Row = QuotaState & { oldest: number | undefined; quota: DailyQuota }

async function rowsOf(db: Database, settings: Settings, { accountId, token }: Publisher, now: number): Promise<Row[]> {
  const since = now - DAY_MS
  const used = {
    account: await usedSince(db, { accountId }, since),
    token: token && (await usedSince(db, { tokenId: token.id }, since)),
  }
  return DAILY_QUOTAS.flatMap((quota) => {
    const { whose, counts, setting, ofToken } = quota
    const of = used[whose]
    const own = ofToken && token?.[ofToken]
    const limit = Math.min(settings[setting], own ?? Number.POSITIVE_INFINITY)
    return of ? [{ whose, counts, used: of[counts], limit, oldest: of.oldest, quota }] : []
  })
}

/** For whoever wants to know before. */
export const quotasOf = async (db: Database, settings: Settings, publisher: Publisher): Promise<QuotaState[]> =>
  (await rowsOf(db, settings, publisher, Date.now())).map(({ whose, counts, used, limit }) => ({
    ...{ whose, counts, used, limit },
  }))

/** Throws AR_QUOTA_EXCEEDED for the first that one more version of so many bytes would exceed. */
export async function demandQuotas(
  db: Database,
  settings: Settings,
  publisher: Publisher,
  bytes: number,
): Promise<void> {
  const now = Date.now()
  for (const { whose, counts, used, limit, oldest, quota } of await rowsOf(db, settings, publisher, now)) {
    const more = counts === 'versions' ? 1 : bytes
    if (used + more <= limit) continue
    const who = whose === 'token' ? `the token "${publisher.token?.label}"` : 'the account'
    const brought = counts === 'bytes' ? `, and this has ${more}` : ''
    const detail = `${who} may publish ${limit} ${counts} in 24 hours; it has published ${used}${brought}: ${quota.remedy}`
    // Room comes back when the oldest of them is a day old.
    const retryAfterMs = more > limit || oldest === undefined ? undefined : Math.max(1_000, oldest + DAY_MS - now)
    throw new RegistryError('AR_QUOTA_EXCEEDED', { detail }, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
}
