/** @module desk: the parts that an executor is made of, opened and closed in one place. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { type Artifacts, openArtifactsFolder } from './artifacts/index.ts'
import { createIdempotency, type Idempotency } from './calls/idempotency.ts'
import { Cells } from './cells.ts'
import { type Catalog, createCatalog } from './desk/catalog.ts'
import { type Choose, createChoose } from './desk/chosen.ts'
import { createGrantsBook, type GrantsBook } from './desk/grants-book.ts'
import { createKeys, type Keys } from './desk/keys.ts'
import { createPieces, type Pieces } from './desk/pieces.ts'
import { openSecret, type Secret } from './desk/secret.ts'
import { createEngines, type EngineSettings, type OutsideEngines } from './effects/index.ts'
import { Engine } from './engine.ts'
import { createLedger, type Ledger } from './ledger.ts'
import type { Limits } from './limits.ts'
import { createRecords, type Records } from './records.ts'
import { createMetrics, type Metrics } from './server/metrics.ts'
import { hostLimitsOf, limitsOf, type Settings } from './settings.ts'
import { State } from './state.ts'

export interface Desk {
  readonly settings: Settings
  /** Of a call, as far as the operator has a say. */
  readonly limits: Limits
  readonly log: Logger
  readonly state: State
  readonly secret: Secret
  readonly keys: Keys
  readonly ledger: Ledger
  readonly idempotency: Idempotency
  readonly records: Records
  readonly pieces: Pieces
  readonly grants: GrantsBook
  readonly catalog: Catalog
  readonly chosen: Choose
  readonly artifacts: Artifacts
  readonly engine: Engine
  readonly outside: OutsideEngines
  readonly cells: Cells
  readonly metrics: Metrics
  close(): Promise<void>
}

/** What a program can bring that no operator sets: a test's resolver and certificates. */
export type DeskOptions = Pick<EngineSettings, 'resolve' | 'ca'> & { log?: Logger; compareEvery?: number }

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const SWEEP_MS = 3_600_000

export async function openDesk(settings: Settings, options: DeskOptions = {}): Promise<Desk> {
  // What is open already is closed again if a later part fails.
  const opened = new AsyncDisposableStack()
  const closing = <T extends { close(): unknown }>(part: T): T =>
    opened.adopt(part, async (one) => void (await one.close()))
  try {
    const log = options.log ?? pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: false }))
    const state = closing(State.own(settings.data))
    const secret = await openSecret(state, settings.secret)
    const pieces = createPieces(state)
    const grants = createGrantsBook(state, secret)
    const ledger = createLedger(state)
    const idempotency = createIdempotency(state, {
      retentionMs: settings.idempotencyRetentionMs,
      bytes: settings.idempotencyBytes,
    })
    const records = createRecords(state, { retentionMs: settings.recordRetentionMs, bytes: settings.recordBytes })
    const artifacts = await openArtifactsFolder(join(settings.data, 'artifacts'))
    const outside = closing(await createEngines(engineSettings(settings, options)))
    const engine = closing(
      await Engine.open({
        folder: join(settings.data, 'cache'),
        diskBytes: settings.cacheDiskBytes,
        memoryBytes: settings.cacheMemoryBytes,
      }),
    )
    const cells = closing(
      await Cells.start({
        cells: settings.cells,
        memoryBytes: settings.cellMemoryBytes,
        isolation: settings.isolation,
        instances: settings.instances,
        pictures: engine.pictures,
        ...(options.compareEvery === undefined ? {} : { compareEvery: options.compareEvery }),
        requireLayers: settings.requireLayers,
        limits: hostLimitsOf(settings),
        log,
      }),
    )
    const interrupted = await state.commit(() => ledger.interrupt(Date.now()))
    if (interrupted.length > 0)
      log.warn({ calls: interrupted }, 'calls were interrupted by the end of the executor before')
    const sweeper = setInterval(() => void sweep(), SWEEP_MS).unref()
    opened.defer(() => clearInterval(sweeper))

    const sweep = async (): Promise<void> => {
      const now = Date.now()
      const once = (): boolean =>
        [ledger.sweep(now, settings), idempotency.sweep(now), records.sweep(now)].includes(true)
      try {
        while (await state.commit(once)) await new Promise(setImmediate)
      } catch (error) {
        log.error({ err: error }, 'old rows could not be removed')
      }
    }
    void sweep()
    await removeOrphans(artifacts, pieces)

    return {
      ...{
        settings,
        log,
        state,
        secret,
        ledger,
        idempotency,
        records,
        pieces,
        grants,
        artifacts,
        engine,
        outside,
        cells,
      },
      limits: limitsOf(settings),
      keys: createKeys(state),
      chosen: createChoose(state, pieces, grants),
      catalog: createCatalog(pieces, grants),
      metrics: createMetrics(() => cells.status),
      close: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

const engineSettings = (settings: Settings, { resolve, ca }: DeskOptions): EngineSettings => ({
  filesFolder: join(settings.data, 'files'),
  fileRetentionMs: settings.fileRetentionMs,
  fileStoreBytes: settings.fileStoreBytes,
  store: join(settings.data, 'store.sqlite'),
  fileBytesPerTenant: settings.fileBytesPerTenant,
  storeBytesPerPiece: settings.storeBytesPerPiece,
  egressPrivate: settings.egressPrivate,
  userAgent: `ap-wasm/${version}`,
  ...(resolve ? { resolve } : {}),
  ...(ca ? { ca } : {}),
})

/** Bytes that were stored for a version whose row a crash prevented. */
async function removeOrphans(artifacts: Artifacts, pieces: Pieces): Promise<void> {
  const known = pieces.digests()
  for (const { digest } of await artifacts.list()) if (!known.has(digest)) await artifacts.delete(digest)
}
