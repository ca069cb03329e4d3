/**
 * @module catalog/passkeys: public keys that sign in beside a password, and the challenges that wait for their answer. A
 * challenge is answered once, within minutes.
 */
import { RegistryError } from '../errors.ts'
import { hashOf } from '../ids.ts'
import { demandRoom } from '../quotas.ts'
import type { Account } from './accounts.ts'
import { type Database, isTaken } from './database.ts'
import type { Passkeys as Row } from './schema.ts'

export interface PasskeyInfo {
  /** As its authenticator calls it: base64url. */
  id: string
  accountId: string
  label: string
  publicKey: Uint8Array<ArrayBuffer>
  /** How often it was used, where its authenticator counts. */
  counter: number
  transports: string[]
  createdAt: number
  usedAt: number | undefined
}

const CHALLENGE_MS = 5 * 60_000
const WAITING_CHALLENGES = 10_000

export type Passkeys = ReturnType<typeof createPasskeys>

export function createPasskeys(db: Database) {
  const passkeys = {
    /** Without an account: for whoever wants to sign in. */
    async challenge(challenge: string, accountId?: string): Promise<void> {
      const now = Date.now()
      await db.deleteFrom('challenges').where('expires_at', '<', now).execute()
      const { waiting } = await db
        .selectFrom('challenges')
        .select((one) => one.fn.countAll<number>().as('waiting'))
        .executeTakeFirstOrThrow()
      if (Number(waiting) >= WAITING_CHALLENGES)
        throw new RegistryError('AR_SATURATED', { waiting: Number(waiting), limit: WAITING_CHALLENGES })
      const row = { hash: hashOf(challenge), account_id: accountId ?? null, expires_at: now + CHALLENGE_MS }
      await db.insertInto('challenges').values(row).execute()
    },

    /** Whether it waits for that account (or for anybody), once. */
    async takeChallenge(challenge: string, accountId?: string): Promise<boolean> {
      const done = await db
        .deleteFrom('challenges')
        .where('hash', '=', hashOf(challenge))
        .where('account_id', accountId === undefined ? 'is' : '=', accountId ?? null)
        .where('expires_at', '>', Date.now())
        .executeTakeFirst()
      return Number(done.numDeletedRows) === 1
    },

    async add(passkey: Omit<PasskeyInfo, 'createdAt' | 'usedAt'>): Promise<void> {
      demandRoom('passkeys', (await passkeys.list(passkey.accountId)).length)
      try {
        await db
          .insertInto('passkeys')
          .values({
            ...{ id: passkey.id, account_id: passkey.accountId, label: passkey.label, counter: passkey.counter },
            public_key: Buffer.from(passkey.publicKey).toString('base64url'),
            ...{ transports: passkey.transports.join(' '), created_at: Date.now(), used_at: null },
          })
          .execute()
      } catch (error) {
        if (!isTaken(error)) throw error
        throw new RegistryError(
          'AR_PASSKEY_REFUSED',
          { detail: 'this passkey is registered already' },
          { cause: error },
        )
      }
    },

    async list(accountId: string): Promise<PasskeyInfo[]> {
      const rows = await db
        .selectFrom('passkeys')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at')
        .execute()
      return rows.map(toInfo)
    },

    async find(id: string): Promise<{ passkey: PasskeyInfo; account: Account } | undefined> {
      const row = await db
        .selectFrom('passkeys')
        .innerJoin('accounts', 'accounts.id', 'passkeys.account_id')
        .selectAll('passkeys')
        .select(['accounts.name', 'accounts.role'])
        .where('passkeys.id', '=', id)
        .executeTakeFirst()
      return row && { passkey: toInfo(row), account: { id: row.account_id, name: row.name, role: row.role } }
    },

    async used(id: string, counter: number): Promise<void> {
      await db.updateTable('passkeys').set({ counter, used_at: Date.now() }).where('id', '=', id).execute()
    },

    async remove(accountId: string, id: string): Promise<void> {
      await db.deleteFrom('passkeys').where('account_id', '=', accountId).where('id', '=', id).execute()
    },
  }
  return passkeys
}

const toInfo = (row: Row): PasskeyInfo => ({
  ...{ id: row.id, accountId: row.account_id, label: row.label, counter: row.counter },
  publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
  transports: row.transports === '' ? [] : row.transports.split(' '),
  ...{ createdAt: row.created_at, usedAt: row.used_at ?? undefined },
})
