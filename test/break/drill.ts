/**
 * @module drill: a server that is broken on purpose, with the upstream that counts what it sends, and what must be true of
 * every call afterwards: an answered one has its row, an unanswered one shows how it ended, no effect went out twice.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import type { Asked } from '../api/server.ts'
import { descendants, leftovers, until } from './machine.ts'
import { type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

export const alive = (pid: number): boolean => existsSync(`/proc/${pid}`)

export interface Sent {
  /** In its body: the upstream knows the call by it. */
  n: number
  action: ProbeAction
  key: string | undefined
}
export interface Told extends Sent {
  /** Undefined: it was never answered. */
  answer: Asked | undefined
}
interface Row {
  callId: string
  state: string
  code?: string
  usage?: { fuel: number }
}
interface Load {
  path?: string | ((i: number) => string)
  limits?: Record<string, number>
  /** Leaves before it is answered. */
  signal?: (i: number) => AbortSignal | undefined
  onAnswer?: () => void
}

const MIXED: readonly ProbeAction[] = ['post', 'get', 'post', 'spin', 'putValue', 'post', 'writeFile', 'logLines']
export const mixed = (count: number): ProbeAction[] => Array.from({ length: count }, (_, i) => MIXED[i % MIXED.length]!)

/** Faults of ours: such a call costs nothing. */
const FREE = new Set([
  'AP_INTERRUPTED',
  'AP_CELL_LOST',
  'AP_NO_CELL',
  'AP_INTERNAL',
  'AP_UNRECORDED',
  'AP_STORAGE_FULL',
])

export class Drill {
  readonly upstream: Upstream
  readonly data: string
  readonly settings: readonly string[]
  server: ServerProcess
  #sent = 0

  static async start(settings: readonly string[]): Promise<Drill> {
    const upstream = await startUpstream()
    const data = await mkdtemp(join(tmpdir(), 'ap-wasm-drill-'))
    const server = await startProcess(data, settings)
    expect((await server.deploy(await probe(upstream.host))).status).toBe(201)
    await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
    return new Drill(upstream, data, settings, server)
  }

  private constructor(upstream: Upstream, data: string, settings: readonly string[], server: ServerProcess) {
    this.upstream = upstream
    this.data = data
    this.settings = settings
    this.server = server
  }

  async close(): Promise<void> {
    await this.server.kill('SIGKILL')
    await this.upstream.close()
    await rm(this.data, { recursive: true, force: true })
  }

  /** Ends the server without a warning and starts it again; what it ran ends with it. */
  async crash(): Promise<void> {
    const family = descendants(this.server.child.pid ?? 0)
    await this.server.kill('SIGKILL')
    await until(() => !family.some(alive))
    this.server = await startProcess(this.data, this.settings)
  }

  async ask(
    call: Sent,
    path = '/',
    { limits, signal }: { limits?: Load['limits']; signal?: AbortSignal | undefined } = {},
  ): Promise<Asked> {
    const props = call.action === 'post' ? { n: call.n, path } : { n: 1, path }
    const headers = call.key === undefined ? {} : { 'idempotency-key': call.key }
    const body = { props, ...(limits ? { limits } : {}) }
    return this.server.ask('POST', `/v1/pieces/probe/latest/actions/${call.action}`, body, headers, signal)
  }

  /** Sent all at once; every second one has a key. */
  load(actions: readonly ProbeAction[], { path = '/', limits, signal, onAnswer }: Load = {}): Promise<Told[]> {
    return Promise.all(
      actions.map(async (action, i) => {
        const call: Sent = { n: ++this.#sent, action, key: i % 2 === 0 ? `key-${this.#sent}` : undefined }
        const options = { ...(limits ? { limits } : {}), signal: signal?.(i) }
        const answer = await this.ask(call, typeof path === 'string' ? path : path(i), options).catch(() => undefined)
        onAnswer?.()
        return { ...call, answer }
      }),
    )
  }

  /** How often the request of that call arrived. */
  posts(n: number): number {
    return this.upstream.heard.filter((one) => one.method === 'POST' && JSON.parse(one.body).props.n === n).length
  }

  async rows(): Promise<Row[]> {
    const all: Row[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Asked = await this.server.ask('GET', `/v1/calls?limit=500${cursor && `&cursor=${cursor}`}`)
      all.push(...page.body.calls)
      cursor = page.body.cursor
    }
    return all
  }

  /** What must be true after any end, of every call that was ever sent. */
  async reconcile(told: readonly Told[]): Promise<void> {
    for (const { answer } of told) {
      if (answer?.body.callId === undefined) continue
      const { body } = await this.server.ask('GET', `/v1/calls/${answer.body.callId}`)
      expect(body.usage).toEqual(answer.body.usage)
      expect(body.code).toBe(answer.body.failure?.code ?? answer.body.code)
    }
    const all = await this.rows()
    expect(all.filter((one) => one.state === 'running')).toEqual([])
    const known = new Set(all.map((one) => one.callId))
    expect(known.size).toBe(all.length)
    for (const { callId } of this.upstream.heard) if (callId !== undefined) expect(known).toContain(callId)
    for (const { n, action } of told) expect(this.posts(n)).toBeLessThanOrEqual(action === 'post' ? 1 : 0)

    const { usage } = (await this.server.ask('GET', '/v1/usage?by=')).body
    const billed = all.filter((one) => !FREE.has(one.code ?? ''))
    expect(usage).toMatchObject([
      {
        calls: all.length,
        free: all.length - billed.length,
        fuel: billed.reduce((sum, one) => sum + (one.usage?.fuel ?? 0), 0),
      },
    ])
    expect(leftovers(this.data)).toEqual([])
  }
}
