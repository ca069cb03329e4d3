/** @module catalog/usage: what was published since: for quotas. */
import type { Database } from './database.ts'

export interface Used {
  versions: number
  bytes: number
  /** When the first of them was published. */
  oldest: number | undefined
}

export async function usedSince(
  db: Database,
  by: { accountId: string } | { tokenId: string },
  since: number,
): Promise<Used> {
  const [column, id] =
    'tokenId' in by ? (['published_with', by.tokenId] as const) : (['published_by', by.accountId] as const)
  const row = await db
    .selectFrom('versions')
    .select((one) => [
      one.fn.countAll<number>().as('versions'),
      one.fn.sum<number>('bytes').as('bytes'),
      one.fn.min<number>('published_at').as('oldest'),
    ])
    .where(column, '=', id)
    .where('published_at', '>', since)
    .executeTakeFirstOrThrow()
  return {
    versions: Number(row.versions),
    bytes: Number(row.bytes ?? 0),
    oldest: row.oldest === null ? undefined : Number(row.oldest),
  }
}

/** One after the other, in both databases: whoever comes second waits for the row, and sees what the first has written. */
export async function takeTurn(trx: Database, account: { id: string; name: string }): Promise<void> {
  await trx.updateTable('accounts').set({ name: account.name }).where('id', '=', account.id).execute()
}
