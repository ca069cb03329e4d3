/** @module routes/health: whether it lives, whether it can answer, and figures. */
import { sql } from 'kysely'
import type { RouteContext, Server } from '../server.ts'

export function healthRoutes(server: Server, { registry }: RouteContext): void {
  const { catalog, blobs, metrics, log } = registry
  server.get('/health', { schema: { hide: true } }, async () => ({ ok: true }))
  server.get('/ready', { schema: { hide: true } }, async (_request, reply) => {
    const parts: Record<string, () => Promise<unknown>> = {
      catalog: () => sql`select 1`.execute(catalog.db),
      blobs: () => blobs.check(),
    }
    const failed: string[] = []
    for (const [part, check] of Object.entries(parts))
      await check().catch((error: unknown) => {
        log.warn({ err: error, part }, 'not ready')
        failed.push(part)
      })
    return reply.code(failed.length === 0 ? 200 : 503).send({ ready: failed.length === 0, failed })
  })
  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
