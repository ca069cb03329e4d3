/**
 * @module backup: a catalog with its artifacts as a folder of files that neither database nor storage is in: one line a row,
 * one file an artifact. What was taken from one pair of drivers is restored into any other.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { writeAtomic } from '@ap-wasm/executor'
import type { Kysely } from 'kysely'
import { artifactFile } from './artifact-file.ts'
import type { Blobs } from './blobs/index.ts'
import type { Database } from './catalog/database.ts'
import { RegistryError } from './errors.ts'

/** In the order in which they are restored, each with its key. Sessions, logins and challenges under way are not kept. */
const TABLES = {
  accounts: ['id'],
  passkeys: ['id'],
  tokens: ['id'],
  signing_keys: ['id'],
  names: ['name'],
  owners: ['name', 'account_id'],
  artifacts: ['digest'],
  versions: ['piece', 'version'],
  pieces: ['name'],
  downloads: ['piece', 'version', 'day'],
  reports: ['id'],
  audit: ['id'],
} as const
type Table = keyof typeof TABLES

const ROWS = 500
const FORMAT = 1

/** Of the tables whose names the type checker cannot follow. */
// biome-ignore lint/suspicious/noExplicitAny: rows of any table, passed on as they are.
type Untyped = Kysely<any>

export interface Backup {
  rows: number
  artifacts: number
}

/** Rows of one moment; artifacts that lie there already are not written again. */
export async function backup(db: Database, blobs: Blobs, folder: string): Promise<Backup> {
  await mkdir(join(folder, 'blobs'), { recursive: true, mode: 0o700 })
  const file = join(folder, 'catalog.jsonl')
  const half = `${file}.half`
  const out = createWriteStream(half, { mode: 0o600 })
  const write = async (line: unknown): Promise<void> => {
    if (!out.write(`${JSON.stringify(line)}\n`)) await new Promise((resolve) => out.once('drain', resolve))
  }
  const digests: string[] = []
  let rows = 0
  await write({ format: FORMAT })
  await db
    .transaction()
    .setIsolationLevel('serializable')
    .execute(async (trx) => {
      for (const [table, key] of Object.entries(TABLES))
        for (let from = 0; ; from += ROWS) {
          let query = (trx as unknown as Untyped).selectFrom(table).selectAll().limit(ROWS).offset(from)
          for (const column of key) query = query.orderBy(column)
          const found = await query.execute()
          for (const row of found) {
            await write({ table, row })
            if (table === 'artifacts') digests.push(row.digest)
          }
          rows += found.length
          if (found.length < ROWS) break
        }
    })
  out.end()
  await finished(out)
  for (const digest of digests) await keep(blobs, digest, join(folder, 'blobs', digest.slice('sha256:'.length)))
  // Last: a catalog that is there names no artifact that is not.
  await rename(half, file)
  return { rows, artifacts: digests.length }
}

async function keep(blobs: Blobs, digest: string, path: string): Promise<void> {
  if (existsSync(path)) return
  const stream = await blobs.open(digest)
  if (!stream) throw new RegistryError('AR_BLOB_LOST', { digest })
  await writeAtomic(path, stream, `the backup of ${digest}`)
}

/** Into a catalog in which nobody is yet; artifacts first. */
export async function restore(db: Database, blobs: Blobs, folder: string): Promise<Backup> {
  const { there } = await db
    .selectFrom('accounts')
    .select((one) => one.fn.countAll<number>().as('there'))
    .executeTakeFirstOrThrow()
  if (Number(there) > 0)
    throw new RegistryError('AR_BAD_REQUEST', {
      detail: `the catalog holds ${there} accounts: restore into an empty one`,
    })
  const file = join(folder, 'catalog.jsonl')
  let artifacts = 0
  for await (const { table, row } of lines(file))
    if (table === 'artifacts') {
      const digest = String(row.digest)
      const file = await artifactFile(join(folder, 'blobs', digest.slice('sha256:'.length)))
      if (file.digest !== digest) throw new RegistryError('AR_BLOB_LOST', { digest })
      await blobs.put(file)
      artifacts++
    }
  let rows = 0
  await db.transaction().execute(async (trx) => {
    for await (const { table, row } of lines(file)) {
      await (trx as unknown as Untyped).insertInto(table).values(row).execute()
      rows++
    }
  })
  return { rows, artifacts }
}

async function* lines(file: string): AsyncGenerator<{ table: Table; row: Record<string, unknown> }> {
  let first = true
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const value = JSON.parse(line) as { format?: number; table: Table; row: Record<string, unknown> }
    if (first && value.format !== FORMAT)
      throw new RegistryError('AR_BAD_REQUEST', { detail: `${file} is no backup of this release` })
    if (!first && !Object.hasOwn(TABLES, value.table))
      throw new RegistryError('AR_BAD_REQUEST', { detail: `${file} holds a table "${value.table}"` })
    if (!first) yield value
    first = false
  }
}
