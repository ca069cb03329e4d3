/** @module routes/moderation: reports of anybody, and what moderators do about them, for programs. */
import Type from 'typebox'
import { RegistryError } from '../errors.ts'
import { findPiece } from '../piece.ts'
import { NameParams, Problem, ReportBody } from '../schemas.ts'
import type { RouteContext, Server } from '../server.ts'
import { moderator } from '../visitor.ts'

export function moderationRoutes(server: Server, { registry }: RouteContext): void {
  const { catalog, settings } = registry

  server.post(
    '/api/v1/pieces/:name/reports',
    {
      config: { rateLimit: { max: settings.signInsPerMinute, timeWindow: 60_000 } },
      schema: {
        tags: ['moderation'],
        summary: 'Tell the moderators about a piece. Nobody is asked who they are.',
        params: NameParams,
        body: ReportBody,
        response: { 202: Type.Object({ received: Type.Boolean() }), 404: Problem, 429: Problem },
      },
    },
    async ({ params: { name }, body }, reply) => {
      await findPiece(registry, name)
      const received = await catalog.moderation.report(name, body.version, body.reason, body.detail)
      return reply.code(202).send({ received })
    },
  )

  server.post(
    '/api/v1/pieces/:name/hide',
    {
      config: { needs: 'token' },
      schema: {
        tags: ['moderation'],
        summary: 'Hide a piece, or one version of it, with a reason that everybody sees; null shows it again.',
        security: [{ token: [] }],
        params: NameParams,
        body: Type.Object(
          {
            reason: Type.Union([Type.String({ minLength: 3, maxLength: 500 }), Type.Null()]),
            version: Type.Optional(Type.String({ maxLength: 64 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ name: Type.String(), hidden: Type.Boolean() }), 403: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { account } = moderator(request)
      const { name } = request.params
      const { reason, version } = request.body
      if (!(await catalog.pieces.find(name))) throw new RegistryError('AR_PIECE_NOT_FOUND', { name })
      await catalog.pieces.setHidden(name, version, reason)
      await catalog.moderation.log(
        account.id,
        reason === null ? 'show' : 'hide',
        name,
        `${version ?? ''} ${reason ?? ''}`,
      )
      await registry.catchUp()
      return { name, hidden: reason !== null }
    },
  )
}
