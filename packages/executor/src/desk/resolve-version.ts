/** @module desk/resolve-version: from what a caller wrote (exact, range, `latest`) to the one version that runs. */
import { maxSatisfying, valid, validRange } from 'semver'
import { type Grants, missing } from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import { askOf } from '../manifest.ts'
import type { Pieces, PieceVersion } from './pieces.ts'

/**
 * Ranges and `latest` skip what is disabled or waits for consent; an exact version says why it cannot run. Versions are
 * plain `x.y.z`, so a range never meets a pre-release.
 */
export function resolveVersion(
  pieces: Pieces,
  granted: Grants,
  tenant: string,
  name: string,
  asked: string,
): PieceVersion {
  const lacks = (version: PieceVersion): string[] => missing(granted, askOf(version.manifest))
  const waiting = (version: PieceVersion): PieceError =>
    new PieceError('AP_GRANTS_MISSING', { name, version: version.version, missing: lacks(version).join(', ') })

  if (valid(asked) === asked) {
    const exact = pieces.find(tenant, name, asked)
    if (!exact) throw notFound(pieces.versions(tenant, name), name, asked)
    if (exact.disabled) throw new PieceError('AP_VERSION_DISABLED', { name, version: asked })
    if (lacks(exact).length > 0) throw waiting(exact)
    return exact
  }

  const range = asked === 'latest' ? '*' : asked
  if (validRange(range) === null)
    throw new PieceError('AP_BAD_REQUEST', { detail: `"${asked}" is no version, no range and not \`latest\`` })
  const newest = (candidates: readonly PieceVersion[]): PieceVersion | undefined => {
    const version = maxSatisfying(
      candidates.map((one) => one.version),
      range,
    )
    return candidates.find((one) => one.version === version)
  }
  const enabled = pieces.versions(tenant, name).filter((version) => !version.disabled)
  const found = newest(enabled.filter((version) => lacks(version).length === 0))
  if (found) return found
  const refused = newest(enabled)
  throw refused ? waiting(refused) : notFound(enabled, name, asked)
}

function notFound(versions: readonly PieceVersion[], name: string, version: string): PieceError {
  const usable = versions.filter((one) => !one.disabled)
  const available = usable.map((one) => one.version).join(', ')
  return new PieceError('AP_VERSION_NOT_FOUND', { name, version, available })
}
