/** What plain JavaScript inside a cell's walls may try: code that broke out of the wasm sandbox would be at least that free. */
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Marker } from '../../packages/executor/src/cells/marker.ts'
import { LAYERS, type LayerName, type Layers, probeLayers } from '../../packages/executor/src/layers.ts'
import { entry, MiB } from '../cells/pool.ts'

interface Try {
  name: string
  /** Body of an async function; what it throws means denied. */
  js: string
  /** Any of these denies it. */
  deniedBy: LayerName[]
}

const files = (name: string, js: string): Try => ({ name, js, deniedBy: ['permission'] })
const TRIES: Try[] = [
  files('reads a file', 'fs.readFileSync("/etc/passwd")'),
  files('reads its own environment', 'fs.readFileSync("/proc/self/environ")'),
  files('lists the root', 'fs.readdirSync("/")'),
  files('writes a file', 'fs.writeFileSync("/tmp/ap-wasm-escape", "x")'),
  files('links a file', 'fs.symlinkSync("/etc", "/tmp/ap-wasm-escape")'),
  files('changes its folder', 'process.chdir("/tmp")'),
  files('loads an add-on', 'process.dlopen({ exports: {} }, "/tmp/x.node")'),
  files('imports a file', 'await import("/etc/hostname")'),
  files(
    'opens a database',
    'const { DatabaseSync } = await import("node:sqlite"); new DatabaseSync("/tmp/ap-wasm-escape.db").exec("create table t(a)")',
  ),
  files(
    'preopens a folder',
    'const { WASI } = await import("node:wasi"); new WASI({ version: "preview1", preopens: { "/": "/" } })',
  ),
  files(
    'connects',
    'const net = await import("node:net"); await new Promise((yes, no) => net.connect(PORT, "127.0.0.1").on("connect", yes).on("error", no))',
  ),
  files(
    'listens',
    'const net = await import("node:net"); await new Promise((yes, no) => net.createServer().on("error", no).listen(0, "127.0.0.1", yes))',
  ),
  files('fetches', 'await fetch("http://127.0.0.1:PORT/")'),
  files(
    'sends a datagram',
    'const d = await import("node:dgram"); await new Promise((yes, no) => { const s = d.createSocket("udp4").on("error", no); s.send("x", PORT, "127.0.0.1", (e) => e ? no(e) : yes()) })',
  ),
  {
    name: 'fills memory through the file that it is given',
    js: 'for (let at = 0; at < 1 << 20; at += 65536) if (fs.writeSync(4, Buffer.alloc(65536), 0, 65536, at) < 65536) throw new Error("short")',
    deniedBy: ['prlimit'],
  },
  files('resolves a name', 'const dns = await import("node:dns/promises"); await dns.lookup("localhost")'),
  files(
    'starts a process',
    'const { spawnSync } = await import("node:child_process"); const r = spawnSync("true"); if (r.error) throw r.error',
  ),
  files('replaces itself', 'process.execve("/bin/true", ["true"], {})'),
  files('starts a worker', 'const { Worker } = await import("node:worker_threads"); new Worker("1", { eval: true })'),
  files('opens the inspector', 'const i = await import("node:inspector"); i.open(0)'),
  files('writes a report', 'process.report.writeReport("/tmp/ap-wasm-escape.json")'),
  files(
    'writes a snapshot of its heap',
    '(await import("node:v8")).writeHeapSnapshot("/tmp/ap-wasm-escape.heapsnapshot")',
  ),
  { name: 'signals another process', js: 'process.kill(VICTIM, 0)', deniedBy: ['uid', 'bubblewrap'] },
  {
    name: 'wakes the debugger of another process',
    js: 'process._debugProcess(VICTIM)',
    deniedBy: ['uid', 'bubblewrap'],
  },
  {
    name: 'changes the priority of another process',
    js: 'os.setPriority(VICTIM, 5)',
    deniedBy: ['uid', 'bubblewrap', 'seccomp'],
  },
  {
    name: 'becomes root',
    js: 'if (process.getuid() === 0) return; process.setuid(0)',
    deniedBy: ['uid', 'bubblewrap'],
  },
  {
    name: 'finds something in its environment',
    js: 'if (Object.keys(process.env).every((name) => name === "PWD")) throw new Error("empty")',
    deniedBy: ['permission'],
  },
]

const CELL = (port: number, victim: number) =>
  entry(`
    import fs from 'node:fs'
    import os from 'node:os'
    const TRIES = ${JSON.stringify(TRIES.map(({ name, js }) => ({ name, js: js.replaceAll('PORT', String(port)).replaceAll('VICTIM', String(victim)) })))}
    const AsyncFunction = (async () => {}).constructor
    process.on('uncaughtException', () => {})
    const went = {}
    for (const { name, js } of TRIES)
      try {
        await Promise.race([
          new AsyncFunction('fs', 'os', js)(fs, os),
          new Promise((_, no) => setTimeout(() => no(new Error('no answer')), 1000)),
        ])
        went[name] = 'done'
      } catch (error) {
        went[name] = 'denied: ' + error.message
      }
    fs.writeSync(3, JSON.stringify(went))
    process.exit(0)
  `)

/** Runs the tries under the layers; answers with what became of each. */
function tryAll(layers: Layers): Promise<Record<string, string>> {
  const command = layers.command('{}')
  const marker = new Marker()
  const child = spawn(command.file, command.args, {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', marker.fd, ...command.fds],
    env: {},
  })
  for (const fd of command.fds) closeSync(fd)
  marker.close()
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', () => resolve(JSON.parse(said) as Record<string, string>))
  })
}

const ALL = Object.keys(LAYERS) as LayerName[]
const SETS: LayerName[][] = [
  ['permission'],
  ['permission', 'prlimit', 'uid'],
  ['permission', 'bubblewrap'],
  ['permission', 'bubblewrap', 'seccomp'],
  ALL,
]

describe('from inside the walls', () => {
  const server = createServer((socket) => socket.end())
  const victim = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
  let path: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    path = CELL((server.address() as { port: number }).port, victim.pid!)
  })
  afterAll(() => {
    server.close()
    victim.kill('SIGKILL')
  })

  it.each(SETS.map((set) => [set.join(', '), set] as const))(
    'of %s, each try is denied by the wall that says so',
    async (_name, set) => {
      const layers = await probeLayers({
        entry: path,
        memoryBytes: 64 * MiB,
        calls: 10,
        without: ALL.filter((name) => !set.includes(name)),
      })
      const on = layers.list.filter((layer) => layer.present).map((layer) => layer.name)
      const went = await tryAll(layers)
      layers.close()
      const wrong = TRIES.filter(
        ({ name, deniedBy }) => deniedBy.some((layer) => on.includes(layer)) && !went[name]?.startsWith('denied'),
      )
      expect(wrong.map(({ name }) => name)).toEqual([])
      // The table does not claim walls that nobody needs: what no layer of the set denies, goes through.
      const open = TRIES.filter(({ deniedBy }) => !deniedBy.some((layer) => on.includes(layer)))
      expect(open.filter(({ name }) => went[name] !== 'done').map(({ name }) => `${name}: ${went[name]}`)).toEqual([])
    },
  )

  it('the victim still lives', () => {
    expect(victim.exitCode ?? victim.signalCode).toBeNull()
  })
})
