/**
 * @module bench/registry: a registry of 10,000 pieces and 100,000 versions on SQLite: pages and searches under an open loop,
 * where requests come when they come and not when the one before was answered; a large publication; a pull.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedManifest, type Manifest } from '@ap-wasm/executor'
import { openCatalog } from '../../registry/src/catalog/index.ts'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { generate } from '../registry/generator.ts'
import { type Figure, median, quantile } from './figure.ts'
import { cpuMicros, forgetPeak, peakBytes, rssBytes, treeMicros } from './processes.ts'

const SIZE = { pieces: 10_000, versions: 100_000 }
const PER_SECOND = 100
const WINDOW_MS = 10_000
const MAIN = fileURLToPath(new URL('../../registry/dist/main.js', import.meta.url))
const MiB = 1024 ** 2
const LARGE = '@author/large'
const PULLS = 64
const PART_BYTES = 256 * 1024
/** What visitors ask for, in turn. */
const PATHS = [
  '/',
  '/search?q=github',
  '/search?q=stripe+sync&capability=http',
  '/search?language=rust&sort=score',
  '/search?host=api.slack.com',
  '/search?q=watch&page=20',
  '/pieces/@team-3/notion-tools',
  '/pieces/@team-11/jira-sync/versions',
  '/authors/bench',
  '/api/v1/pieces?q=calendar',
  '/api/v1/pieces/@team-7/trello-export',
  '/feed.atom',
]

export async function bench(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'ap-wasm-registry-bench-'))
  const { token } = await seed(data)
  const { child, url } = await start(data)
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  try {
    await openLoop(url, agent, PER_SECOND, 2_000)
    const cpuBefore = cpuMicros(child.pid!)
    const times = await openLoop(url, agent, PER_SECOND, WINDOW_MS)
    const cpu = (cpuMicros(child.pid!) - cpuBefore) / times.length / 1000
    const resident = rssBytes(child.pid!) / MiB
    const ceiling = await ceilingOf(url, agent)
    forgetPeak(child.pid!)
    const published = await publishLarge(url, token, child.pid!)
    const peak = peakBytes(child.pid!) / MiB
    const file = publishedFile(data)
    const [bare, disk] = [await bareRate(file), diskRate(file)]
    const artifact = `${url}/api/v1/pieces/${LARGE}/1.0.0/artifact`
    const pulled = await pullRate(artifact, statSync(file).size)
    forgetPeak(child.pid!)
    await Promise.all(Array.from({ length: PULLS }, () => pullOnce(artifact)))
    const pullPeak = peakBytes(child.pid!) / MiB
    return [
      {
        name: `pages and searches of ${SIZE.versions} versions, ${PER_SECOND} requests/s, p50`,
        value: median(times),
        unit: 'ms',
      },
      { name: 'their p99', value: quantile(times, 0.99), unit: 'ms', atMost: 50 },
      { name: 'CPU of the process', value: cpu, unit: 'ms/request' },
      { name: 'most requests/s whose p99 stays below 50 ms', value: ceiling, unit: 'requests/s' },
      { name: 'memory of the process under that load', value: resident, unit: 'MiB', atMost: 200 },
      { name: 'publication of 20 MB', value: published.wallMs, unit: 'ms', atMost: 3_000 },
      { name: 'CPU of it, with its inspection', value: published.cpuMs, unit: 'ms' },
      { name: 'most memory of the process meanwhile', value: peak, unit: 'MiB', atMost: 200 },
      { name: 'pull of it', value: pulled, unit: 'MB/s' },
      { name: 'the same file by a bare server', value: bare, unit: 'MB/s' },
      { name: 'the same file from the disk', value: disk, unit: 'MB/s' },
      { name: 'pull to disk', value: pulled / disk, unit: '×', atLeast: 1 },
      { name: `most memory of the process during ${PULLS} pulls at once`, value: pullPeak, unit: 'MiB', atMost: 200 },
    ]
  } finally {
    agent.destroy()
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(data, { recursive: true, force: true })
  }
}

async function seed(folder: string): Promise<{ token: string }> {
  const catalog = await openCatalog({ database: 'sqlite', folder, sessionMs: 1_000, onError: console.error })
  try {
    const account = await catalog.accounts.add('bench', 'correct horse battery')
    await generate(catalog.db, { ...SIZE, accountId: account.id, author: 'bench', now: Date.now() })
    // Of another account: this one has published ten thousand versions today.
    const author = await catalog.accounts.add('author', 'correct horse battery')
    return await catalog.tokens.add(author.id, 'bench', '*', 3_600_000)
  } finally {
    await catalog.close()
  }
}

