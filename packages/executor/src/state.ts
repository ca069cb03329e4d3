/**
 * @module state: the SQLite file under the desk: its folder's lock, its migrations, and the group commit that lets many
 * calls share one transaction.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { PieceError } from './errors.ts'
import { MIGRATIONS } from './state/migrations.ts'
import { refusedByDisk } from './state/storage-error.ts'

const BUSY_MS = 5_000
/** What a power cut may take of commits that need not be durable. */
const LOSS_MS = 1_000
const AGAIN_MS = 2_000
/** 16 MB. A checkpoint writes each page once, however often it was written since, and waits for the disk. */
const CHECKPOINT_PAGES = 4_000
/** Writes that wait for room on the disk; beyond it the oldest is given up. */
const MAX_LATER = 10_000

interface CommitOptions {
  durable: boolean
  /** The course of calls alone is written, of which nothing is remembered. */
  ofCalls?: true
}

interface Waiting {
  write: () => unknown
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

export class State {
  readonly folder: string
  readonly #db: DatabaseSync
  readonly #lock: DatabaseSync | undefined
  readonly #statements = new Map<string, StatementSync>()
  #waiting: Waiting[] = []
  #durable = false
  #durableAt = 0
  #ofCalls = true
  #revision = 0
  #dataVersion: unknown
  #looked = false
  #synchronous = ''
  #scheduled: NodeJS.Immediate | undefined
  #later: (() => unknown)[] = []
  #again: NodeJS.Timeout | undefined

  /** For the executor: it alone, until `close` or its death, however sudden. */
  static own(folder: string): State {
    return new State(folder, lockFolder(folder))
  }

  /** For a command beside a running executor, such as `key add`: short transactions on the same file. */
  static beside(folder: string): State {
    return new State(folder, undefined)
  }

  private constructor(folder: string, lock: DatabaseSync | undefined) {
    this.folder = folder
    this.#lock = lock
    makeFolder(folder)
    this.#db = openDatabase(join(folder, 'state.sqlite'))
    try {
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864')
      this.#db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
      migrate(this.#db)
    } catch (error) {
      this.#db.close()
      lock?.close()
      throw storageError(error, 'the state')
    }
  }

  /** Reads of one turn of the event loop see one moment, and take the file's lock once. */
  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    this.#read()
    return this.#statement(sql).get(...values)
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    this.#read()
    return this.#statement(sql).all(...values)
  }

