/** @module bench/languages: what does a language cost? The sample piece that `init` makes, and the conformance piece, in each whose tools are here. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createExecutor, type Description, type Executor, embedManifest } from '@ap-wasm/executor'
import { request } from 'undici'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import { artifact } from '../api/server.ts'
import { built, conformanceLanguages } from '../built.ts'
import { job, prepared } from '../cells/pieces.ts'
import { Author } from '../e2e/author.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { type Figure, median } from './figure.ts'
import { cellPid, openCells } from './pool.ts'
import { cpuMicros, descendantsOf, pssBytes, treeMicros } from './processes.ts'

const KB = 1000
const MiB = 1024 * 1024
const TENANT = 'bench'

/** What was promised; a language without a row has figures alone. */
interface Targets {
  sizeKb: number
  buildS: number
  readyS: number
  echoMs: number
  perSecond: number
  firstMs: number
  waiting: number
}
const TARGETS: Readonly<Record<string, Targets>> = {
  rust: { sizeKb: 300, buildS: 6, readyS: 0.5, echoMs: 0.12, perSecond: 6000, firstMs: 15, waiting: 1.5 },
  typescript: { sizeKb: 2000, buildS: 5, readyS: 0.5, echoMs: 0.3, perSecond: 2500, firstMs: 40, waiting: 1.5 },
  go: { sizeKb: 11_500, buildS: 3, readyS: 1.5, echoMs: 1, perSecond: 800, firstMs: 60, waiting: 1.5 },
  python: { sizeKb: 20_000, buildS: 10, readyS: 2, echoMs: 2.2, perSecond: 350, firstMs: 60, waiting: 2 },
}
const IDLE_MIB = 0.2

export async function bench(languages: readonly string[]): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const language of await conformanceLanguages()) {
    if (languages.length > 0 && !languages.includes(language)) continue
    const lack = await lacking(language)
    if (lack !== undefined) {
      console.error(`  ${lack}`)
      continue
    }
    console.error(`  ${language} …`)
    const targets = TARGETS[language]
    const component = await built(`test/conformance/pieces/${language}`, language)
    const of = (name: string) => ({ name: `${language}: ${name}` })
    const at = <K extends 'atMost' | 'atLeast'>(key: K, value: number | undefined): { [P in K]?: number } =>
      value === undefined ? {} : ({ [key]: value } as { [P in K]?: number })
    const { sizeKb, buildS } = await authored(language)
    figures.push(
      { ...of('sample piece, component'), value: sizeKb, unit: 'KB', ...at('atMost', targets?.sizeKb) },
      { ...of('build after an edit, CPU'), value: buildS, unit: 's', ...at('atMost', targets?.buildS) },
    )
    const { cpuMs, perSecond } = await echoes(component)
    figures.push(
      { ...of('echo, CPU of the cell'), value: cpuMs, unit: 'ms/call', ...at('atMost', targets?.echoMs) },
      {
        ...of('echo, 16 in flight, one cell'),
        value: perSecond,
        unit: 'calls/s',
        ...at('atLeast', targets?.perSecond),
      },
    )
    const { readyS, firstMs } = await restarts(component)
    figures.push(
      { ...of('upload to ready'), value: readyS, unit: 's', ...at('atMost', targets?.readyS) },
      { ...of('first call after a restart'), value: firstMs, unit: 'ms', ...at('atMost', targets?.firstMs) },
      {
        ...of(`${WAITING} calls that wait 300 ms, to a bare loop`),
        value: await waiting(component),
        unit: '×',
        ...at('atMost', targets?.waiting),
      },
      { ...of('idle piece, PSS'), value: await idle(component), unit: 'MiB', ...at('atMost', targets && IDLE_MIB) },
    )
  }
  return figures
}

// ── The author's side ──

const EDITS = 3
const COMMENT: Readonly<Record<string, string>> = { python: '#' }

