/** @module catalog/database: the catalog's tables, opened and migrated, in whichever database the operator named. */
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { MIGRATIONS } from './migrations.ts'
import { postgresDialect } from './postgres.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite.ts'

export type Database = Kysely<Schema>

export interface OpenDatabase {
  db: Database
  close(): Promise<void>
}

/** `where`: `sqlite`, in `folder`, or a `postgres://` URL. */
export async function openDatabase(where: string, folder: string, beside: boolean): Promise<OpenDatabase> {
  const { dialect, unlock } =
    where === 'sqlite' ? sqliteDialect(folder, beside) : { dialect: postgresDialect(where), unlock: () => {} }
  const db = new Kysely<Schema>({ dialect })
  const close = async () => {
    await db.destroy()
    unlock()
  }
  try {
    await migrate(db)
  } catch (error) {
    await close()
    throw error
  }
  return { db, close }
}

async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** A row that must be there once was put there by somebody else: SQLite and PostgreSQL say so differently. */
export const isTaken = (error: unknown): boolean => {
  const { code, errcode } = error as { code?: string; errcode?: number }
  // https://www.postgresql.org/docs/current/errcodes-appendix.html · https://www.sqlite.org/rescode.html
  return code === '23505' || errcode === 2067 || errcode === 1555
}
