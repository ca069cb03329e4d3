/**
 * @module local-executor: the executor that commands run a piece in: the real one, with its limits and its cells, on a
 * folder that ends with it. What it compiled is kept: an unchanged piece starts at once.
 */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Call,
  type CallRecord,
  type CallResult,
  createExecutor,
  type Deployed,
  type Executor,
  type LogLine,
  type OpenFile,
  type Rehearsal,
} from '@ap-wasm/executor'
import type { World } from './world.ts'

/** What an author's own machine offers under test, and no public server has. */
const LOOPBACK = ['127.0.0.0/8', '::1/128']

/** Where commands keep what serves again; safe to delete. */
export const cacheFolder = ({ env }: World): string =>
  join(
    env.XDG_CACHE_HOME ||
      (process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache')),
    'ap-wasm',
  )

export class LocalExecutor {
  readonly #executor: Executor
  readonly #folder: string
  readonly #tenant: string

  static async open(world: World): Promise<LocalExecutor> {
    const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
    try {
      const cache = join(cacheFolder(world), 'products')
      await mkdir(cache, { recursive: true })
      await symlink(cache, join(folder, 'cache'), 'junction')
      const settings = { data: folder, cells: 1, drainMs: 0 }
      const executor = await createExecutor(
        { ...settings, isolation: 'shared', logLevel: 'silent', egressPrivate: LOOPBACK },
        { compareEvery: 1 },
      )
      return new LocalExecutor(executor, folder, 'author')
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(executor: Executor, folder: string, tenant: string) {
    this.#executor = executor
    this.#folder = folder
    this.#tenant = tenant
  }

  /** The same for another tenant: a tenant holds one build of each version. */
  as(tenant: string): LocalExecutor {
    return new LocalExecutor(this.#executor, this.#folder, tenant)
  }

  describe(component: Uint8Array): Promise<unknown> {
    return this.#executor.describe(this.#tenant, component)
  }

  add(artifact: Uint8Array): Promise<Deployed> {
    return this.#executor.add(this.#tenant, artifact)
  }

  /** Consents to all that a piece asks: its author asks and grants. */
  async grantAll({ name, capabilities }: Deployed, env: Record<string, string>): Promise<void> {
    const named = Object.fromEntries(Object.entries(env).filter(([key]) => Object.hasOwn(capabilities.env, key)))
    await this.#executor.grant(this.#tenant, name, { ...capabilities, env: named })
  }

  call(call: Omit<Call, 'tenant'>, rehearsal?: Rehearsal): Promise<CallResult> {
    return this.#executor.call({ ...call, tenant: this.#tenant }, rehearsal)
  }

  /** The log of a call that was just made, without its secrets. */
  logs(callId: string): LogLine[] {
    return this.#executor.ledger.get(this.#tenant, callId).logs
  }

  /** What a call wrote, by the signed address in its answer. */
  file(id: string, signature: string): Promise<OpenFile> {
    return this.#executor.file(id, signature)
  }

  replay(record: CallRecord, version: string): Promise<CallResult> {
    return this.#executor.replayRecord(this.#tenant, record, version)
  }

  async close(): Promise<void> {
    await this.#executor.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
