/** @module catalog/owners: whose a namespace is. The first who publishes below a free one owns it. */
import { RegistryError } from '../errors.ts'
import { isReserved, namespaceOf, skeletonOf } from '../names.ts'
import type { Account } from './accounts.ts'
import type { Database } from './database.ts'

export interface Standing {
  owners: string[]
  /** Why nobody can have the name; absent: it is free, or owned. */
  refusal: string | undefined
}

export type Owners = ReturnType<typeof createOwners>

const ownersOf = async (db: Database, namespace: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('owners')
    .innerJoin('accounts', 'accounts.id', 'owners.account_id')
    .select('accounts.name')
    .where('owners.name', '=', namespace)
    .orderBy('accounts.name')
    .execute()
  return rows.map(({ name }) => name)
}

async function standing(db: Database, piece: string): Promise<Standing> {
  const namespace = namespaceOf(piece)
  const owners = await ownersOf(db, namespace)
  if (owners.length > 0) return { owners, refusal: undefined }
  if (isReserved(namespace)) return { owners, refusal: `the name "${namespace}" is reserved` }
  const alike = await db
    .selectFrom('names')
    .select('name')
    .where('skeleton', '=', skeletonOf(namespace))
    .executeTakeFirst()
  return {
    owners,
    refusal: alike && `the name "${namespace}" reads like "${alike.name}", which is somebody's already`,
  }
}

const notOwner = (piece: string, account: Account, owners: readonly string[]): RegistryError =>
  new RegistryError('AR_NOT_OWNER', { name: namespaceOf(piece), account: account.name, owners: owners.join(', ') })

export function createOwners(db: Database) {
  return {
    of: (piece: string): Promise<string[]> => ownersOf(db, namespaceOf(piece)),

    /** Throws where the namespace is another's; the refusal of a free one is for whoever gathers reasons. */
    async admit(piece: string, account: Account): Promise<string | undefined> {
      const { owners, refusal } = await standing(db, piece)
      if (owners.length > 0 && !owners.includes(account.name)) throw notOwner(piece, account, owners)
      return refusal
    },

    async add(piece: string, accountId: string): Promise<void> {
      await db
        .insertInto('owners')
        .values({ name: namespaceOf(piece), account_id: accountId })
        .onConflict((on) => on.doNothing())
        .execute()
    },

    async namesOf(accountId: string): Promise<string[]> {
      const rows = await db.selectFrom('owners').select('name').where('account_id', '=', accountId).execute()
      return rows.map(({ name }) => name).sort()
    },
  }
}

/** In the transaction of the first publication: two who come at once are told apart by the key of the table. */
export async function claim(trx: Database, piece: string, account: Account): Promise<void> {
  const { owners, refusal } = await standing(trx, piece)
  if (owners.includes(account.name)) return
  if (owners.length > 0) throw notOwner(piece, account, owners)
  if (refusal !== undefined) throw new RegistryError('AR_ARTIFACT_REFUSED', { reasons: [refusal] })
  const name = namespaceOf(piece)
  await trx
    .insertInto('names')
    .values({ name, skeleton: skeletonOf(name), created_at: Date.now() })
    .execute()
  await trx.insertInto('owners').values({ name, account_id: account.id }).execute()
}
