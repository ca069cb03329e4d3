/** @module catalog/accounts: who publishes here: accounts, their sessions in a browser, their signing keys. */
import { isPublicKey, keyIdOf } from '@ap-wasm/executor'
import { RegistryError } from '../errors.ts'
import { hashOf, newId, newSecret } from '../ids.ts'
import { ACCOUNT_NAME, isReserved, skeletonOf } from '../names.ts'
import { hashPassword, isPassword } from '../passwords.ts'
import { demandRoom } from '../quotas.ts'
import { type Database, isTaken } from './database.ts'

export interface Account {
  id: string
  name: string
  role: 'author' | 'moderator'
}

export interface SigningKeyInfo {
  id: string
  publicKey: string
  label: string
  createdAt: number
}

const PASSWORD_CHARS = { least: 10, most: 200 } as const
const SESSIONS = 20

export type Accounts = ReturnType<typeof createAccounts>

const toAccount = ({ id, name, role }: Account): Account => ({ id, name, role })

function passwordRefusals(name: string, password: string): string[] {
  const { least, most } = PASSWORD_CHARS
  const { length } = password
  return [
    ...(length < least || length > most
      ? [`the password has ${length} characters; from ${least} to ${most} are taken`]
      : []),
    ...(length > 0 && password.toLowerCase().includes(name.toLowerCase()) ? ['the password contains the name'] : []),
  ]
}

