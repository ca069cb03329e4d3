/**
 * @module proof/soak: a server under a mixed load for as long as it is told: the probe's actions, pieces of a real language,
 * and, if asked, bombs beside them. What it holds is looked at every second; in the end the ledger has to add up.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedManifest, type Manifest } from '@ap-wasm/executor'
import { type ServerProcess, startProcess } from '../api/process.ts'
import { chance } from '../break/machine.ts'
import { type ProbeAction, probe, probeCapabilities } from '../break/probe.ts'
import { startUpstream } from '../break/upstream.ts'
import { memoryOf, percentile, type Sample } from './sample.ts'

export interface SoakPiece {
  component: Uint8Array
  manifest: Manifest
  action: string
  props: object
  auth?: object
}

export interface Soak {
  seconds: number
  /** Calls that are under way at once. */
  atOnce: number
  /** Loops, traps, growth, endless answers and floods among the calls. */
  bombs: boolean
  /** Pieces of a real language: each is asked for `action` with these props. */
  pieces?: readonly SoakPiece[]
  onSample?: (sample: Sample) => void
}

export interface Soaked {
  samples: Sample[]
  /** Of a real language, that were called beside the probe. */
  pieces: string[]
  sent: number
  answered: number
  /** Rows of the ledger. */
  rows: number
  /** Calls whose request arrived more than once, or not although its call went well. */
  doubled: number
  lost: number
  /** Answers of another kind than the call has. */
  unexpected: string[]
}

interface Kind {
  weight: number
  action: ProbeAction
  props?: object
  path?: string
  limits?: Record<string, number>
  /** Codes that it may end with, beside an output. */
  ends?: RegExp
}

const KINDS: readonly Kind[] = [
  { weight: 6, action: 'post' },
  { weight: 4, action: 'get' },
  { weight: 4, action: 'spin', props: { n: 20_000 } },
  { weight: 2, action: 'putValue', props: { n: 2_000 } },
  { weight: 1, action: 'writeFile', props: { n: 10_000 } },
  { weight: 2, action: 'logLines', props: { n: 20 } },
  { weight: 1, action: 'get', path: '/bytes/200000' },
  { weight: 1, action: 'answer', props: { n: 50_000 } },
]
const SMALL = { httpBodyBytes: 1 << 20, httpFirstByteMs: 300, httpBetweenBytesMs: 300 }
const BOMBS: readonly Kind[] = [
  { weight: 2, action: 'spinForever', limits: { fuel: 50_000_000 }, ends: /AP_FUEL_EXCEEDED/ },
  { weight: 1, action: 'spinForever', limits: { cpuMs: 50 }, ends: /AP_CPU_EXCEEDED/ },
  { weight: 2, action: 'trap', ends: /AP_TRAPPED/ },
  { weight: 1, action: 'grow', props: { n: 60_000 }, ends: /no_memory/ },
  { weight: 1, action: 'grow', props: { n: 1_000 }, ends: /AP_MEMORY_EXCEEDED/ },
  { weight: 1, action: 'get', path: '/endless', limits: SMALL, ends: /http_/ },
  { weight: 1, action: 'get', path: '/bomb', limits: SMALL, ends: /http_/ },
  { weight: 1, action: 'get', path: '/never', limits: SMALL, ends: /http_/ },
  { weight: 1, action: 'logLines', props: { n: 5_000 } },
]

export async function soak({ seconds, atOnce, bombs, pieces = [], onSample }: Soak): Promise<Soaked> {
  const upstream = await startUpstream()
  const data = await mkdtemp(join(tmpdir(), 'ap-wasm-soak-'))
  const server = await startProcess(data, ['--egress-private', '127.0.0.0/8', '--cells', '2'])
  try {
    const deployed = await deploy(server, upstream.host, pieces)
    return await load(server, upstream, { seconds, atOnce, bombs, pieces: deployed, ...(onSample ? { onSample } : {}) })
  } finally {
    await server.kill('SIGKILL')
    await upstream.close()
    await rm(data, { recursive: true, force: true })
  }
}

