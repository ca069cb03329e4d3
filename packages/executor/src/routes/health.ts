/** @module routes/health: whether the process lives, whether it takes calls, and its figures. */
import Type from 'typebox'
import type { Executor } from '../executor.ts'
import type { Server } from '../server.ts'

const Alive = Type.Object({ ok: Type.Boolean() })
const Ready = Type.Object({
  ready: Type.Boolean(),
  reason: Type.Optional(Type.String()),
  layers: Type.Array(Type.String({ description: 'The layers of isolation around a cell on this machine.' })),
})

export function healthRoutes(server: Server, executor: Executor): void {
  server.get('/healthz', { schema: { summary: 'The process lives.', response: { 200: Alive } } }, async () => ({
    ok: true,
  }))

  const ready = { summary: 'Whether it takes calls.', response: { 200: Ready, 503: Ready } }
  server.get('/readyz', { schema: ready }, async (_request, reply) => {
    const status = executor.readiness()
    reply.code(status.ready ? 200 : 503)
    return status
  })

  server.get('/metrics', { schema: { summary: 'Figures for Prometheus.' } }, async (_request, reply) => {
    reply.type(executor.metrics.contentType)
    return reply.send(Buffer.from(await executor.metrics.text()))
  })
}