/** A piece as `init` leaves it, built once more after each of some edits. */
async function authored(language: string): Promise<{ sizeKb: number; buildS: number }> {
  const author = new Author()
  try {
    const made = await author.run(author.home, 'init', 'sample', '--language', language)
    if (made.exit !== 0) throw new Error(made.stderr)
    const folder = join(author.home, 'sample')
    const main = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
      (name) => /^(src\/)?(index|lib|main|piece)\.\w+$/.test(name) && !name.endsWith('.json'),
    )
    if (main === undefined) throw new Error(`the template for ${language} has no main file`)
    const build = () => toolchainOf(language).build(folder, { cacheFolder: TOOL_CACHE })
    const { component } = await build()
    const seconds: number[] = []
    for (let edit = 0; edit < EDITS; edit++) {
      appendFileSync(join(folder, main), `\n${COMMENT[language] ?? '//'} edit ${edit}\n`)
      const before = treeMicros(process.pid)
      await build()
      seconds.push((treeMicros(process.pid) - before) / 1e6)
    }
    return { sizeKb: component.length / KB, buildS: median(seconds) }
  } finally {
    await author.close()
  }
}

// ── In the cell ──

const WARM_MS = 2_000
const WINDOW_MS = 2_000
const WINDOWS = 5
const ECHO = { name: 'echo', input: '{"props":{"value":{"hello":"world"}},"run":{"id":"1"}}' }

async function echoes(component: Uint8Array): Promise<{ cpuMs: number; perSecond: number }> {
  const cells = await openCells()
  const program = prepared(component)
  const lines = async (ms: number): Promise<number> => {
    const end = performance.now() + ms
    let done = 0
    const line = async (): Promise<void> => {
      while (performance.now() < end) {
        const { kind } = await cells.run(job(program, ECHO))
        if (kind !== 'output') throw new Error(`a call of the bench ended as ${kind}`)
        done++
      }
    }
    await Promise.all(Array.from({ length: 16 }, line))
    return done
  }
  await lines(WARM_MS)
  const pid = cellPid(cells)
  const windows: { cpuMs: number; perSecond: number }[] = []
  for (let i = 0; i < WINDOWS; i++) {
    const [began, before] = [performance.now(), cpuMicros(pid)]
    const done = await lines(WINDOW_MS)
    const seconds = (performance.now() - began) / 1000
    windows.push({ cpuMs: (cpuMicros(pid) - before) / 1000 / done, perSecond: done / seconds })
  }
  await cells.close()
  return { cpuMs: median(windows.map((one) => one.cpuMs)), perSecond: median(windows.map((one) => one.perSecond)) }
}

// ── With an executor around it ──

const folder = (): string => mkdtempSync(join(tmpdir(), 'ap-wasm-bench-'))
const open = (data: string): Promise<Executor> =>
  createExecutor({
    data,
    cells: 1,
    isolation: 'shared',
    logLevel: 'silent',
    drainMs: 0,
    egressPrivate: ['127.0.0.0/8'],
  })

const asks = (http: string) => ({ http: [http], store: ['flow'], files: ['read'], run: ['stop'] }) as const

async function artifactOf(executor: Executor, component: Uint8Array, http: string): Promise<Uint8Array> {
  const description = (await executor.describe(TENANT, component)) as Description
  return artifactWith(component, description, '1.0.0', http)
}

const artifactWith = (component: Uint8Array, description: Description, version: string, http: string): Uint8Array =>
  embedManifest(component, {
    ...{ name: 'piece', version, language: description.sdk.language, description, capabilities: asks(http) },
  } as never)

/** Pieces that share no more than two of that language do: each has another text in its description, and so another module. */
async function distinct(executor: Executor, component: Uint8Array): Promise<Uint8Array[]> {
  const description = (await executor.describe(TENANT, component)) as Description
  const old = Buffer.from(description.description ?? '')
  return Array.from({ length: PIECES }, (_, i) => {
    const bytes = Buffer.from(component)
    const text = String(i).padStart(old.length, '.')
    let found = 0
    for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + 1)) found += bytes.write(text, at)
    if (old.length < 10 || found === 0) throw new Error('the description does not stand in the component as it is')
    return artifactWith(bytes, { ...description, description: text }, `1.0.${i}`, ANY)
  })
}

const granted = (executor: Executor, http: string) =>
  executor.grant(TENANT, 'piece', { ...asks(http), env: {} } as never)

