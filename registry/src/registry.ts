/** @module registry: the parts that a registry is made of, opened and closed in one place. */
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { type Blobs, openBlobs } from './blobs/index.ts'
import { type Catalog, openCatalog } from './catalog/index.ts'
import { createJudge, type Judge } from './judge.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { followCatalog } from './search/follower.ts'
import type { Search } from './search/index.ts'
import type { Settings } from './settings.ts'
import { openUploads, type Uploads } from './uploads.ts'

export interface Registry {
  readonly settings: Settings
  readonly log: Logger
  readonly catalog: Catalog
  readonly blobs: Blobs
  readonly uploads: Uploads
  readonly search: Search
  readonly judge: Judge
  readonly metrics: Metrics
  /** After it, a search finds what was published before. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

export async function openRegistry(settings: Settings, options: { log?: Logger } = {}): Promise<Registry> {
  // What is open already is closed again if a later part fails.
  const opened = new AsyncDisposableStack()
  const closing = <T extends { close(): unknown }>(part: T): T =>
    opened.adopt(part, async (one) => void (await one.close()))
  try {
    const log = options.log ?? pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: false }))
    const onError = (error: unknown): void => log.error({ err: error }, 'a write in the background failed')
    const catalog = closing(
      await openCatalog({
        database: settings.database,
        folder: settings.data,
        sessionMs: settings.sessionMs,
        onError,
      }),
    )
    const blobs = await openBlobs(settings, join(settings.data, 'blobs'))
    const follower = closing(await followCatalog(catalog, onError))
    const uploads = await openUploads(join(settings.data, 'uploads'), settings.uploadsBytes)
    const judge = closing(createJudge(join(settings.data, 'inspector')))
    const metrics = createMetrics(() => follower.search.size)
    return {
      ...{ settings, log, catalog, blobs, uploads, judge, metrics },
      search: follower.search,
      catchUp: follower.catchUp,
      close: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}
