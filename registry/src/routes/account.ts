/** @module routes/account: what a token says of itself. */
import Type from 'typebox'
import { Problem } from '../schemas.ts'
import type { RouteContext, Server } from '../server.ts'
import { signedIn } from '../visitor.ts'

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
          200: Type.Object({ account: Type.String(), scope: Type.String(), names: Type.Array(Type.String()) }),
          401: Problem,
        },
      },
    },
    async (request) => {
      const { account, scope } = signedIn(request)
      return { account: account.name, scope, names: await registry.catalog.owners.namesOf(account.id) }
    },
  )
}