async function echo(executor: Executor, version: string): Promise<void> {
  const input = { props: { value: 1 } }
  const result = await executor.call({
    ...{ tenant: TENANT, piece: 'piece', version },
    kind: 'action',
    name: 'echo',
    input,
  })
  if (!result.ok) throw new Error(`a call of the bench ended as ${JSON.stringify(result)}`)
}

const RESTARTS = 5
/** What a server does before its callers are back: it starts a spare cell, and wakes pieces. */
const SETTLED_MS = 1_500

async function restarts(component: Uint8Array): Promise<{ readyS: number; firstMs: number }> {
  const ready: number[] = []
  const first: number[] = []
  const rest = () => new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
  for (let round = 0; round < RESTARTS; round++) {
    const data = folder()
    const executor = await open(data)
    const bytes = await artifactOf(executor, component, ANY)
    await rest()
    const began = performance.now()
    await executor.add(TENANT, bytes)
    ready.push((performance.now() - began) / 1000)
    await granted(executor, ANY)
    await echo(executor, '1.0.0')
    await executor.close()
    const again = await open(data)
    await rest()
    const asked = performance.now()
    await echo(again, '1.0.0')
    first.push(performance.now() - asked)
    await again.close()
    rmSync(data, { recursive: true, force: true })
  }
  return { readyS: median(ready), firstMs: median(first) }
}
const ANY = 'http://127.0.0.1'

const WAITING = 64
const AWAY_MS = 300
const ROUNDS = 5

/** How much longer so many calls take that each ask a server far away than the same requests by themselves. */
async function waiting(component: Uint8Array): Promise<number> {
  const upstream = fork(fileURLToPath(new URL('./upstream-server.ts', import.meta.url)), [String(AWAY_MS)], {
    execArgv: [],
  })
  const [port] = (await once(upstream, 'message')) as [number]
  const url = `http://127.0.0.1:${port}`
  const data = folder()
  const executor = await open(data)
  await executor.add(TENANT, await artifactOf(executor, component, url))
  await granted(executor, url)
  const call = async (): Promise<void> => {
    const of = { tenant: TENANT, piece: 'piece', version: '1.0.0', kind: 'action', name: 'http' } as const
    const result = await executor.call({ ...of, input: { props: { url } } })
    if (!result.ok) throw new Error(`a call of the bench ended as ${JSON.stringify(result)}`)
  }
  const bare = async (): Promise<void> => {
    await (await request(url)).body.text()
  }
  const wall = async (one: () => Promise<void>): Promise<number> => {
    const began = performance.now()
    await Promise.all(Array.from({ length: WAITING }, one))
    return performance.now() - began
  }
  try {
    await wall(bare)
    await wall(call)
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round++) ratios.push((await wall(call)) / (await wall(bare)))
    return median(ratios)
  } finally {
    await executor.close()
    upstream.disconnect()
    rmSync(data, { recursive: true, force: true })
  }
}

const PIECES = 10
const IDLE_MS = 60_000

const allPss = (): number => [process.pid, ...descendantsOf(process.pid)].reduce((sum, pid) => sum + pssBytes(pid), 0)

/** A minute after each was called once, while their cell goes on with another piece. */
async function idle(component: Uint8Array): Promise<number> {
  const data = folder()
  const before = await open(data)
  for (const piece of await distinct(before, component)) await before.add(TENANT, piece)
  await granted(before, ANY)
  await before.add(TENANT, await artifact({ name: 'busy' }))
  await before.close()
  const executor = await open(data)
  const busy = async (): Promise<void> => {
    const of = { tenant: TENANT, piece: 'busy', version: '1.0.0', kind: 'action', name: 'echo' } as const
    await executor.call({ ...of, input: {} })
  }
  for (let i = 0; i < 2_000; i++) await busy()
  global.gc?.()
  const without = allPss()
  for (let i = 0; i < PIECES; i++) await echo(executor, `1.0.${i}`)
  const end = performance.now() + IDLE_MS
  while (performance.now() < end) {
    for (let i = 0; i < 5; i++) await busy()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  global.gc?.()
  const after = allPss()
  await executor.close()
  rmSync(data, { recursive: true, force: true })
  return Math.max(0, after - without) / MiB / PIECES
}