  /** Another one as soon as something was written that is not the course of calls, be it by a process beside. */
  get revision(): number {
    if (!this.#looked) {
      const { data_version: version } = this.#statement('PRAGMA data_version').get()!
      if (version !== this.#dataVersion) this.#revision++
      this.#dataVersion = version
      this.#looked = true
      this.#scheduled ??= setImmediate(() => this.#flush())
    }
    return this.#revision
  }

  /** Inside `commit` only; outside it the statement would be a transaction of its own. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  /**
   * Runs `write` in the transaction of this turn of the event loop, and resolves once it is committed. What one writer
   * throws undoes that writer alone; the others run again, so a writer has no effect but on the state. Every commit survives the end of this process, however sudden. `durable`: a power
   * cut too (one fsync for the whole group, and for all commits before it); without it, under load, a second's loss.
   */
  commit<T>(write: () => T, { durable, ofCalls = undefined }: CommitOptions = { durable: true }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject })
      this.#durable ||= durable
      this.#ofCalls &&= ofCalls === true
      this.#scheduled ??= setImmediate(() => this.#flush())
    })
  }

  /** What a full disk refused, once more every few seconds until it is written; a last time at the close. */
  commitLater(write: () => unknown): void {
    if (!this.#db.isOpen) return
    if (this.#later.length >= MAX_LATER) this.#later.shift()
    this.#later.push(write)
    this.#again ??= setTimeout(() => this.#commitLate(), AGAIN_MS).unref()
  }

  #commitLate(): void {
    this.#again = undefined
    for (const write of this.#later.splice(0)) this.commit(write).catch(() => this.commitLater(write))
  }

  #read(): void {
    if (this.#db.isTransaction) return
    this.run('BEGIN')
    this.#scheduled ??= setImmediate(() => this.#flush())
  }

  #flush(): void {
    if (this.#db.isTransaction) this.run('COMMIT')
    const group = this.#waiting
    const now = performance.now()
    const durable = this.#durable || now - this.#durableAt > LOSS_MS
    const ofCalls = this.#ofCalls
    this.#waiting = []
    this.#durable = false
    this.#ofCalls = true
    this.#looked = false
    this.#scheduled = undefined
    if (group.length === 0) return
    let settled: (() => void)[]
    try {
      this.#synchronize(durable ? 'FULL' : 'NORMAL')
      settled = this.#writeAll(group) ?? this.#writeEach(group)
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
      for (const { reject } of group) reject(storageError(error, 'the state', this.#db))
      return
    }
    if (durable) this.#durableAt = now
    if (!ofCalls) this.#revision++
    for (const settle of settled) settle()
  }

  /** Undefined, and nothing is written, where one of them throws. */
  #writeAll(group: readonly Waiting[]): (() => void)[] | undefined {
    this.run('BEGIN IMMEDIATE')
    const done: (() => void)[] = []
    try {
      for (const { write, resolve } of group) {
        const value = write()
        done.push(() => resolve(value as never))
      }
    } catch {
      if (this.#db.isTransaction) this.run('ROLLBACK')
      return undefined
    }
    this.run('COMMIT')
    return done
  }

  /** A savepoint for each, which costs as much as what most of them write. */
  #writeEach(group: readonly Waiting[]): (() => void)[] {
    this.run('BEGIN IMMEDIATE')
    const done: (() => void)[] = []
    for (const { write, resolve, reject } of group) {
      this.run('SAVEPOINT one')
      try {
        const value = write()
        done.push(() => resolve(value as never))
      } catch (error) {
        // A full disk may have rolled back the whole transaction: then the group fails, not this writer alone.
        if (!this.#db.isTransaction) throw error
        this.run('ROLLBACK TO one')
        done.push(() => reject(storageError(error, 'the state', this.#db)))
      }
      this.run('RELEASE one')
    }
    this.run('COMMIT')
    return done
  }

  #synchronize(how: 'FULL' | 'NORMAL'): void {
    if (how === this.#synchronous) return
    this.#db.exec(`PRAGMA synchronous = ${how}`)
    this.#synchronous = how
  }

  /** Commits what waits, then lets go of the folder. */
  close(): void {
    if (!this.#db.isOpen) return
    clearTimeout(this.#again)
    this.#commitLate()
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#flush()
    this.#statements.clear()
    this.#db.close()
    this.#lock?.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw storageError(error, 'the data folder')
  }
}

function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    chmodSync(path, 0o600)
    return db
  } catch (error) {
    db.close()
    throw storageError(error, 'the state')
  }
}

/** A transaction on a database of its own: the kernel releases it with the process, however that ends. */
function lockFolder(folder: string): DatabaseSync {
  makeFolder(folder)
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (sqliteCode(error) === SQLITE_BUSY) throw new PieceError('AP_DATA_LOCKED', { folder }, { cause: error })
    throw storageError(error, 'the data folder')
  }
}

/** Each migration once, in its own transaction with the number that says so. */
function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const done = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    if (done > MIGRATIONS.length)
      throw new PieceError('AP_SETTING_INVALID', {
        setting: 'AP_WASM_DATA',
        value: `state of version ${done}`,
        expected: `a folder of this release or an older one (version ${MIGRATIONS.length})`,
      })
    for (const [index, sql] of MIGRATIONS.entries()) if (index >= done) db.exec(sql)
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_FULL = 13

const sqliteCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** What SQLite calls an error of input and output: the disk tells which, if it is asked to take a file. */
function askDisk(db: DatabaseSync): unknown {
  const probe = `${db.location()}-probe`
  try {
    writeFileSync(probe, '')
    rmSync(probe)
    return undefined
  } catch (error) {
    return error
  }
}

/** What the disk refuses by its own name; every other error unchanged. `db`: whose statement failed. */
export function storageError(error: unknown, what: string, db?: DatabaseSync): unknown {
  if (error instanceof PieceError) return error
  const named = (code: 'AP_STORAGE_FULL' | 'AP_STORAGE_READ_ONLY') => new PieceError(code, { what }, { cause: error })
  switch (sqliteCode(error)) {
    case SQLITE_FULL:
      return named('AP_STORAGE_FULL')
    case SQLITE_READONLY:
      return named('AP_STORAGE_READ_ONLY')
    case SQLITE_IOERR:
      return (db?.isOpen && refusedByDisk(askDisk(db), what)) || named('AP_STORAGE_FULL')
    default:
      return refusedByDisk(error, what) ?? error
  }
}
