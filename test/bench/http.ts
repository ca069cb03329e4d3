/** @module bench/http: calls of a small component through HTTP: server, cell and load share the machine's cores. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from '../api/process.ts'
import { artifact } from '../api/server.ts'
import { DESCRIPTION } from '../fixture.ts'
import { type Figure, median, quantile } from './figure.ts'
import { type Load, postLoad } from './generator.ts'
import { cpuMicros, descendantsOf } from './processes.ts'

const WARM_MS = 3_000
const WINDOW_MS = 3_000
const WINDOWS = 5
/** One property, so that there is something to check. */
const echo = {
  ...DESCRIPTION.actions.echo,
  props: { text: { type: 'LONG_TEXT', displayName: 'Text', required: true } },
}
const ECHO = { description: { ...DESCRIPTION, actions: { echo } } }
const BODY = '{"props":{"text":"hello"}}'

export async function bench(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'ap-wasm-bench-'))
  const server = await startProcess(data)
  try {
    const deployed = await server.deploy(await artifact({}, ECHO))
    if (deployed.status !== 201) throw new Error(`the piece was not deployed: ${JSON.stringify(deployed.body)}`)
    const url = new URL(`${server.url}/v1/pieces/fixture/1.0.0/actions/echo`)
    await postLoad(url, BODY, 16, WARM_MS)
    const windows: Window[] = []
    for (let i = 0; i < WINDOWS; i++) windows.push(await measure(server.child.pid!, url, 16))
    const { times } = await postLoad(url, BODY, 1, WINDOW_MS)
    const of = (pick: (window: Window) => number): number => median(windows.map(pick))
    return [
      { name: 'echo through HTTP, 16 connections', value: of((w) => w.perSecond), unit: 'calls/s', atLeast: 3_000 },
      { name: 'its p99', value: of((w) => quantile(w.load.times, 0.99)), unit: 'ms' },
      { name: 'CPU of the server', value: of((w) => w.server), unit: 'µs/call' },
      { name: 'CPU of the cell', value: of((w) => w.cell), unit: 'µs/call' },
      { name: 'CPU of the load generator', value: of((w) => w.generator), unit: 'µs/call' },
      { name: 'one connection, p50', value: median(times), unit: 'ms' },
    ]
  } finally {
    await server.kill('SIGTERM')
    rmSync(data, { recursive: true, force: true })
  }
}

interface Window {
  load: Load
  perSecond: number
  /** µs a call. */
  server: number
  cell: number
  generator: number
}

async function measure(pid: number, url: URL, connections: number): Promise<Window> {
  const cells = (): number => descendantsOf(pid).reduce((sum, one) => sum + cpuMicros(one), 0)
  const before = { server: cpuMicros(pid), cell: cells(), generator: process.cpuUsage() }
  const load = await postLoad(url, BODY, connections, WINDOW_MS)
  const generator = process.cpuUsage(before.generator)
  return {
    load,
    perSecond: (load.calls / load.ms) * 1000,
    server: (cpuMicros(pid) - before.server) / load.calls,
    cell: (cells() - before.cell) / load.calls,
    generator: (generator.user + generator.system) / load.calls,
  }
}
