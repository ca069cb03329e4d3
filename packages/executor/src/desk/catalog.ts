/** @module desk/catalog: what a tenant sees of its pieces: versions, manifests, consent. */
import { type Grants, missing } from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import { type Ask, askOf, type Manifest } from '../manifest.ts'
import { type GrantsBook, type NamedGrants, named, type WantedGrants } from './grants-book.ts'
import type { Pieces, PieceVersion } from './pieces.ts'
import { resolveVersion } from './resolve-version.ts'

export interface VersionSummary {
  version: string
  digest: string
  bytes: number
  disabled: boolean
  /** What waits for consent. */
  missing: string[]
  createdAt: string
}

export interface PieceSummary {
  name: string
  /** What `latest` runs now; absent while no version can. */
  latest?: string
  versions: string[]
  displayName: string
  description: string
}

export interface GrantsView {
  name: string
  version: string
  asked: Ask
  granted: NamedGrants
  missing: string[]
}

export type Catalog = ReturnType<typeof createCatalog>

export function createCatalog(pieces: Pieces, grants: GrantsBook) {
  const summary = (version: PieceVersion, granted: Grants): VersionSummary => ({
    version: version.version,
    digest: version.digest,
    bytes: version.bytes,
    disabled: version.disabled,
    missing: missing(granted, askOf(version.manifest)),
    createdAt: version.createdAt,
  })

  function latest(tenant: string, name: string, granted: Grants): { latest?: string } {
    try {
      return { latest: resolveVersion(pieces, granted, tenant, name, 'latest').version }
    } catch (error) {
      if (error instanceof PieceError) return {}
      throw error
    }
  }

  function found(tenant: string, name: string, version: string): PieceVersion {
    const one = pieces.find(tenant, name, version)
    if (one) return one
    const available = pieces.versions(tenant, name).map((each) => each.version)
    throw new PieceError('AP_VERSION_NOT_FOUND', { name, version, available: available.join(', ') })
  }

  function showGrants(tenant: string, name: string): GrantsView {
    const versions = pieces.versions(tenant, name)
    const newest = versions.find((version) => !version.disabled) ?? versions[0]!
    const granted = grants.granted(tenant, name)
    const asked = askOf(newest.manifest)
    return { name, version: newest.version, asked, granted: named(granted), missing: missing(granted, asked) }
  }

  return {
    /** By name; `cursor` is the last name of the page before. */
    list(tenant: string, cursor: string, limit: number): { pieces: PieceSummary[]; cursor?: string } {
      const names = pieces.names(tenant, cursor, limit + 1)
      const page = names.slice(0, limit).map((name) => {
        const versions = pieces.versions(tenant, name)
        const { displayName, description } = versions[0]!.manifest.description
        const granted = grants.granted(tenant, name)
        return {
          name,
          ...latest(tenant, name, granted),
          versions: versions.map((one) => one.version),
          displayName,
          description,
        }
      })
      const last = page.at(-1)
      return { pieces: page, ...(names.length > limit && last ? { cursor: last.name } : {}) }
    },

    /** Newest first. */
    versions(tenant: string, name: string): { name: string; versions: VersionSummary[] } {
      const granted = grants.granted(tenant, name)
      return { name, versions: pieces.versions(tenant, name).map((one) => summary(one, granted)) }
    },

    describe(tenant: string, name: string, version: string): VersionSummary & { name: string; manifest: Manifest } {
      const one = found(tenant, name, version)
      return { name, ...summary(one, grants.granted(tenant, name)), manifest: one.manifest }
    },

    async setDisabled(tenant: string, name: string, version: string, disabled: boolean): Promise<void> {
      found(tenant, name, version)
      await pieces.setDisabled(tenant, name, version, disabled)
    },

    showGrants,

    async grant(tenant: string, name: string, wanted: WantedGrants): Promise<GrantsView> {
      const asks = pieces.versions(tenant, name).map((version) => askOf(version.manifest))
      await grants.set(tenant, name, asks, wanted)
      return showGrants(tenant, name)
    },
  }
}
