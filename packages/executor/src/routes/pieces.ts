/** @module routes/pieces: deploying, listing, downloading and disabling. */
import Type from 'typebox'
import type { Executor } from '../executor.ts'
import {
  Deployed,
  ExactVersion,
  PieceName,
  PieceSummary,
  Problem,
  VersionDetail,
  VersionSummary,
} from '../server/schemas.ts'
import type { Server } from '../server.ts'

const PAGE = 100
const Piece = Type.Object({ name: PieceName })
const Version = Type.Object({ name: PieceName, version: ExactVersion })
const read = { role: 'read' } as const
const deploy = { role: 'deploy' } as const

export function pieceRoutes(server: Server, executor: Executor): void {
  server.post(
    '/v1/pieces',
    {
      config: deploy,
      bodyLimit: executor.settings.componentBytes,
      onRequest: async () => executor.expectUpload(),
      schema: {
        summary: 'Validates an artifact, stores it and prepares it.',
        description:
          'The same bytes again answer 200, other bytes under the version 409, a refused artifact 422 with every reason.',
        body: { content: { 'application/wasm': { schema: Type.Unsafe<unknown>({ description: 'An artifact.' }) } } },
        querystring: Type.Object(
          { dryRun: Type.Optional(Type.Union([Type.Boolean(), Type.Literal('')], { description: 'Stores nothing.' })) },
          { additionalProperties: false },
        ),
        response: { 200: Deployed, 201: Deployed, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0)
      const dryRun = request.query.dryRun === true || request.query.dryRun === ''
      const { isNew, ...deployed } = await executor.add(request.visitor.tenant, bytes, { dryRun })
      reply.code(isNew && !dryRun ? 201 : 200)
      return deployed
    },
  )

  server.get(
    '/v1/pieces',
    {
      config: read,
      schema: {
        summary: 'The pieces of the tenant, by name.',
        querystring: Type.Object({ cursor: Type.Optional(PieceName) }, { additionalProperties: false }),
        response: { 200: Type.Object({ pieces: Type.Array(PieceSummary), cursor: Type.Optional(Type.String()) }) },
      },
    },
    async ({ visitor, query }) => executor.catalog.list(visitor.tenant, query.cursor ?? '', PAGE),
  )

  server.get(
    '/v1/pieces/:name',
    {
      config: read,
      schema: {
        summary: 'The versions of a piece, newest first.',
        params: Piece,
        response: { 200: Type.Object({ name: PieceName, versions: Type.Array(VersionSummary) }), 404: Problem },
      },
    },
    async ({ visitor, params }) => executor.catalog.versions(visitor.tenant, params.name),
  )

  server.get(
    '/v1/pieces/:name/:version',
    {
      config: read,
      schema: {
        summary: 'A version with its manifest.',
        params: Version,
        response: { 200: VersionDetail, 404: Problem },
      },
    },
    async ({ visitor, params }) => executor.catalog.describe(visitor.tenant, params.name, params.version),
  )

  server.get(
    '/v1/pieces/:name/:version/artifact',
    { config: read, schema: { summary: 'The bytes of a version.', params: Version, produces: ['application/wasm'] } },
    async ({ visitor, params, headers }, reply) => {
      const { digest } = executor.catalog.describe(visitor.tenant, params.name, params.version)
      const etag = `"${digest}"`
      reply.header('etag', etag).header('cache-control', 'private, max-age=31536000, immutable')
      if (headers['if-none-match'] === etag) return reply.code(304).send()
      const bytes = await executor.artifact(digest)
      const sha256 = Buffer.from(digest.replace(/^sha256:/, ''), 'hex').toString('base64')
      reply.header('content-digest', `sha-256=:${sha256}:`).type('application/wasm')
      return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    },
  )

  for (const [verb, disabled] of [
    ['disable', true],
    ['enable', false],
  ] as const)
    server.post(
      `/v1/pieces/:name/:version/${verb}`,
      {
        config: deploy,
        schema: {
          summary: disabled ? 'No new calls; running ones finish.' : 'Takes calls again.',
          params: Version,
          response: {
            200: Type.Object({ name: PieceName, version: ExactVersion, disabled: Type.Boolean() }),
            404: Problem,
          },
        },
      },
      async ({ visitor, params }) => {
        await executor.catalog.setDisabled(visitor.tenant, params.name, params.version, disabled)
        return { ...params, disabled }
      },
    )
}
