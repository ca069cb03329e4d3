/** @module effects: the outside of calls, and the engines of a whole executor that it stands on. */
import type { DatabaseSync } from 'node:sqlite'
import { createEgress, type Resolve } from './egress.ts'
import { folderFiles } from './files-folder.ts'
import { createHttpClient } from './http/client.ts'
import type { OutsideEngines } from './state.ts'
import { sqliteStore } from './store/sqlite.ts'

export { grantedEnv } from './env.ts'
export { signFile, verifyFile } from './file-signature.ts'
export { asReference, type Files, storeUploads } from './files.ts'
export { type Capabilities, capabilityRefusals, exceeds, missing, parsePattern } from './grants.ts'
export { type CallOutside, createOutside } from './outside.ts'
export type { Grants, OutsideContext, OutsideEngines } from './state.ts'
export type { Store } from './store/index.ts'

export interface EngineSettings {
  /** The folder of files; made if it is not there. */
  filesFolder: string
  fileRetentionMs: number
  fileStoreBytes: number
  fileBytesPerTenant: number
  /** Where pieces keep their state: an open database, or the path of one. */
  store: DatabaseSync | string
  storeBytesPerPiece: number
  /** Private ranges that pieces may reach. */
  egressPrivate: readonly string[]
  /** What is sent where a piece sets no user-agent: `ap-wasm/<version>`. */
  userAgent: string
  /** How names are resolved, instead of by the system's name servers. */
  resolve?: Resolve
  /** Certificates to trust beside the system's. */
  ca?: readonly string[]
}

const SWEEP_MS = 60 * 60 * 1000

/** One of each for a whole executor. */
export async function createEngines(settings: EngineSettings): Promise<OutsideEngines & { close(): Promise<void> }> {
  const egress = createEgress({ privateRanges: settings.egressPrivate, ...pick(settings, 'resolve') })
  const httpClient = createHttpClient({ egress, userAgent: settings.userAgent, ...pick(settings, 'ca') })
  const fileStore = await folderFiles({
    folder: settings.filesFolder,
    retentionMs: settings.fileRetentionMs,
    storeBytes: settings.fileStoreBytes,
    tenantBytes: settings.fileBytesPerTenant,
  })
  const state = sqliteStore(settings.store, { bytesPerPiece: settings.storeBytesPerPiece })
  // A file that could not be removed is found by the next sweep.
  const sweep = () => void fileStore.sweep().catch(() => undefined)
  const timer = setInterval(sweep, SWEEP_MS).unref()
  sweep()
  return {
    http: httpClient,
    store: state,
    files: fileStore,
    close: async () => {
      clearInterval(timer)
      await httpClient.close()
      await fileStore.close()
      await state.close()
    },
  }
}

/** The property, if it is set: an optional one must not be `undefined`. */
const pick = <T, K extends keyof T>(from: T, name: K): { [P in K]?: NonNullable<T[P]> } =>
  from[name] === undefined ? {} : ({ [name]: from[name] } as { [P in K]?: NonNullable<T[P]> })