async function deploy(server: ServerProcess, host: string, pieces: readonly SoakPiece[]): Promise<SoakPiece[]> {
  const taken = await server.deploy(await probe(host))
  if (taken.status !== 201) throw new Error(JSON.stringify(taken.body))
  await server.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(host))
  const deployed: SoakPiece[] = []
  for (const piece of pieces) {
    const { status, body } = await server.deploy(embedManifest(piece.component, piece.manifest))
    if (status === 201) {
      deployed.push(piece)
      const { http = [], store = [], files = [], run = [] } = piece.manifest.capabilities ?? {}
      await server.ask('PUT', `/v1/pieces/${piece.manifest.name}/grants`, { http, store, files, run })
    }
    // A machine that others keep busy did not look at it within the ten seconds of an upload.
    else if (!/took longer than/.test(JSON.stringify(body))) throw new Error(JSON.stringify(body))
  }
  return deployed
}

async function load(
  server: ServerProcess,
  upstream: Awaited<ReturnType<typeof startUpstream>>,
  { seconds, atOnce, bombs, pieces = [], onSample }: Soak,
): Promise<Soaked> {
  const kinds = [...KINDS, ...(bombs ? BOMBS : [])].flatMap((kind) => Array.from({ length: kind.weight }, () => kind))
  const pick = chance(7)
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1_000
  const names = pieces.map(({ manifest }) => manifest.name)
  const result: Soaked = {
    samples: [],
    pieces: names,
    sent: 0,
    answered: 0,
    rows: 0,
    doubled: 0,
    lost: 0,
    unexpected: [],
  }
  const posted = new Map<number, 'sent' | 'ok'>()
  const arrived = new Map<number, number>()
  upstream.onHeard = ({ method, body }) => {
    if (method === 'POST') {
      const { n } = JSON.parse(body).props as { n: number }
      arrived.set(n, (arrived.get(n) ?? 0) + 1)
    }
    // What the upstream remembers would be the leak.
    upstream.heard.length = 0
  }
  let latencies: number[] = []
  let calls = 0

  async function one(n: number): Promise<void> {
    const piece = pieces.length > 0 && pick(10) === 0 ? pieces[pick(pieces.length)] : undefined
    const kind = kinds[pick(kinds.length)]!
    const props = piece ? piece.props : { n: kind.action === 'post' ? n : 1, path: kind.path ?? '/', ...kind.props }
    const path = piece ? `${piece.manifest.name}/latest/actions/${piece.action}` : `probe/latest/actions/${kind.action}`
    if (!piece && kind.action === 'post') posted.set(n, 'sent')
    result.sent++
    const at = performance.now()
    const answer = await server.ask('POST', `/v1/pieces/${path}`, {
      props,
      ...(piece?.auth ? { auth: piece.auth } : {}),
      ...(!piece && kind.limits ? { limits: kind.limits } : {}),
    })
    if (piece || kind.ends === undefined) latencies.push(performance.now() - at)
    calls++
    result.answered++
    const code = answer.body.failure?.code ?? answer.body.code
    if (!piece && kind.action === 'post' && code === undefined) posted.set(n, 'ok')
    // A piece of a language may fail, in its own words: nothing of ours ends it.
    const isExpected = code === undefined || (piece ? !code.startsWith('AP_') : kind.ends?.test(code))
    if (!isExpected && result.unexpected.length < 20)
      result.unexpected.push(`${piece ? piece.manifest.name : kind.action}: ${code}`)
  }

  async function sample(): Promise<void> {
    const { body } = await server.ask('GET', '/metrics')
    const running = Number(/^ap_wasm_calls_running (\d+)$/m.exec(String(body))?.[1] ?? Number.NaN)
    const now: Sample = {
      atS: Math.round(elapsed()),
      ...memoryOf(server.child.pid!),
      running,
      ...{ calls, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) },
    }
    latencies = []
    result.samples.push(now)
    onSample?.(now)
  }

  let next = 0
  const worker = async () => {
    while (elapsed() < seconds) await one(++next)
  }
  const watching = (async () => {
    while (elapsed() < seconds) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await sample()
    }
  })()
  await Promise.all([watching, ...Array.from({ length: atOnce }, worker)])
  await sample()

  const { usage } = (await server.ask('GET', '/v1/usage?by=')).body
  result.rows = usage[0].calls
  for (const count of arrived.values()) if (count > 1) result.doubled++
  for (const [n, state] of posted) if (state === 'ok' && !arrived.has(n)) result.lost++
  return result
}
