/** @module catalog/pieces: what was published, and what became of it. */

import type { InterfaceNames, Manifest, PartSize } from '@ap-wasm/executor'
import { rcompare } from 'semver'
import { type Card, cardOf } from '../card.ts'
import { RegistryError } from '../errors.ts'
import type { Score } from '../score.ts'
import type { Account } from './accounts.ts'
import { type Database, isTaken } from './database.ts'
import { claim } from './owners.ts'
import { takeTurn } from './usage.ts'

export interface VersionInfo {
  piece: string
  version: string
  digest: string
  bytes: number
  language: string
  sdk: string
  score: number
  publishedAt: number
  publishedBy: string
  signedBy: string | undefined
  downloads: number
  yanked: { at: number; reason: string } | undefined
  hiddenReason: string | undefined
}

export interface PieceInfo {
  card: Card
  downloads: number
  createdAt: number
  hiddenReason: string | undefined
}

export interface ArtifactInfo {
  manifest: Manifest
  inspection: { imports: InterfaceNames[]; exports: InterfaceNames[]; sizes: PartSize[]; warnings: string[] }
  readmeHtml: string
  score: Score
  signature: unknown
  provenance: unknown
}

export interface Publication extends ArtifactInfo {
  account: Account
  digest: string
  bytes: number
  signedBy: string | undefined
  tokenId: string | undefined
  /** Asked once more where nobody else of the account publishes meanwhile; what it throws undoes all. */
  admit(trx: Database): Promise<void>
}

/** So many are parsed at once. */
const CARDS = 200

export type Pieces = ReturnType<typeof createPieces>

