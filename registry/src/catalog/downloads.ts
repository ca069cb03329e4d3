/** @module catalog/downloads: how often each version was fetched: counts by day, and nothing about who fetched. */
import { sql } from 'kysely'
import type { Database } from './database.ts'

const FLUSH_MS = 5_000
/** Versions fetched within one interval; what comes beyond is written at once. */
const PENDING = 10_000

export const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10)

export type Downloads = ReturnType<typeof createDownloads>

export function createDownloads(db: Database, onError: (error: unknown) => void) {
  let counted = new Map<string, { piece: string; version: string; count: number }>()
  let last: Promise<void> = Promise.resolve()
  const timer = setInterval(() => void downloads.flush().catch(onError), FLUSH_MS).unref()

  async function write(): Promise<void> {
    if (counted.size === 0) return
    const taken = [...counted.values()]
    counted = new Map()
    const [day, now] = [dayOf(Date.now()), Date.now()]
    await db.transaction().execute(async (trx) => {
      for (const { piece, version, count } of taken) {
        await trx
          .insertInto('downloads')
          .values({ piece, version, day, count })
          .onConflict((on) =>
            on.columns(['piece', 'version', 'day']).doUpdateSet({ count: sql`downloads.count + ${count}` }),
          )
          .execute()
        await trx
          .updateTable('versions')
          .set((one) => ({ downloads: one('downloads', '+', count) }))
          .where('piece', '=', piece)
          .where('version', '=', version)
          .execute()
        await trx
          .updateTable('pieces')
          .set((one) => ({ downloads: one('downloads', '+', count), touched_at: now }))
          .where('name', '=', piece)
          .execute()
      }
    })
  }

  const downloads = {
    count(piece: string, version: string): void {
      const key = `${piece} ${version}`
      const held = counted.get(key)
      if (held) held.count++
      else counted.set(key, { piece, version, count: 1 })
      if (counted.size >= PENDING) void downloads.flush().catch(onError)
    },

    /** After it, all that was counted before is written. */
    flush(): Promise<void> {
      last = last.catch(() => {}).then(write)
      return last
    },

    /** By day, oldest first: of the piece, all versions together. */
    async byDay(piece: string, days: number): Promise<{ day: string; count: number }[]> {
      const since = dayOf(Date.now() - (days - 1) * 86_400_000)
      const rows = await db
        .selectFrom('downloads')
        .select(['day', (one) => one.fn.sum<number>('count').as('count')])
        .where('piece', '=', piece)
        .where('day', '>=', since)
        .groupBy('day')
        .execute()
      const found = new Map(rows.map(({ day, count }) => [day, Number(count)]))
      return Array.from({ length: days }, (_, i) => {
        const day = dayOf(Date.now() - (days - 1 - i) * 86_400_000)
        return { day, count: found.get(day) ?? 0 }
      })
    },

    async close(): Promise<void> {
      clearInterval(timer)
      await downloads.flush()
    },
  }
  return downloads
}
