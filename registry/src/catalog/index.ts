/** @module catalog: names, versions, owners, tokens, downloads and reports, in SQLite or PostgreSQL. */
import { type Accounts, createAccounts } from './accounts.ts'
import { type Database, openDatabase } from './database.ts'
import { createDownloads, type Downloads } from './downloads.ts'
import { createModeration, type Moderation } from './moderation.ts'
import { createOwners, type Owners } from './owners.ts'
import { createPasskeys, type Passkeys } from './passkeys.ts'
import { createPieces, type Pieces } from './pieces.ts'
import { createTokens, type Tokens } from './tokens.ts'

export interface Catalog {
  readonly db: Database
  readonly accounts: Accounts
  readonly passkeys: Passkeys
  readonly tokens: Tokens
  readonly owners: Owners
  readonly pieces: Pieces
  readonly downloads: Downloads
  readonly moderation: Moderation
  close(): Promise<void>
}

export interface CatalogOptions {
  /** `sqlite`, or a `postgres://` URL. */
  database: string
  /** Of the SQLite file. */
  folder: string
  sessionMs: number
  /** For a command beside a running registry. */
  beside?: boolean
  /** Told what a write in the background met. */
  onError(error: unknown): void
}

export async function openCatalog({
  database,
  folder,
  sessionMs,
  beside = false,
  onError,
}: CatalogOptions): Promise<Catalog> {
  const { db, close } = await openDatabase(database, folder, beside)
  const downloads = createDownloads(db, onError)
  return {
    db,
    accounts: createAccounts(db, sessionMs),
    passkeys: createPasskeys(db),
    tokens: createTokens(db),
    owners: createOwners(db),
    pieces: createPieces(db),
    downloads,
    moderation: createModeration(db),
    async close() {
      await downloads.close()
      await close()
    },
  }
}
