/** @module bench/upstream: calls that mostly wait: each asks a server that answers after 50 ms, beside the same client alone. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import type { Cells } from '../../packages/executor/src/cells.ts'
import {
  createEngines,
  createOutside,
  type OutsideContext,
  type OutsideEngines,
} from '../../packages/executor/src/effects/index.ts'
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import { defaultLimits } from '../../packages/executor/src/limits.ts'
import { job, product, text } from '../cells/pieces.ts'
import type { Fixture } from '../fixture.ts'
import { type Figure, median } from './figure.ts'
import { cellPid, openCells } from './pool.ts'
import { cpuMicros } from './processes.ts'

const LINES = 64
const WARM_MS = 1_500
const WINDOW_MS = 4_000
const ROUNDS = 5
const MiB = 1024 * 1024

/** GET / of that server; answers with the body. */
const FETCHES = (authority: string): Fixture => ({
  imports: `
    (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme" (func $setScheme (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority" (func $setAuthority (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe" (func $subscribe (param i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]future-incoming-response.get" (func $response (param i32 i32)))
    (import "wasi:http/types@0.2.12" "[method]incoming-response.consume" (func $consume (param i32 i32)))
    (import "wasi:http/types@0.2.12" "[method]incoming-body.stream" (func $stream (param i32 i32)))
    (import "wasi:http/outgoing-handler@0.2.12" "handle" (func $handle (param i32 i32 i32 i32)))
    (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
    (import "wasi:io/streams@0.2.12" "[resource-drop]input-stream" (func $dropStream (param i32)))
    (import "wasi:http/types@0.2.12" "[resource-drop]incoming-body" (func $dropBody (param i32)))
    (import "wasi:http/types@0.2.12" "[resource-drop]incoming-response" (func $dropResponse (param i32)))
    (import "wasi:http/types@0.2.12" "[resource-drop]future-incoming-response" (func $dropFuture (param i32)))
    (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $dropPollable (param i32)))`,
  definitions: `(data (i32.const 40000) "${authority}") (global $req (mut i32) (i32.const 0)) (global $future (mut i32) (i32.const 0))
    (global $pollable (mut i32) (i32.const 0))`,
  // Each result has its tag first and its value after it, aligned: 4 for a handle, 8 beside an error-code.
  // All handles are dropped, as every SDK does: an instance that leaves one open is not put back.
  action: `
    (global.set $req (call $request (call $fields)))
    (drop (call $setScheme (global.get $req) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $setAuthority (global.get $req) (i32.const 1) (i32.const 40000) (i32.const ${authority.length})))
    (call $handle (global.get $req) (i32.const 0) (i32.const 0) (i32.const 41000))
    (if (i32.load8_u (i32.const 41000)) (then unreachable))
    (global.set $future (i32.load (i32.const 41008)))
    (global.set $pollable (call $subscribe (global.get $future)))
    (call $block (global.get $pollable))
    (call $response (global.get $future) (i32.const 42000))
    (if (i32.load8_u (i32.const 42016)) (then unreachable))
    (call $consume (i32.load (i32.const 42024)) (i32.const 43000))
    (call $stream (i32.load (i32.const 43004)) (i32.const 43100))
    (call $read (i32.load (i32.const 43104)) (i64.const 65536) (i32.const 43200))
    (if (i32.load8_u (i32.const 43200)) (then unreachable))
    (call $dropStream (i32.load (i32.const 43104)))
    (call $dropBody (i32.load (i32.const 43004)))
    (call $dropResponse (i32.load (i32.const 42024)))
    (call $dropPollable (global.get $pollable))
    (call $dropFuture (global.get $future))
    (return (call $ok (i32.load (i32.const 43204)) (i32.load (i32.const 43208))))`,
})

async function lines(ms: number, one: () => Promise<string>): Promise<number> {
  const began = performance.now()
  let done = 0
  const line = async (): Promise<void> => {
    while (performance.now() - began < ms) {
      if ((await one()) !== '{"hello":"world"}') throw new Error('another answer than the upstream gives')
      done++
    }
  }
  await Promise.all(Array.from({ length: LINES }, line))
  return (done / (performance.now() - began)) * 1000
}

function caller(cells: Cells, program: ProgramProduct, engines: OutsideEngines, origin: string): () => Promise<string> {
  const grants = { http: [origin], env: {}, store: [], files: [], run: [] }
  const run = { projectId: 'default' }
  const context: Omit<OutsideContext, 'startedAt'> = {
    ...{ tenant: 'default', piece: 'fetches', callId: 'call', encoding: 'json', auth: undefined, testing: false },
    ...{ grants, run, limits: defaultLimits() },
  }
  return async () => {
    const outside = () => createOutside({ ...context, startedAt: Date.now() }, engines)
    const answer = await cells.run(job(program, { outside }))
    if (answer.kind === 'error') throw answer.error
    return answer.kind === 'output' ? text(answer.bytes) : answer.failure.message
  }
}

export async function bench(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-bench-'))
  const upstream = fork(fileURLToPath(new URL('./upstream-server.ts', import.meta.url)), { execArgv: [] })
  const [port] = (await once(upstream, 'message')) as [number]
  const authority = `127.0.0.1:${port}`
  const engines = await createEngines({
    ...{ filesFolder: join(folder, 'files'), fileRetentionMs: 60_000, fileStoreBytes: MiB, fileBytesPerTenant: MiB },
    ...{ store: ':memory:', storeBytesPerPiece: MiB, egressPrivate: ['127.0.0.0/8'], userAgent: 'bench' },
  })
  const cells = await openCells()
  const agent = new Agent({ connections: 256 })
  const viaCell = caller(cells, await product(FETCHES(authority)), engines, `http://${authority}`)
  const alone = async (): Promise<string> => {
    const { body } = await request(`http://${authority}/`, { dispatcher: agent })
    return body.text()
  }
  try {
    await lines(WARM_MS, alone)
    await lines(WARM_MS, viaCell)
    const pid = cellPid(cells)
    const rounds: { bare: number; ours: number; cell: number; supervisor: number }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await lines(WINDOW_MS, alone)
      const [cell, cpu] = [cpuMicros(pid), process.cpuUsage()]
      const ours = await lines(WINDOW_MS, viaCell)
      const calls = (ours * WINDOW_MS) / 1000
      const { user, system } = process.cpuUsage(cpu)
      rounds.push({ bare, ours, cell: (cpuMicros(pid) - cell) / calls, supervisor: (user + system) / calls })
    }
    const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick))
    return [
      { name: `${LINES} in flight, 50 ms upstream`, value: of((r) => r.ours), unit: 'calls/s' },
      { name: 'the HTTP client alone', value: of((r) => r.bare), unit: 'requests/s' },
      { name: 'calls to requests', value: of((r) => r.ours / r.bare) * 100, unit: '%', atLeast: 93 },
      { name: 'CPU of the cell', value: of((r) => r.cell), unit: 'µs/call' },
      { name: 'CPU of the supervisor', value: of((r) => r.supervisor), unit: 'µs/call' },
    ]
  } finally {
    await Promise.all([cells.close(), engines.close(), agent.close()])
    upstream.disconnect()
    rmSync(folder, { recursive: true, force: true })
  }
}
