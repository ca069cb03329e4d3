/** @module metrics: figures for Prometheus. No label names a piece or an account: `/metrics` is open, and they have no bound. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(pieces: () => number) {
  const registry = new Registry()
  const registers = [registry]
  new Gauge({
    name: 'ap_registry_pieces',
    help: 'Pieces that a search finds.',
    registers,
    collect() {
      this.set(pieces())
    },
  })
  return {
    contentType: registry.contentType,
    text: (): Promise<string> => registry.metrics(),
    requests: new Histogram({
      name: 'ap_registry_request_ms',
      help: 'From the head of a request to the end of its answer, by route and status.',
      labelNames: ['route', 'status'] as const,
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000],
      registers,
    }),
    published: new Counter({ name: 'ap_registry_published_total', help: 'New versions.', registers }),
    pulled: new Counter({ name: 'ap_registry_pulled_total', help: 'Artifacts that were fetched whole.', registers }),
  }
}