export function createPieces(db: Database) {
  const versionRows = () =>
    db
      .selectFrom('versions')
      .innerJoin('accounts', 'accounts.id', 'versions.published_by')
      .selectAll('versions')
      .select('accounts.name as author')

  const toVersion = (row: Awaited<ReturnType<ReturnType<typeof versionRows>['execute']>>[number]): VersionInfo => ({
    ...{ piece: row.piece, version: row.version, digest: row.digest, bytes: row.bytes, language: row.language },
    ...{ sdk: row.sdk, score: row.score, publishedAt: row.published_at, publishedBy: row.author },
    ...{ signedBy: row.signed_by ?? undefined, downloads: row.downloads },
    yanked: row.yanked_at === null ? undefined : { at: row.yanked_at, reason: row.yank_reason ?? '' },
    hiddenReason: row.hidden_reason ?? undefined,
  })

  const pieces = {
    async find(name: string): Promise<PieceInfo | undefined> {
      const row = await db.selectFrom('pieces').selectAll().where('name', '=', name).executeTakeFirst()
      return (
        row && {
          card: JSON.parse(row.card) as Card,
          downloads: row.downloads,
          createdAt: row.created_at,
          hiddenReason: row.hidden_reason ?? undefined,
        }
      )
    },

    /** Newest first. */
    async versions(name: string): Promise<VersionInfo[]> {
      const rows = await versionRows().where('piece', '=', name).execute()
      return rows.map(toVersion).sort((a, b) => rcompare(a.version, b.version))
    },

    async withDigest(digest: string): Promise<VersionInfo | undefined> {
      const row = await versionRows().where('digest', '=', digest).executeTakeFirst()
      return row && toVersion(row)
    },

    async artifact(digest: string): Promise<ArtifactInfo> {
      const row = await db.selectFrom('artifacts').selectAll().where('digest', '=', digest).executeTakeFirst()
      if (!row) throw new RegistryError('AR_DIGEST_NOT_FOUND', { digest })
      return {
        manifest: JSON.parse(row.manifest),
        inspection: JSON.parse(row.inspection),
        readmeHtml: row.readme_html,
        score: JSON.parse(row.score),
        signature: row.signature === null ? undefined : JSON.parse(row.signature),
        provenance: row.provenance === null ? undefined : JSON.parse(row.provenance),
      }
    },

    /** The newest publications of all pieces, withdrawn ones left out. */
    async recent(limit: number): Promise<VersionInfo[]> {
      const rows = await versionRows()
        .innerJoin('pieces', 'pieces.name', 'versions.piece')
        .where('versions.yanked_at', 'is', null)
        .where('versions.hidden_reason', 'is', null)
        .where('pieces.hidden_reason', 'is', null)
        .orderBy('versions.published_at', 'desc')
        .limit(limit)
        .execute()
      return rows.map(toVersion)
    },

    /** All of it or nothing. The bytes must be in the storage already: a row never names what is not there. */
    async publish(publication: Publication): Promise<void> {
      const { account, digest, bytes, manifest, inspection, score } = publication
      const { name, version } = manifest
      const now = Date.now()
      try {
        await db.transaction().execute(async (trx) => {
          await takeTurn(trx, account)
          await publication.admit(trx)
          await claim(trx, name, account)
          await trx
            .insertInto('artifacts')
            .values({
              ...{ digest, manifest: JSON.stringify(manifest), inspection: JSON.stringify(inspection) },
              ...{ readme_html: publication.readmeHtml, score: JSON.stringify(score) },
              signature: publication.signature === undefined ? null : JSON.stringify(publication.signature),
              provenance: publication.provenance === undefined ? null : JSON.stringify(publication.provenance),
            })
            .execute()
          await trx
            .insertInto('versions')
            .values({
              ...{ piece: name, version, digest, bytes, language: manifest.language, score: score.points },
              sdk: `${manifest.description.sdk.language} ${manifest.description.sdk.version}`,
              ...{ published_at: now, published_by: account.id, published_with: publication.tokenId ?? null },
              signed_by: publication.signedBy ?? null,
              ...{ downloads: 0, yanked_at: null, yank_reason: null, hidden_reason: null },
            })
            .execute()
          await refresh(trx, name, now)
        })
      } catch (error) {
        if (!isTaken(error)) throw error
        // Somebody was faster: with the same bytes, or with others.
        const there = (await pieces.versions(name)).find((one) => one.version === version)
        if (there === undefined) throw error
        if (there.digest !== digest)
          throw new RegistryError('AR_VERSION_EXISTS', { name, version, digest: there.digest })
      }
    },

    /** A reason withdraws it, null brings it back. */
    async setYanked(name: string, version: string, reason: string | null): Promise<void> {
      await db.transaction().execute(async (trx) => {
        await trx
          .updateTable('versions')
          .set({ yanked_at: reason === null ? null : Date.now(), yank_reason: reason })
          .where('piece', '=', name)
          .where('version', '=', version)
          .execute()
        await refresh(trx, name, Date.now())
      })
    },

    /** Of one version, or of the piece with all of them. */
    async setHidden(name: string, version: string | undefined, reason: string | null): Promise<void> {
      await db.transaction().execute(async (trx) => {
        if (version === undefined)
          await trx.updateTable('pieces').set({ hidden_reason: reason }).where('name', '=', name).execute()
        else
          await trx
            .updateTable('versions')
            .set({ hidden_reason: reason })
            .where('piece', '=', name)
            .where('version', '=', version)
            .execute()
        await refresh(trx, name, Date.now())
      })
    },

    /** Cards of all that may be found, a few hundred at once. */
    async *allCards(): AsyncGenerator<{ card: Card; downloads: number }[]> {
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('pieces')
          .select(['name', 'card', 'downloads', 'hidden_reason'])
          .where('name', '>', after)
          .orderBy('name')
          .limit(CARDS)
          .execute()
        yield rows.flatMap(({ card, downloads, hidden_reason }) =>
          hidden_reason === null ? [{ card: JSON.parse(card) as Card, downloads }] : [],
        )
        if (rows.length < CARDS) return
        after = rows.at(-1)!.name
      }
    },

    /** Cards of what was touched since, for search; an absent card left it. */
    async touchedSince(since: number) {
      const rows = await db
        .selectFrom('pieces')
        .select(['name', 'card', 'downloads', 'hidden_reason'])
        .where('touched_at', '>=', since)
        .execute()
      return rows.map(({ name, card, downloads, hidden_reason }) => ({
        ...{ name, downloads },
        card: hidden_reason === null ? (JSON.parse(card) as Card) : undefined,
      }))
    },
  }
  return pieces
}

/** Which version is the latest, and what lists say of the piece. */
async function refresh(trx: Database, name: string, now: number): Promise<void> {
  const versions = await trx
    .selectFrom('versions')
    .innerJoin('accounts', 'accounts.id', 'versions.published_by')
    .select(['version', 'digest', 'bytes', 'score', 'signed_by', 'published_at', 'yanked_at', 'hidden_reason'])
    .select('accounts.name as author')
    .where('piece', '=', name)
    .execute()
  versions.sort((a, b) => rcompare(a.version, b.version))
  const latest = versions.find((one) => one.yanked_at === null && one.hidden_reason === null) ?? versions[0]
  if (!latest) return
  const row = await trx
    .selectFrom('artifacts')
    .select(['manifest', 'inspection'])
    .where('digest', '=', latest.digest)
    .executeTakeFirstOrThrow()
  const card = cardOf(JSON.parse(row.manifest), JSON.parse(row.inspection), {
    ...{ digest: latest.digest, author: latest.author, bytes: latest.bytes, score: latest.score },
    ...{ signed: latest.signed_by !== null, publishedAt: latest.published_at },
  })
  const fresh = { latest: latest.version, card: JSON.stringify(card), updated_at: now, touched_at: now }
  await trx
    .insertInto('pieces')
    .values({ name, ...fresh, downloads: 0, created_at: now, hidden_reason: null })
    .onConflict((on) => on.column('name').doUpdateSet(fresh))
    .execute()
}
