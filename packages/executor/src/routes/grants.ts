/** @module routes/grants: what a piece asks, and what somebody consented to. */
import Type from 'typebox'
import type { Executor } from '../executor.ts'
import { GrantsBody, GrantsView, PieceName, Problem } from '../server/schemas.ts'
import type { Server } from '../server.ts'

const Piece = Type.Object({ name: PieceName })
const response = { 200: GrantsView, 404: Problem, 422: Problem }

export function grantRoutes(server: Server, executor: Executor): void {
  server.put(
    '/v1/pieces/:name/grants',
    {
      config: { role: 'grant' },
      schema: {
        summary: 'Consents: never to more than a deployed version asks.',
        params: Piece,
        body: GrantsBody,
        response,
      },
    },
    async ({ visitor, params, body }) => executor.catalog.grant(visitor.tenant, params.name, body),
  )

  server.get(
    '/v1/pieces/:name/grants',
    {
      config: { role: 'read' },
      schema: { summary: 'Asked, granted and missing; names of variables, never values.', params: Piece, response },
    },
    async ({ visitor, params }) => executor.catalog.showGrants(visitor.tenant, params.name),
  )
}
