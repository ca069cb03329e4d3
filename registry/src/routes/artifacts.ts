/** @module routes/artifacts: the bytes, by version or by digest: cached for ever, with their digest, in parts too. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { contentDigest, FOREVER, SHORTLY } from '../answers.ts'
import type { ByteRange } from '../blobs/index.ts'
import type { VersionInfo } from '../catalog/pieces.ts'
import { RegistryError } from '../errors.ts'
import { artifactHref } from '../hrefs.ts'
import { findPiece } from '../piece.ts'
import type { Registry } from '../registry.ts'
import { Problem, VersionParams, VersionQuery } from '../schemas.ts'
import { type RouteContext, type Server, WASM } from '../server.ts'
import { ageMs, resolveVersion } from '../versions.ts'

/** One range; several at once are answered with all of it, as HTTP allows. Undefined: all of it. */
export function rangeOf(header: string | undefined, bytes: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (header === undefined || first === undefined || last === undefined || (first === '' && last === ''))
    return undefined
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const to = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)
  if (from > to || from >= bytes) throw new RegistryError('AR_RANGE_UNSATISFIABLE', { range: header, bytes })
  return { from, to }
}

export async function sendArtifact(
  { blobs, catalog, metrics }: Registry,
  request: FastifyRequest,
  reply: FastifyReply,
  version: VersionInfo,
  { isPull = true } = {},
): Promise<FastifyReply> {
  const { digest, bytes } = version
  const etag = `"${digest}"`
  reply.headers({
    etag,
    'cache-control': FOREVER,
    'accept-ranges': 'bytes',
    'content-digest': contentDigest(digest),
    'docker-content-digest': digest,
  })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  // A part of something else is asked for: then all of this.
  const asked = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
  const range = asked ? unsatisfiable(reply, bytes, () => rangeOf(request.headers.range, bytes)) : undefined
  const length = range ? range.to - range.from + 1 : bytes
  reply.type(WASM).header('content-length', length)
  if (range) reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${bytes}`)
  if (request.method === 'HEAD') return reply.send()
  const stream = await blobs.open(digest, range)
  if (!stream) throw new RegistryError('AR_BLOB_LOST', { digest })
  if (isPull && !range) {
    catalog.downloads.count(version.piece, version.version)
    metrics.pulled.inc()
  }
  return reply.send(stream)
}

/** Who asked for what is not there is told how much there is. */
function unsatisfiable<T>(reply: FastifyReply, bytes: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    for (const name of ['etag', 'content-digest', 'docker-content-digest']) reply.removeHeader(name)
    reply.header('content-range', `bytes */${bytes}`)
    throw error
  }
}

/** A version by digest, if it may be seen. */
export async function withDigest(registry: Registry, digest: string): Promise<VersionInfo> {
  const version = await registry.catalog.pieces.withDigest(digest)
  if (!version) throw new RegistryError('AR_DIGEST_NOT_FOUND', { digest })
  await findPiece(registry, version.piece)
  if (version.hiddenReason !== undefined)
    throw new RegistryError('AR_PIECE_HIDDEN', { what: digest, reason: version.hiddenReason })
  return version
}

export function artifactRoutes(server: Server, { registry }: RouteContext): void {
  server.get(
    '/api/v1/pieces/:name/:version/artifact',
    {
      schema: {
        tags: ['pull'],
        summary: 'The bytes. A range or `latest` redirects to the exact version.',
        params: VersionParams,
        querystring: VersionQuery,
        produces: [WASM],
        response: { 404: Problem, 410: Problem, 416: Problem },
      },
    },
    async (request, reply) => {
      const { params, query } = request
      const { versions } = await findPiece(registry, params.name)
      const minAgeMs = query.minAge === undefined ? 0 : ageMs(query.minAge)
      const { version, exact } = resolveVersion(versions, params.name, params.version, minAgeMs)
      if (exact) return sendArtifact(registry, request, reply, version)
      return reply.header('cache-control', SHORTLY).redirect(artifactHref(params.name, version.version), 307)
    },
  )

  server.get(
    '/api/v1/artifacts/:digest',
    {
      schema: {
        tags: ['pull'],
        summary: 'The same bytes by their digest.',
        params: Type.Object({ digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }) }),
        produces: [WASM],
        response: { 404: Problem, 410: Problem, 416: Problem },
      },
    },
    async (request, reply) => sendArtifact(registry, request, reply, await withDigest(registry, request.params.digest)),
  )
}
