/** What plain JavaScript inside a cell's walls may try: code that broke out of the wasm sandbox would be at least that free. */
import { spawn } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Marker } from '../../packages/executor/src/cells/marker.ts'
import { LAYERS, type LayerName, probeLayers } from '../../packages/executor/src/layers.ts'
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
  files('writes a file', 'fs.writeFileSync("FOLDER/file", "x")'),
  files('links a file', 'fs.symlinkSync("/etc", "FOLDER/link")'),
  files('changes its folder', 'process.chdir("/tmp")'),
  files(
    'loads an add-on',
    'try { process.dlopen({ exports: {} }, "LIBRARY") } catch (e) { if (!/self-register/.test(e.message)) throw e }',
  ),
  files('imports a file', 'await import("FOLDER/module.mjs")'),
  files(
    'opens a database',
    'const { DatabaseSync } = await import("node:sqlite"); new DatabaseSync("FOLDER/db").exec("create table t(a)")',
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
  files('sees whether a file is there', 'fs.accessSync("/etc/passwd")'),
  files('resolves a path', 'fs.realpathSync.native("/proc/self/exe")'),
  files('watches a folder', 'fs.watch("/tmp").close()'),
  files('opens a folder', 'fs.opendirSync("/")'),
  files('opens a blob', 'await fs.openAsBlob("/etc/passwd")'),
  files('makes a temporary folder', 'fs.mkdtempSync("FOLDER/made-")'),
  files('reads a file of variables', 'process.loadEnvFile("/proc/self/environ")'),
  files('reads as a module does', '(await import("node:module")).createRequire("/")("FOLDER/module.cjs")'),
  files('asks the size of the disk', 'fs.statfsSync("/")'),
  files('reads the environment of another process', 'fs.readFileSync("/proc/VICTIM/environ")'),
  files('reads the memory of another process', 'fs.openSync("/proc/VICTIM/mem", "r")'),
  files('lists the processes', 'fs.readdirSync("/proc")'),
  files('lists its descriptors', 'fs.readdirSync("/proc/self/fd")'),
  files('opens a descriptor again', 'fs.openSync("/proc/self/fd/4", "r+")'),
  files(
    'connects to a socket in the file system',
    'const net = await import("node:net"); await new Promise((yes, no) => net.connect("FOLDER/socket").on("connect", yes).on("error", no))',
  ),
  files(
    'speaks TLS',
    'const tls = await import("node:tls"); await new Promise((yes, no) => tls.connect(PORT, "127.0.0.1").on("error", (e) => e.code === "ERR_ACCESS_DENIED" ? no(e) : yes()))',
  ),
  files('reaches the internals', 'process.binding("fs").internalModuleStat("/etc")'),
  files(
    'keeps compiled code',
    'const { enableCompileCache, constants } = await import("node:module"); const r = enableCompileCache("FOLDER/compiled"); if (r.status !== 1) throw new Error(r.message ?? "status " + r.status)',
  ),
  files('starts a worker', 'const { Worker } = await import("node:worker_threads"); new Worker("1", { eval: true })'),
  files('opens the inspector', 'const i = await import("node:inspector"); i.open(0)'),
  files('writes a report', 'process.report.writeReport("FOLDER/report.json")'),
  files('writes a snapshot of its heap', '(await import("node:v8")).writeHeapSnapshot("FOLDER/x.heapsnapshot")'),
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

const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-walls-'))
chmodSync(folder, 0o777)
/** A real library, which is no add-on: that it was opened shows in the complaint. */
const LIBRARY =
  (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects.find((path) =>
    path.startsWith('/'),
  ) ?? ''

/** Tries all, or the one that its settings name, and says what became of each. */
const CELL = (port: number, victim: number) => {
  const places = { PORT: String(port), VICTIM: String(victim), FOLDER: folder, LIBRARY }
  const filled = TRIES.map(({ name, js }) => ({
    name,
    js: js.replace(/PORT|VICTIM|FOLDER|LIBRARY/g, (place) => places[place as keyof typeof places]),
  }))
  return entry(`
    import fs from 'node:fs'
    import os from 'node:os'
    const { only } = JSON.parse(process.argv[2])
    const TRIES = ${JSON.stringify(filled)}.filter(({ name }) => only === undefined || name === only)
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
}

/** What a process with a cell's descriptors writes to the one that leads to us, and how it ended. */
function said(
  command: { file: string; args: string[]; fds: number[] },
  env: NodeJS.ProcessEnv = {},
): Promise<{ text: string; status: number | null }> {
  const marker = new Marker()
  const child = spawn(command.file, command.args, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', marker.fd, ...command.fds],
    env,
  })
  for (const fd of command.fds) closeSync(fd)
  marker.close()
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ text, status }))
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
  const server = createServer((socket) =>
    socket.on('error', () => {}).end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'),
  )
  const local = createServer((socket) => socket.end())
  const victim = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
  let path: string
  beforeAll(async () => {
    writeFileSync(join(folder, 'module.mjs'), 'export {}')
    writeFileSync(join(folder, 'module.cjs'), '')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve) => local.listen(join(folder, 'socket'), resolve))
    path = CELL((server.address() as { port: number }).port, victim.pid!)
  })
  afterAll(() => {
    server.close()
    local.close()
    victim.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(TRIES)('where no wall stands, it works: $name', async ({ name }) => {
    const command = { file: process.execPath, args: [path, JSON.stringify({ only: name })], fds: [] }
    const { text, status } = await said(command, { ANY: 'thing' })
    // What replaced itself says nothing, and ends as the other program does.
    if (name === 'replaces itself') expect({ text, status }).toEqual({ text: '', status: 0 })
    else expect(JSON.parse(text)).toEqual({ [name]: 'done' })
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
      const went = JSON.parse((await said(layers.command('{}'))).text) as Record<string, string>
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

  it('no file and no socket of ours is inherited, beside the two that a cell is given', async () => {
    const secret = openSync(join(folder, 'module.mjs'), 'r')
    const finds = entry(`
      import fs from 'node:fs'
      const found = []
      for (let fd = 3; fd < 256; fd++)
        try {
          const stat = fs.fstatSync(fd)
          if (stat.isFile() || stat.isSocket() || stat.isDirectory()) found.push(fd)
        } catch {}
      fs.writeSync(3, JSON.stringify(found))
      process.exit(0)
    `)
    const layers = await probeLayers({ entry: finds, memoryBytes: 64 * MiB, calls: 10, without: ['bubblewrap'] })
    expect(JSON.parse((await said(layers.command('{}'))).text)).toEqual([3, 4])
    layers.close()
    closeSync(secret)
  })
})
