/** @module uploads: bounds the artifacts that are held in memory at once, whoever sends them. */
import type { FastifyRequest } from 'fastify'
import { RegistryError } from './errors.ts'

const RETRY_AFTER_MS = 2_000

/** What a body may come to: the length that it says, or the limit of its route. */
function bodyBytes({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit)
}

export function createUploads(max: number) {
  let held = 0
  return {
    /** Counts until the function that it returns is called. */
    take(request: FastifyRequest): () => void {
      const bytes = bodyBytes(request)
      if (held + bytes > max)
        throw new RegistryError('AR_SATURATED', { waiting: held, limit: max }, { retryAfterMs: RETRY_AFTER_MS })
      held += bytes
      return () => {
        held -= bytes
      }
    },
  }
}
