/** @module routes/account: what a token says of itself. */
import Type from 'typebox'
import { quotasOf } from '../quotas.ts'
import { Problem } from '../schemas.ts'
import type { RouteContext, Server } from '../server.ts'
import { withToken } from '../visitor.ts'

export function accountRoutes(server: Server, { registry }: RouteContext): void {
  server.get(
    '/api/v1/me',
    {
      config: { needs: 'token' },
      schema: {
        tags: ['sign in'],
        summary: 'Whose token it is, and what it reaches.',
        security: [{ token: [] }],
        response: {
          200: Type.Object({
            ...{ account: Type.String(), scope: Type.String(), names: Type.Array(Type.String()) },
            quotas: Type.Array(
              Type.Object({
                ...{ whose: Type.String(), counts: Type.String(), used: Type.Integer(), limit: Type.Integer() },
              }),
              { description: 'What was published in 24 hours, of what may be.' },
            ),
          }),
          401: Problem,
        },
      },
    },
    async (request) => {
      const { account, token } = withToken(request)
      const { catalog, settings } = registry
      return {
        ...{ account: account.name, scope: token.scope, names: await catalog.owners.namesOf(account.id) },
        quotas: await quotasOf(catalog.db, settings, { accountId: account.id, token }),
      }
    },
  )
}
