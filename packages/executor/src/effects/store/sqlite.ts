/** @module effects/store/sqlite: a store in one table of an SQLite database, the executor's own or a file. */
import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { storageError } from '../../state.ts'
import type { Place, Store } from './index.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS store (
    tenant TEXT NOT NULL, piece TEXT NOT NULL, scope TEXT NOT NULL, owner TEXT NOT NULL,
    key BLOB NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (tenant, piece, scope, owner, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store_used (
    tenant TEXT NOT NULL, piece TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (tenant, piece)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS store_added AFTER INSERT ON store BEGIN
    INSERT INTO store_used VALUES (new.tenant, new.piece, length(new.key) + length(new.value))
      ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER IF NOT EXISTS store_changed AFTER UPDATE ON store BEGIN
    UPDATE store_used SET bytes = bytes + length(new.value) - length(old.value)
      WHERE tenant = new.tenant AND piece = new.piece;
  END;
  CREATE TRIGGER IF NOT EXISTS store_removed AFTER DELETE ON store BEGIN
    UPDATE store_used SET bytes = bytes - length(old.key) - length(old.value)
      WHERE tenant = old.tenant AND piece = old.piece;
  END`
const AT = 'tenant = ? AND piece = ? AND scope = ? AND owner = ?'

const parts = ({ tenant, piece, scope, owner }: Place) => [tenant, piece, scope, owner] as const

/** A path is opened here, and closed with the store; an open database stays its owner's. */
export function sqliteStore(database: DatabaseSync | string, options: { bytesPerPiece: number }): Store {
  const own = typeof database === 'string'
  const db = own ? new DatabaseSync(database) : database
  // SQLite gives its WAL the mode of the database.
  if (own && database !== ':memory:') chmodSync(database, 0o600)
  if (own) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
  db.exec(SCHEMA)
  const get = db.prepare(`SELECT value FROM store WHERE ${AT} AND key = ?`)
  const used = db.prepare('SELECT bytes FROM store_used WHERE tenant = ? AND piece = ?')
  const sizeOf = db.prepare(`SELECT length(key) + length(value) AS bytes FROM store WHERE ${AT} AND key = ?`)
  const put = db.prepare('INSERT INTO store VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  const remove = db.prepare(`DELETE FROM store WHERE ${AT} AND key = ?`)
  const keys = db.prepare(`SELECT key FROM store WHERE ${AT} AND key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ?`)
  return {
    get: (place, key) => get.get(...parts(place), Buffer.from(key))?.value as Uint8Array | undefined,
    put: (place, key, value) => {
      const bytes = Buffer.from(key)
      const added = bytes.length + value.length - Number(sizeOf.get(...parts(place), bytes)?.bytes ?? 0)
      const total = Number(used.get(place.tenant, place.piece)?.bytes ?? 0) + added
      if (added > 0 && total > options.bytesPerPiece) return false
      try {
        put.run(...parts(place), bytes, value)
        return true
      } catch (error) {
        throw storageError(error, 'a value of the store', db)
      }
    },
    delete: (place, key) => {
      try {
        remove.run(...parts(place), Buffer.from(key))
      } catch (error) {
        throw storageError(error, 'a value of the store', db)
      }
    },
    keys: (place, prefix, after, limit) => {
      const from = Buffer.from(prefix)
      // No byte of UTF-8 is 0xff: what begins with the prefix sorts before this.
      const to = Buffer.concat([from, Buffer.of(0xff)])
      const rows = keys.all(...parts(place), from, Buffer.from(after ?? ''), to, limit)
      return rows.map((row) => Buffer.from(row.key as Uint8Array).toString())
    },
    close: () => {
      if (own) db.close()
    },
  }
}
