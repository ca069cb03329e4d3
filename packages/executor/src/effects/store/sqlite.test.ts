import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PieceError } from '../../errors.ts'
import { temporaryFolder } from '../outside.suite.ts'
import type { Place, Store } from './index.ts'
import { sqliteStore } from './sqlite.ts'
import { storeSuite } from './store.suite.ts'

const closing = (store: Store): Store => {
  onTestFinished(() => store.close())
  return store
}

storeSuite((bytesPerPiece) => closing(sqliteStore(':memory:', { bytesPerPiece })))

describe('in a file', () => {
  const options = { bytesPerPiece: 1e9 }
  const place: Place = { tenant: 'acme', piece: 'fixture', scope: 'project', owner: 'default' }

  test('outlives its process, in a table beside others', async () => {
    const path = join(await temporaryFolder(), 'state.sqlite')
    const first = sqliteStore(path, options)
    first.put(place, 'a', Uint8Array.of(1))
    first.close()
    const database = new DatabaseSync(path)
    onTestFinished(() => database.close())
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    const second = sqliteStore(database, options)
    expect(second.get(place, 'a')).toEqual(Uint8Array.of(1))
    second.close()
    expect(database.isOpen).toBe(true)
  })

  test('full, it says so and keeps what it had', async () => {
    const database = new DatabaseSync(':memory:')
    onTestFinished(() => database.close())
    const store = sqliteStore(database, options)
    store.put(place, 'a', Uint8Array.of(1))
    database.exec('PRAGMA max_page_count = 8')
    const full = () => store.put(place, 'b', new Uint8Array(1 << 20))
    expect(full).toThrow(PieceError)
    expect(full).toThrow(/no space is left/)
    expect(store.get(place, 'a')).toEqual(Uint8Array.of(1))
    expect(store.get(place, 'b')).toBeUndefined()
  })
})
