/** @module versions: from what a caller wrote (exact, range, `latest`) to the one version that is meant. */
import { maxSatisfying, valid, validRange } from 'semver'
import type { VersionInfo } from './catalog/pieces.ts'
import { RegistryError } from './errors.ts'

export interface Resolved {
  version: VersionInfo
  /** Whether it was named by its exact number, which always means the same. */
  exact: boolean
}

/** What ranges and `latest` choose from: neither withdrawn nor hidden, and old enough. */
export const offered = (versions: readonly VersionInfo[], minAgeMs = 0): VersionInfo[] => {
  const before = Date.now() - minAgeMs
  return versions.filter((one) => !one.yanked && one.hiddenReason === undefined && one.publishedAt <= before)
}

/** An exact version is found though it was withdrawn: whoever pinned it goes on. */
export function resolveVersion(versions: readonly VersionInfo[], name: string, asked: string, minAgeMs = 0): Resolved {
  if (valid(asked) === asked) {
    const version = versions.find((one) => one.version === asked)
    if (!version) throw notFound(versions, name, asked)
    if (version.hiddenReason !== undefined)
      throw new RegistryError('AR_PIECE_HIDDEN', { what: `${name} ${asked}`, reason: version.hiddenReason })
    return { version, exact: true }
  }
  const range = asked === 'latest' ? '*' : asked
  if (validRange(range) === null)
    throw new RegistryError('AR_BAD_REQUEST', { detail: `"${asked}" is no version, no range and not \`latest\`` })
  const candidates = offered(versions, minAgeMs)
  const chosen = maxSatisfying(
    candidates.map(({ version }) => version),
    range,
  )
  const version = candidates.find((one) => one.version === chosen)
  if (!version) throw notFound(candidates, name, asked)
  return { version, exact: false }
}

const LISTED = 20

function notFound(versions: readonly VersionInfo[], name: string, asked: string): RegistryError {
  const available = versions.slice(0, LISTED).map(({ version }) => version)
  return new RegistryError('AR_VERSION_NOT_FOUND', { name, version: asked, available: available.join(', ') })
}

/** `3d`, `12h`, `30m`: how old a version must be. */
export function ageMs(text: string): number {
  const [, amount, unit] = /^(\d{1,5})([dhm])$/.exec(text) ?? []
  if (amount === undefined)
    throw new RegistryError('AR_BAD_REQUEST', { detail: `minAge "${text}" is none: for example 3d, 12h or 30m` })
  return Number(amount) * { d: 86_400_000, h: 3_600_000, m: 60_000 }[unit as 'd' | 'h' | 'm']
}
