/** @module executor: pieces are added, consented to and called here; command line, tests and server stand on it. */
import type { Logger } from 'pino'
import type { Call, CallResult } from './call.ts'
import { runCall, runRecord } from './calls/run-call.ts'
import type { Rehearsal } from './calls/underway.ts'
import type { Catalog } from './desk/catalog.ts'
import { type Deployed, deploy, describeComponent, judge } from './desk/deploy.ts'
import type { Keys } from './desk/keys.ts'
import { wake } from './desk/wake.ts'
import { type Desk, type DeskOptions, openDesk } from './desk.ts'
import { verifyFile } from './effects/index.ts'
import { PieceError } from './errors.ts'
import { endSpare, keepSpare } from './inspect/child-process.ts'
import { type Inspection, inspect } from './inspect.ts'
import type { Ledger } from './ledger.ts'
import type { CallRecord } from './records.ts'
import type { Metrics } from './server/metrics.ts'
import type { Settings } from './settings.ts'

export interface Readiness {
  ready: boolean
  reason?: string
  /** Layers of isolation around a cell on this machine. */
  layers: string[]
}

export interface OpenFile {
  filename: string
  mediaType: string
  size: number
  content: () => AsyncIterable<Uint8Array>
}

export class Executor {
  readonly #desk: Desk
  readonly #underway = new Set<Promise<unknown>>()
  #draining = false
  #closing: Promise<void> | undefined

  static async open(settings: Settings, options: DeskOptions = {}): Promise<Executor> {
    const executor = new Executor(await openDesk(settings, options))
    void executor.#open(() => wake(executor.#desk)).catch(() => {})
    return executor
  }

  private constructor(desk: Desk) {
    this.#desk = desk
  }

  get settings(): Settings {
    return this.#desk.settings
  }
  get log(): Logger {
    return this.#desk.log
  }
  get keys(): Keys {
    return this.#desk.keys
  }
  get ledger(): Ledger {
    return this.#desk.ledger
  }
  get catalog(): Catalog {
    return this.#desk.catalog
  }
  get metrics(): Metrics {
    return this.#desk.metrics
  }

  /** Digest, manifest, imports, exports; or AP_INVALID_COMPONENT with every reason. Runs nothing of the piece. */
  inspect(bytes: Uint8Array): Promise<Inspection> {
    return this.#open(() => inspect(bytes))
  }

  /** The same, and `describe` was run and says what the manifest says: for whoever keeps artifacts and does not run them. */
  judge(tenant: string, bytes: Uint8Array): Promise<Inspection> {
    return this.#uploaded(() => judge(this.#desk, tenant, bytes))
  }

  /** What a component without a manifest answers to `describe`, with nothing granted: not judged yet. */
  describe(tenant: string, component: Uint8Array): Promise<unknown> {
    return this.#uploaded(() => describeComponent(this.#desk, tenant, component))
  }

  /** Validates, describes, prepares and stores an artifact; `dryRun` stores nothing. */
  add(tenant: string, bytes: Uint8Array, options: { dryRun?: boolean } = {}): Promise<Deployed> {
    return this.#uploaded(() => deploy(this.#desk, tenant, bytes, options.dryRun === true))
  }

  /** Bytes are on their way: what will judge them is started meanwhile. */
  expectUpload(): void {
    if (!this.#draining) keepSpare()
  }

  /** Consents on behalf of a tenant; never to more than a deployed version asks. */
  grant: Catalog['grant'] = (tenant, name, wanted) => this.#open(() => this.#desk.catalog.grant(tenant, name, wanted))

  /** Rejects with what is refused before a cell has the call; everything later is part of its result. */
  call(call: Call, rehearsal?: Rehearsal): Promise<CallResult> {
    return this.#open(() => runCall(this.#desk, call, rehearsal))
  }

  /** Runs a recorded call again; nothing leaves the machine. */
  replay(tenant: string, callId: string, signal?: AbortSignal): Promise<CallResult> {
    return this.#open(async () => {
      const record = this.record(tenant, callId)
      if (!record) throw new PieceError('AP_NO_RECORD', { callId, record: this.settings.record })
      return this.replayRecord(tenant, record, record.call.version, { replayOf: callId, signal })
    })
  }

  /** The same for a record from elsewhere, against whichever version is deployed here. */
  replayRecord(
    tenant: string,
    record: CallRecord,
    version: string,
    more: { replayOf?: string; signal?: AbortSignal | undefined } = {},
  ): Promise<CallResult> {
    return this.#open(async () => {
      const { pieces } = this.#desk
      const { piece } = record.call
      const found = pieces.find(tenant, piece, version)
      if (found) return runRecord(this.#desk, tenant, record, found, more)
      const available = pieces.versions(tenant, piece).map((one) => one.version)
      throw new PieceError('AP_VERSION_NOT_FOUND', { name: piece, version, available: available.join(', ') })
    })
  }

  record(tenant: string, callId: string): CallRecord | undefined {
    this.#desk.ledger.get(tenant, callId)
    return this.#desk.records.get(callId)
  }

  async file(id: string, signature: string): Promise<OpenFile> {
    const { secret, outside } = this.#desk
    const found = verifyFile(secret.keyFor('files'), id, signature) ? await outside.files.open(id) : undefined
    if (!found) throw new PieceError('AP_FILE_NOT_FOUND', { id })
    const { filename, mediaType, size } = found.file
    return { filename, mediaType, size, content: found.content }
  }

  artifact(digest: string): Promise<Uint8Array> {
    return this.#desk.artifacts.get(digest)
  }

  readiness(): Readiness {
    const { ready, draining, layers } = this.#desk.cells.status
    const present = layers.filter((layer) => layer.present).map((layer) => layer.name)
    if (this.#draining || draining) return { ready: false, reason: 'draining', layers: present }
    return ready ? { ready, layers: present } : { ready, reason: 'no cell can be started', layers: present }
  }

  /** Drains and lets go of the data folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Takes nothing new, waits at most `drainMs` for what runs, and ends the rest: after it every call has its answer. */
  async drain(): Promise<void> {
    const { cells, settings } = this.#desk
    this.#draining = true
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, settings.drainMs)
    })
    await Promise.race([cells.drain(), patience])
    clearTimeout(timer)
    await cells.close()
    await Promise.allSettled(this.#underway)
  }

  async #close(): Promise<void> {
    await this.drain()
    endSpare()
    await this.#desk.close()
  }

  /** Whoever uploads is likely to do so again: an author at work, a registry. */
  async #uploaded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#open(work)
    } finally {
      this.expectUpload()
    }
  }

  /** Work that a close waits for; none begins after it. */
  async #open<T>(work: () => Promise<T>): Promise<T> {
    if (this.#draining) throw new PieceError('AP_DRAINING', {})
    const promise = work()
    this.#underway.add(promise)
    try {
      return await promise
    } finally {
      this.#underway.delete(promise)
    }
  }
}