async function start(data: string): Promise<{ child: ChildProcess; url: string }> {
  const args = ['--data', data, '--port', '0', '--playground-port', '0', '--log-level', 'error']
  // As its first line has it.
  const flags = readFileSync(MAIN, 'utf8').split('\n')[0]!.split(' ').slice(3)
  const child = spawn(process.execPath, [...flags, MAIN, ...args, '--requests-per-minute', '1000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const url = /listens on (\S+)/.exec(String(line))?.[1]
  if (url === undefined) throw new Error(`the registry said: ${line}`)
  return { child, url }
}

/** Milliseconds from the instant that a request was due to the end of its answer. */
async function openLoop(url: string, agent: Agent, perSecond: number, ms: number): Promise<number[]> {
  const times: number[] = []
  const began = performance.now()
  const under: Promise<void>[] = []
  for (let i = 0; i < (perSecond * ms) / 1000; i++) {
    const due = began + (i * 1000) / perSecond
    const early = due - performance.now()
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
    under.push(ask(url + PATHS[i % PATHS.length]!, agent).then(() => void times.push(performance.now() - due)))
  }
  await Promise.all(under)
  return times
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers: { accept: 'text/html' } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`))
      answer.resume().on('end', resolve)
    })
    sent.on('error', reject).end()
  })
}

/** Doubled, then halved: the load shares the machine with the server. */
async function ceilingOf(url: string, agent: Agent): Promise<number> {
  const holds = async (perSecond: number): Promise<boolean> =>
    quantile(await openLoop(url, agent, perSecond, 3_000), 0.99) < 50
  let [good, bad] = [0, PER_SECOND]
  while (bad <= 3_200 && (await holds(bad))) [good, bad] = [bad, bad * 2]
  while (bad - good > 50) {
    const middle = Math.round((good + bad) / 2)
    if (await holds(middle)) good = middle
    else bad = middle
  }
  return good
}

/** 20 MB of data segments: as large as an interpreter brings. */
async function publishLarge(url: string, token: string, pid: number): Promise<{ wallMs: number; cpuMs: number }> {
  const pages = Math.ceil((20 * 1_000_000) / 65_536)
  const segment = `(data (i32.const 65536) "${'a'.repeat(20 * 1_000_000)}")`
  const component = await pieceComponent({ memory: String(pages + 4), definitions: segment })
  const manifest = { name: LARGE, version: '1.0.0', language: 'wat', description: DESCRIPTION }
  const bytes = embedManifest(component, manifest as unknown as Manifest)
  const cpuBefore = treeMicros(pid)
  const began = performance.now()
  const answer = await fetch(`${url}/api/v1/pieces/${LARGE}/1.0.0`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/wasm' },
    body: bytes as BodyInit,
  })
  if (answer.status !== 201) throw new Error(`the publication was answered ${answer.status} ${await answer.text()}`)
  return { wallMs: performance.now() - began, cpuMs: (treeMicros(pid) - cpuBefore) / 1000 }
}

/** The file that was published last: the only one. */
function publishedFile(data: string): string {
  const [file] = readdirSync(join(data, 'blobs'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  )
  return join(file!.parentPath, file!.name)
}

/** The least that a server can do: the same bytes, from a file into a socket. */
async function bareRate(file: string): Promise<number> {
  const child = spawn(process.execPath, ['--eval', BARE, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(child.stdout!, 'data')) as [Buffer]
    return await pullRate(`http://127.0.0.1:${Number(line)}/`, statSync(file).size)
  } finally {
    child.kill()
  }
}

/** Past the kernel's cache. */
function diskRate(file: string): number {
  const rates = Array.from({ length: 5 }, () => {
    const began = performance.now()
    execFileSync('dd', [`if=${file}`, 'of=/dev/null', 'bs=256k', 'iflag=direct'], { stdio: 'ignore' })
    return statSync(file).size / 1e6 / ((performance.now() - began) / 1000)
  })
  return median(rates)
}

const BARE = `
const [{ createServer }, { createReadStream }, { pipeline }] = ['node:http', 'node:fs', 'node:stream'].map((one) => require(one))
const server = createServer((_, response) => pipeline(createReadStream(process.argv[1]), response, () => {}))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

/**
 * The milliseconds of a pull by a client that only counts, into one buffer: node's own spends 30 ms of CPU on these bytes, the
 * registry 10, and what it makes of them is not asked here.
 */
function pullOnce(url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const { hostname, port, pathname } = new URL(url)
  const began = performance.now()
  let head = ''
  const counted = (bytes: number, buffer: Uint8Array): boolean => {
    if (head === '') head = Buffer.from(buffer.buffer, 0, Math.min(bytes, 64)).toString('latin1')
    return true
  }
  connect({ host: hostname, port: Number(port), onread: { buffer: Buffer.alloc(PART_BYTES), callback: counted } })
    .on('error', reject)
    .on('end', () => {
      if (head.startsWith('HTTP/1.1 200 ')) resolve(performance.now() - began)
      else reject(new Error(`${url} answered ${head}`))
    })
    .write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n\r\n`)
  return promise
}

/** MB/s of a file of so many bytes. */
async function pullRate(url: string, bytes: number): Promise<number> {
  const rates: number[] = []
  for (let i = 0; i < 5; i++) rates.push(bytes / 1e6 / ((await pullOnce(url)) / 1000))
  return median(rates)
}
