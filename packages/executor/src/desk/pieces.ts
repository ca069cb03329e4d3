/** @module desk/pieces: which versions of which pieces each tenant has deployed. */
import { LRUCache } from 'lru-cache'
import { rcompare } from 'semver'
import { PieceError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import type { State } from '../state.ts'

export interface PieceVersion {
  name: string
  version: string
  digest: string
  bytes: number
  disabled: boolean
  createdAt: string
  manifest: Manifest
}

/** Read manifests: some are of a megabyte. */
const MANIFESTS = 200
const COLUMNS = 'tenant, name, version, digest, bytes, disabled, created_at'

export type Pieces = ReturnType<typeof createPieces>

export function createPieces(state: State) {
  // A digest names one manifest for ever; reading a large one costs more than many a call.
  const manifests = new LRUCache<string, Manifest>({ max: MANIFESTS })

  function manifestOf(tenant: string, name: string, version: string, digest: string): Manifest {
    const known = manifests.get(digest)
    if (known) return known
    const row = state.get(
      'SELECT manifest FROM pieces WHERE tenant = ? AND name = ? AND version = ?',
      tenant,
      name,
      version,
    )
    const manifest = JSON.parse(String(row?.manifest)) as Manifest
    manifests.set(digest, manifest)
    return manifest
  }

  function toVersion(row: Record<string, unknown>): PieceVersion {
    const [tenant, name, version, digest] = [row.tenant, row.name, row.version, row.digest].map(String) as [
      string,
      string,
      string,
      string,
    ]
    return {
      ...{ name, version, digest },
      bytes: Number(row.bytes),
      disabled: row.disabled === 1,
      createdAt: new Date(Number(row.created_at)).toISOString(),
      manifest: manifestOf(tenant, name, version, digest),
    }
  }

  /** Bytes that are being stored and have no row yet, by tenant. */
  const coming = new Map<string, number>()

  function demandRoom(tenant: string, bytes: number, limit: number): void {
    const rows = state.get('SELECT coalesce(sum(bytes), 0) AS held FROM pieces WHERE tenant = ?', tenant)
    const held = Number(rows?.held) + (coming.get(tenant) ?? 0)
    if (held + bytes > limit)
      throw new PieceError('AP_QUOTA_EXCEEDED', {
        ...{ what: 'the artifact', bytes, held, limit, name: 'artifactBytesPerTenant' },
      })
  }

  return {
    /** Refuses an artifact that is more than the tenant may hold. */
    demandRoom,

    /** The same, and holds the room while `store` runs, so that uploads that come together do not pass the bound. */
    async withRoom<T>(tenant: string, bytes: number, limit: number, store: () => Promise<T>): Promise<T> {
      demandRoom(tenant, bytes, limit)
      const count = (by: number): void => {
        const sum = (coming.get(tenant) ?? 0) + by
        if (sum === 0) coming.delete(tenant)
        else coming.set(tenant, sum)
      }
      count(bytes)
      try {
        return await store()
      } finally {
        count(-bytes)
      }
    },

    /** Newest version first; throws where the tenant has none of that name. */
    versions(tenant: string, name: string): PieceVersion[] {
      const rows = state.all(`SELECT ${COLUMNS} FROM pieces WHERE tenant = ? AND name = ?`, tenant, name)
      if (rows.length === 0) throw new PieceError('AP_PIECE_NOT_FOUND', { name })
      return rows.map(toVersion).sort((a, b) => rcompare(a.version, b.version))
    },

    find(tenant: string, name: string, version: string): PieceVersion | undefined {
      const row = state.get(
        `SELECT ${COLUMNS} FROM pieces WHERE tenant = ? AND name = ? AND version = ?`,
        tenant,
        name,
        version,
      )
      return row && toVersion(row)
    },

    withDigest(tenant: string, digest: string): PieceVersion | undefined {
      const row = state.get(`SELECT ${COLUMNS} FROM pieces WHERE tenant = ? AND digest = ?`, tenant, digest)
      return row && toVersion(row)
    },

    names: (tenant: string, after: string, limit: number): string[] =>
      state
        .all(
          'SELECT DISTINCT name FROM pieces WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?',
          tenant,
          after,
          limit,
        )
        .map((row) => String(row.name)),

    /** Within a commit. False: the same bytes are there already. Other bytes under the version are refused. */
    add(tenant: string, manifest: Manifest, digest: string, bytes: number, now: number): boolean {
      const { name, version } = manifest
      const there = state.get(
        'SELECT digest FROM pieces WHERE tenant = ? AND name = ? AND version = ?',
        tenant,
        name,
        version,
      )
      if (there?.digest === digest) return false
      if (there) throw new PieceError('AP_VERSION_EXISTS', { name, version, digest: String(there.digest) })
      state.run(
        'INSERT INTO pieces (tenant, name, version, digest, bytes, manifest, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        tenant,
        name,
        version,
        digest,
        bytes,
        JSON.stringify(manifest),
        now,
      )
      return true
    },

    setDisabled: (tenant: string, name: string, version: string, disabled: boolean): Promise<number> =>
      state.commit(() =>
        state.run(
          'UPDATE pieces SET disabled = ? WHERE tenant = ? AND name = ? AND version = ?',
          disabled ? 1 : 0,
          tenant,
          name,
          version,
        ),
      ),

    digests: (): Set<string> =>
      new Set(state.all('SELECT DISTINCT digest FROM pieces').map((row) => String(row.digest))),
  }
}
