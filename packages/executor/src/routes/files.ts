/** @module routes/files: files that pieces wrote; whoever holds the signed address may read one. */
import { Readable } from 'node:stream'
import Type from 'typebox'
import type { Executor } from '../executor.ts'
import { Problem } from '../server/schemas.ts'
import type { Server } from '../server.ts'

export function fileRoutes(server: Server, executor: Executor): void {
  server.get(
    '/v1/files/:id',
    {
      schema: {
        summary: 'A file that a piece wrote.',
        params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
        querystring: Type.Object({ sig: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
        response: { 200: Type.Unknown({ description: 'Its bytes.' }), 404: Problem },
      },
    },
    async ({ params, query }, reply) => {
      const file = await executor.file(params.id, query.sig)
      // Whatever a piece wrote must not run in the origin of this server.
      reply
        .header('content-disposition', `attachment; filename*=UTF-8''${percentEncoded(file.filename)}`)
        .header('content-security-policy', 'sandbox')
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, max-age=3600')
        .header('content-length', file.size)
        .type(file.mediaType)
      return reply.send(Readable.from(file.content()))
    },
  )
}

/** https://www.rfc-editor.org/rfc/rfc8187#section-3.2 */
const percentEncoded = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
