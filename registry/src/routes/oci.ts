/** @module routes/oci: the read side of OCI distribution, for wkg, crane and whatever else pulls images. */
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { contentDigest, FOREVER, SHORTLY } from '../answers.ts'
import type { VersionInfo } from '../catalog/pieces.ts'
import { RegistryError } from '../errors.ts'
import { absolute, pieceHref } from '../hrefs.ts'
import { pieceOfRepository } from '../names.ts'
import { type Blob, CONFIG_TYPE, configOf, MANIFEST_TYPE, manifestOf } from '../oci.ts'
import { findPiece } from '../piece.ts'
import type { RouteContext, Server } from '../server.ts'
import { offered, resolveVersion } from '../versions.ts'
import { sendArtifact } from './artifacts.ts'

interface Params {
  scope: string
  name: string
  reference: string
}

/** Configurations and manifests: small, made anew where they are not here. */
const BLOBS = 2_000
const TAGS = 1_000

export function ociRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog } = registry
  const hidden = { schema: { hide: true } }
  const made = new LRUCache<string, Blob>({ max: BLOBS })
  const keep = (blob: Blob): Blob => {
    made.set(blob.digest, blob)
    return blob
  }

  async function pieceOf(request: FastifyRequest) {
    const { scope, name } = request.params as Params
    const piece = pieceOfRepository(`${scope}/${name}`)
    if (piece === undefined) throw new RegistryError('AR_PIECE_NOT_FOUND', { name: `${scope}/${name}` })
    return findPiece(registry, piece)
  }
  async function blobsOf(version: VersionInfo): Promise<{ manifest: Blob; config: Blob }> {
    const artifact = await catalog.pieces.artifact(version.digest)
    const page = absolute(place.publicUrl, pieceHref(version.piece, version.version))
    return { manifest: keep(manifestOf(version, artifact, page)), config: keep(configOf(version, artifact)) }
  }
  /** What was made of one of these versions; all are looked at where it is not held. */
  async function blobWith(versions: readonly VersionInfo[], digest: string): Promise<Blob | undefined> {
    const seen = versions.filter((one) => one.hiddenReason === undefined)
    for (const version of seen) {
      if (made.has(digest)) break
      await blobsOf(version)
    }
    return made.get(digest)
  }

  server.get('/.well-known/wasm-pkg/registry.json', hidden, async (_request, reply) => {
    reply.header('cache-control', SHORTLY).header('access-control-allow-origin', '*')
    return { preferredProtocol: 'oci', oci: { registry: new URL(place.publicUrl).host, namespacePrefix: '' } }
  })

  server.get('/v2/', hidden, async (_request, reply) =>
    reply.header('docker-distribution-api-version', 'registry/2.0').send({}),
  )

  server.get('/v2/:scope/:name/manifests/:reference', hidden, async (request, reply) => {
    const { reference } = request.params as Params
    const { versions, name } = await pieceOf(request)
    const byDigest = reference.startsWith('sha256:')
    const blob = byDigest
      ? await blobWith(versions, reference)
      : (await blobsOf(resolveVersion(versions, name, reference).version)).manifest
    if (!blob) throw new RegistryError('AR_VERSION_NOT_FOUND', { name, version: reference, available: '' })
    return (
      reply
        .headers({
          'docker-content-digest': blob.digest,
          'content-digest': contentDigest(blob.digest),
          etag: `"${blob.digest}"`,
          'cache-control': byDigest ? FOREVER : SHORTLY,
        })
        .type(MANIFEST_TYPE)
        // Bytes, for a text would get a charset into its type.
        .send(Buffer.from(blob.text))
    )
  })

  server.get('/v2/:scope/:name/blobs/:reference', hidden, async (request, reply) => {
    const { reference: digest } = request.params as Params
    const { versions } = await pieceOf(request)
    const version = versions.find((one) => one.digest === digest && one.hiddenReason === undefined)
    if (version) return sendArtifact(registry, request, reply, version)
    const blob = await blobWith(versions, digest)
    if (!blob) throw new RegistryError('AR_DIGEST_NOT_FOUND', { digest })
    return reply
      .headers({ 'docker-content-digest': digest, etag: `"${digest}"`, 'cache-control': FOREVER })
      .type(CONFIG_TYPE)
      .send(Buffer.from(blob.text))
  })

  server.get('/v2/:scope/:name/tags/list', hidden, async (request, reply) => {
    const { versions } = await pieceOf(request)
    const { scope, name } = request.params as Params
    const { n, last } = request.query as { n?: string; last?: string }
    const limit = Math.min(Number(n ?? TAGS) || 0, TAGS)
    const tags = offered(versions)
      .map(({ version }) => version)
      .sort()
      .filter((tag) => last === undefined || tag > last)
    const shown = tags.slice(0, limit)
    if (shown.length > 0 && shown.length < tags.length)
      reply.header('link', `</v2/${scope}/${name}/tags/list?n=${limit}&last=${shown.at(-1)}>; rel="next"`)
    return reply.header('cache-control', SHORTLY).send({ name: `${scope}/${name}`, tags: shown })
  })
}
