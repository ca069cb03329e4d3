/** @module catalog/sqlite: the query builder on Node's own SQLite: one file, one process, no package. */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'
import { RegistryError } from '../errors.ts'

const BUSY_MS = 5_000
/** Distinct texts of statements: lists of values make more of them. */
const STATEMENTS = 500

/** `beside`: for a command beside a running registry, which alone holds the lock: short transactions on the same file. */
export function sqliteDialect(folder: string, beside: boolean): { dialect: Dialect; unlock(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = beside ? undefined : lockFolder(folder)
  const file = join(folder, 'catalog.sqlite')
  const db = new DatabaseSync(file, { timeout: BUSY_MS })
  chmodSync(file, 0o600)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= STATEMENTS) statements.clear()
    const statement = db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const database = {
    prepare(sql: string) {
      const statement = prepared(sql)
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      }
    },
    close: () => db.close(),
  }
  return { dialect: new SqliteDialect({ database }), unlock: () => lock?.close() }
}

/** A transaction on a file of its own: the kernel lets go of it with the process, however that ends. */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new RegistryError('AR_DATA_LOCKED', { folder }, { cause: error })
  }
}
