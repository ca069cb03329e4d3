/** @module server/metrics: figures for Prometheus. No label names a tenant or a piece: `/metrics` is open, and they have no bound. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Call, CallResult } from '../call.ts'
import type { CellsStatus } from '../cells.ts'

const DURATION_BUCKETS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]
const FUEL_BUCKETS = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13]

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(status: () => CellsStatus) {
  const registry = new Registry()
  const registers = [registry]
  const calls = new Counter({
    name: 'ap_wasm_calls_total',
    help: 'Calls that ended, by kind and outcome: ok, failure, or the code of the error.',
    labelNames: ['kind', 'outcome'] as const,
    registers,
  })
  const duration = new Histogram({
    name: 'ap_wasm_call_duration_ms',
    help: 'From acceptance to answer.',
    labelNames: ['kind'] as const,
    buckets: DURATION_BUCKETS_MS,
    registers,
  })
  const fuel = new Histogram({
    name: 'ap_wasm_call_fuel',
    help: 'Instructions of a call.',
    buckets: FUEL_BUCKETS,
    registers,
  })
  const cold = new Counter({
    name: 'ap_wasm_cold_starts_total',
    help: 'Calls whose program had to be compiled.',
    registers,
  })
  const dropped = new Counter({
    name: 'ap_wasm_connections_dropped_total',
    help: 'Connections that were closed at once: there were as many as there may be.',
    registers,
  })
  const gauge = (name: string, help: string, read: (now: CellsStatus) => number): Gauge =>
    new Gauge({
      name: `ap_wasm_${name}`,
      help,
      registers,
      collect() {
        this.set(read(status()))
      },
    })
  gauge('cells', 'Processes that run pieces.', (now) => now.cells.length)
  gauge('calls_running', 'Calls that a cell has.', (now) => now.running)
  gauge('calls_queued', 'Calls that wait for a cell.', (now) => now.queued)
  gauge('queued_bytes', 'Inputs of the calls that wait.', (now) => now.queuedBytes)
  gauge('cell_memory_bytes', 'Linear memories of all cells.', (now) =>
    now.cells.reduce((sum, cell) => sum + cell.memoryBytes, 0),
  )
  gauge('programs', 'Programs that cells hold ready.', (now) => now.cells.reduce((sum, cell) => sum + cell.programs, 0))
  gauge('reruns', 'Calls that ran again because their cell was lost.', (now) => now.reruns)
  gauge(
    'unequal_programs',
    'Programs whose instances are not used again: one was not what it had to be.',
    (now) => now.unequal,
  )
  new Gauge({
    name: 'ap_wasm_cells_lost',
    help: 'Cells that ended, by how.',
    labelNames: ['how'] as const,
    registers,
    collect() {
      for (const [how, count] of Object.entries(status().lost)) this.set({ how }, count)
    },
  })

  return {
    contentType: registry.contentType,
    dropped: (): void => dropped.inc(),
    text: (): Promise<string> => registry.metrics(),
    ended(kind: Call['kind'], result: CallResult): void {
      const outcome = result.ok ? 'ok' : 'failure' in result ? 'failure' : result.error.code
      calls.inc({ kind, outcome })
      duration.observe({ kind }, result.usage.wallMs)
      fuel.observe(result.usage.fuel)
      if (result.usage.coldStart) cold.inc()
    },
    /** A call that no cell ever had. */
    refused: (kind: Call['kind'], code: string): void => calls.inc({ kind, outcome: code }),
  }
}