export function createAccounts(db: Database, sessionMs: number) {
  return {
    /** Its scope `@name` comes with it. */
    async add(name: string, password: string, role: Account['role'] = 'author'): Promise<Account> {
      const reasons = passwordRefusals(name, password)
      if (!ACCOUNT_NAME.test(name))
        reasons.push(`"${name.slice(0, 100)}" is no name: a-z, then a-z, 0-9 and -, up to 39`)
      else if (isReserved(`@${name}`)) reasons.push(`"${name}" is reserved`)
      if (reasons.length > 0) throw new RegistryError('AR_ACCOUNT_REFUSED', { reasons })
      const account = { id: newId(), name, role }
      const now = Date.now()
      const hash = await hashPassword(password)
      try {
        await db.transaction().execute(async (trx) => {
          await trx
            .insertInto('accounts')
            .values({ ...account, password: hash, created_at: now })
            .execute()
          const scope = `@${name}`
          await trx
            .insertInto('names')
            .values({ name: scope, skeleton: skeletonOf(scope), created_at: now })
            .execute()
          await trx.insertInto('owners').values({ name: scope, account_id: account.id }).execute()
        })
      } catch (error) {
        if (!isTaken(error)) throw error
        const taken = [`"${name}" is taken, or reads like a name that is`]
        throw new RegistryError('AR_ACCOUNT_REFUSED', { reasons: taken }, { cause: error })
      }
      return account
    },

    async byName(name: string): Promise<Account | undefined> {
      const row = await db.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst()
      return row && toAccount(row)
    },

    async byId(id: string): Promise<Account> {
      const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw new RegistryError('AR_ACCOUNT_NOT_FOUND', { account: id })
      return toAccount(row)
    },

    /** Whoever was signed in with the old one is not any more; tokens stay, and are revoked one by one. */
    async setPassword(name: string, password: string): Promise<Account> {
      const reasons = passwordRefusals(name, password)
      if (reasons.length > 0) throw new RegistryError('AR_ACCOUNT_REFUSED', { reasons })
      const account = await this.byName(name)
      if (!account) throw new RegistryError('AR_ACCOUNT_NOT_FOUND', { account: name })
      const hash = await hashPassword(password)
      await db.transaction().execute(async (trx) => {
        await trx.updateTable('accounts').set({ password: hash }).where('id', '=', account.id).execute()
        await trx.deleteFrom('sessions').where('account_id', '=', account.id).execute()
      })
      return account
    },

    async setRole(name: string, role: Account['role']): Promise<void> {
      const done = await db.updateTable('accounts').set({ role }).where('name', '=', name).executeTakeFirst()
      if (Number(done.numUpdatedRows) === 0) throw new RegistryError('AR_ACCOUNT_NOT_FOUND', { account: name })
    },

    /** Throws AR_SIGN_IN_FAILED; takes as long where nobody has that name. */
    async demandPassword(name: string, password: string): Promise<Account> {
      const row = await db.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst()
      if (!(await isPassword(password.slice(0, PASSWORD_CHARS.most), row?.password)) || !row)
        throw new RegistryError('AR_SIGN_IN_FAILED', {})
      return toAccount(row)
    },

    async signIn(name: string, password: string): Promise<string> {
      return this.beginSession((await this.demandPassword(name, password)).id)
    },

    /** Its secret; the oldest of many end. */
    async beginSession(accountId: string): Promise<string> {
      const secret = newSecret()
      const now = Date.now()
      await db.deleteFrom('sessions').where('expires_at', '<', now).execute()
      const held = await db
        .selectFrom('sessions')
        .select('hash')
        .where('account_id', '=', accountId)
        .orderBy('expires_at', 'desc')
        .offset(SESSIONS - 1)
        .limit(100)
        .execute()
      if (held.length > 0)
        await db
          .deleteFrom('sessions')
          .where(
            'hash',
            'in',
            held.map(({ hash }) => hash),
          )
          .execute()
      await db
        .insertInto('sessions')
        .values({ hash: hashOf(secret), account_id: accountId, expires_at: now + sessionMs })
        .execute()
      return secret
    },

    async ofSession(secret: string): Promise<Account | undefined> {
      const row = await db
        .selectFrom('sessions')
        .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
        .select(['accounts.id', 'accounts.name', 'accounts.role'])
        .where('sessions.hash', '=', hashOf(secret))
        .where('sessions.expires_at', '>', Date.now())
        .executeTakeFirst()
      return row && toAccount(row)
    },

    async signOut(secret: string): Promise<void> {
      await db.deleteFrom('sessions').where('hash', '=', hashOf(secret)).execute()
    },

    /** The same key again is no other. */
    async addKey(accountId: string, publicKey: string, label: string): Promise<string> {
      if (!isPublicKey(publicKey))
        throw new RegistryError('AR_BAD_REQUEST', { detail: 'publicKey is no Ed25519 key: 32 bytes as base64' })
      const id = keyIdOf(publicKey)
      const held = await db.selectFrom('signing_keys').selectAll().where('id', '=', id).executeTakeFirst()
      if (held?.account_id === accountId && held.revoked_at === null) return id
      if (held)
        throw new RegistryError('AR_BAD_REQUEST', { detail: 'that key was revoked, or belongs to another account' })
      demandRoom('signing keys', (await this.keys(accountId)).length)
      await db
        .insertInto('signing_keys')
        .values({ id, account_id: accountId, public_key: publicKey, label, created_at: Date.now(), revoked_at: null })
        .execute()
      return id
    },

    async keys(accountId: string): Promise<SigningKeyInfo[]> {
      const rows = await db
        .selectFrom('signing_keys')
        .selectAll()
        .where('account_id', '=', accountId)
        .where('revoked_at', 'is', null)
        .orderBy('created_at')
        .execute()
      return rows.map((row) => ({
        id: row.id,
        publicKey: row.public_key,
        label: row.label,
        createdAt: row.created_at,
      }))
    },

    /** Of any account, revoked or not: for whoever checks an old signature. */
    async publicKey(id: string): Promise<string | undefined> {
      const row = await db.selectFrom('signing_keys').select('public_key').where('id', '=', id).executeTakeFirst()
      return row?.public_key
    },

    async revokeKey(accountId: string, id: string): Promise<void> {
      await db
        .updateTable('signing_keys')
        .set({ revoked_at: Date.now() })
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .execute()
    },
  }
}
