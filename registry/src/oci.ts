/**
 * @module oci: a version as an OCI image manifest with one layer, as the CNCF's guidance for Wasm has it
 * (https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/): made from the catalog when it is asked for, always
 * the same bytes.
 */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { ArtifactInfo, VersionInfo } from './catalog/pieces.ts'
import type { Problem } from './problem.ts'

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
export const CONFIG_TYPE = 'application/vnd.wasm.config.v0+json'
const LAYER_TYPE = 'application/wasm'

export interface Blob {
  text: string
  digest: string
}

const blobOf = (value: unknown): Blob => {
  const text = JSON.stringify(value)
  return { text, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` }
}

export const configOf = (version: VersionInfo, { inspection, manifest }: ArtifactInfo): Blob =>
  blobOf({
    created: new Date(version.publishedAt).toISOString(),
    author: manifest.description.authors[0] ?? version.publishedBy,
    architecture: 'wasm',
    os: 'wasip2',
    layerDigests: [version.digest],
    component: {
      exports: inspection.exports.map(({ name }) => name),
      imports: inspection.imports.map(({ name }) => name),
      target: null,
    },
  })

export function manifestOf(version: VersionInfo, artifact: ArtifactInfo, pageUrl: string): Blob {
  const config = configOf(version, artifact)
  const { description, license, repository } = artifact.manifest
  return blobOf({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: LAYER_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: config.digest, size: Buffer.byteLength(config.text) },
    layers: [{ mediaType: LAYER_TYPE, digest: version.digest, size: version.bytes }],
    annotations: {
      'org.opencontainers.image.title': description.displayName,
      'org.opencontainers.image.description': description.description,
      'org.opencontainers.image.version': version.version,
      'org.opencontainers.image.created': new Date(version.publishedAt).toISOString(),
      'org.opencontainers.image.url': pageUrl,
      ...(license === undefined ? {} : { 'org.opencontainers.image.licenses': license }),
      ...(repository === undefined ? {} : { 'org.opencontainers.image.source': repository }),
    },
  })
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
const CODES: Readonly<Record<string, string>> = {
  AR_PIECE_NOT_FOUND: 'NAME_UNKNOWN',
  AR_PIECE_HIDDEN: 'DENIED',
  AR_VERSION_NOT_FOUND: 'MANIFEST_UNKNOWN',
  AR_DIGEST_NOT_FOUND: 'BLOB_UNKNOWN',
  AR_RATE_LIMITED: 'TOOMANYREQUESTS',
}

export const sendOciError = (reply: FastifyReply, { code, detail, remedy }: Problem): FastifyReply =>
  reply
    .type('application/json')
    .serializer(JSON.stringify)
    .send({ errors: [{ code: CODES[code] ?? 'UNSUPPORTED', message: detail, detail: remedy }] })
