/** @module publication: from uploaded bytes to a version that everybody can pull, or every reason why not. */
import { type Ask, askOf, type Envelope, openEnvelope } from '@ap-wasm/executor'
import type { ArtifactFile } from './artifact-file.ts'
import type { Account } from './catalog/accounts.ts'
import type { Database } from './catalog/database.ts'
import type { VersionInfo } from './catalog/pieces.ts'
import type { TokenInfo } from './catalog/tokens.ts'
import { RegistryError } from './errors.ts'
import { reaches } from './names.ts'
import { demandQuotas } from './quotas.ts'
import { renderReadme } from './readme.ts'
import type { Registry } from './registry.ts'
import { scoreOf } from './score.ts'

export const SIGNED_TYPE = 'application/vnd.ap-wasm.publish+json'
export const PROVENANCE_TYPE = 'application/vnd.in-toto+json'

export interface Upload {
  /** As the address says them: the manifest must say the same. */
  name: string
  version: string
  artifact: ArtifactFile
  account: Account
  /** What it was sent with. Absent: the registry's own process publishes, and reaches every name that the account owns. */
  token?: TokenInfo | undefined
  /** DSSE over `{name, version, digest}`. */
  signature?: unknown
  /** DSSE over an in-toto statement about the digest. */
  provenance?: unknown
  dryRun?: boolean
}

export interface Published {
  name: string
  version: string
  digest: string
  bytes: number
  score: number
  signed: boolean
  capabilities: Ask
  warnings: string[]
  /** False: the same bytes were there already, or nothing was kept. */
  isNew: boolean
}

export async function publish(registry: Registry, upload: Upload): Promise<Published> {
  const { catalog, blobs, settings } = registry
  const { name, version, artifact, account, token, dryRun = false } = upload
  const { digest, bytes } = artifact
  if (token && !reaches(token.scope, name)) throw new RegistryError('AR_FORBIDDEN', { scope: token.scope, name })
  if (bytes > settings.uploadBytes) throw new RegistryError('AR_BODY_TOO_LARGE', { bytes, limit: settings.uploadBytes })
  const nameRefusal = await catalog.owners.admit(name, account)
  await refuseHidden(registry, name)

  const there = (await catalog.pieces.versions(name)).find((one) => one.version === version)
  if (there && there.digest !== digest)
    throw new RegistryError('AR_VERSION_EXISTS', { name, version, digest: there.digest })
  if (there) {
    await blobs.put(artifact)
    return publishedBefore(registry, there)
  }
  const admit = (db: Database) => demandQuotas(db, settings, { accountId: account.id, token }, bytes)
  await admit(catalog.db)

  const reasons = nameRefusal === undefined ? [] : [nameRefusal]
  const keys = await catalog.accounts.keys(account.id)
  const signedBy = checkSignature(upload, digest, keys, reasons)
  const provenance = checkProvenance(upload, digest, keys, reasons)
  const inspection = await registry.judge.inspect(artifact.path).catch((error: unknown) => {
    if (!(error instanceof RegistryError) || error.code !== 'AR_ARTIFACT_REFUSED') throw error
    reasons.push(...(error as RegistryError<'AR_ARTIFACT_REFUSED'>).fields.reasons)
    return undefined
  })
  for (const key of ['name', 'version'] as const)
    if (inspection && inspection.manifest[key] !== upload[key])
      reasons.push(`the address says ${key} "${upload[key]}"; the manifest says "${inspection.manifest[key]}"`)
  if (reasons.length > 0 || !inspection) throw new RegistryError('AR_ARTIFACT_REFUSED', { reasons })

  const { manifest, warnings, imports, exports, sizes } = inspection
  const about = { manifest, signed: signedBy !== undefined, provenance, bytes }
  const score = scoreOf(about)
  const published = {
    ...{ name, version, digest, bytes, score: score.points, signed: about.signed, warnings },
    capabilities: askOf(manifest),
  }
  if (dryRun) return { ...published, isNew: false }

  const readmeHtml = await renderReadme(manifest.readme ?? '', manifest.repository ?? manifest.homepage)
  await blobs.put(artifact)
  await catalog.pieces.publish({
    ...{ account, digest, bytes, signedBy, manifest, readmeHtml, score, admit, tokenId: token?.id },
    inspection: { imports, exports, sizes, warnings },
    signature: upload.signature,
    provenance: upload.provenance,
  })
  await catalog.moderation.log(account.id, 'publish', name, `${version} ${digest}`)
  await registry.catchUp()
  registry.metrics.published.inc()
  registry.log.info({ piece: name, version, digest, bytes }, 'published')
  return { ...published, isNew: true }
}

async function refuseHidden({ catalog }: Registry, name: string): Promise<void> {
  const reason = (await catalog.pieces.find(name))?.hiddenReason
  if (reason !== undefined) throw new RegistryError('AR_PIECE_HIDDEN', { what: name, reason })
}

async function publishedBefore({ catalog }: Registry, there: VersionInfo): Promise<Published> {
  const { manifest, inspection } = await catalog.pieces.artifact(there.digest)
  return {
    ...{ name: there.piece, version: there.version, digest: there.digest, bytes: there.bytes, score: there.score },
    ...{ signed: there.signedBy !== undefined, capabilities: askOf(manifest), warnings: inspection.warnings },
    isNew: false,
  }
}

type Keys = readonly { id: string; publicKey: string }[]

/** The id of the key that signed it; a signature that does not hold is a reason, none is none. */
function checkSignature(upload: Upload, digest: string, keys: Keys, reasons: string[]): string | undefined {
  if (upload.signature === undefined) return undefined
  const opened = openEnvelope(upload.signature, SIGNED_TYPE, keys)
  const said = opened?.value as { name?: unknown; version?: unknown; digest?: unknown } | null | undefined
  const fits = said?.name === upload.name && said?.version === upload.version && said?.digest === digest
  if (opened && fits) return opened.keyId
  const keyId = String((upload.signature as Envelope | null)?.signatures?.[0]?.keyid).slice(0, 64)
  reasons.push(
    opened
      ? 'the signature is for another name, version or digest'
      : `the signature is by no key of this account (${keyId}); \`ap-wasm login\` registers the key of a machine`,
  )
  return undefined
}

function checkProvenance(upload: Upload, digest: string, keys: Keys, reasons: string[]): boolean {
  if (upload.provenance === undefined) return false
  const opened = openEnvelope(upload.provenance, PROVENANCE_TYPE, keys)
  const { subject } = (opened?.value ?? {}) as { subject?: { digest?: { sha256?: unknown } }[] }
  const about = Array.isArray(subject) && subject.some((one) => `sha256:${one?.digest?.sha256}` === digest)
  if (!opened) reasons.push('the provenance is signed by no key of this account')
  else if (!about) reasons.push('the provenance is about another digest')
  return opened !== undefined && about
}
