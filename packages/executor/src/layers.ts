/**
 * @module layers: the walls around a cell's process that this machine can put up, found by trying them. A wall that does
 * not stand here is named with the reason; an operator may demand some (`AP_WASM_REQUIRE_LAYERS`).
 */
import { spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, realpathSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PieceError } from './errors.ts'
import { seccompFilter } from './layers/seccomp.ts'

/** What each layer stops, beside the ones before it. In the order in which they are tried. */
export const LAYERS = {
  permission: 'Node denies files, network, processes, workers, add-ons, inspector and SQLite to JavaScript',
  prlimit: 'the kernel bounds memory, open files, files written and core dumps of the process',
  bubblewrap: 'no file but node, its libraries and the cell; no network; no other process in sight',
  seccomp: 'the kernel refuses sockets, signals, tracing, new processes, mounts, keys, bpf and io_uring',
  uid: 'a user of its own without privileges: signals and priorities of other processes are refused',
} as const
export type LayerName = keyof typeof LAYERS

export interface Layer {
  name: LayerName
  present: boolean
  /** Why it is not there. */
  reason?: string
}

export interface CellCommand {
  file: string
  args: string[]
  /** Descriptors after fd 4; the caller closes them once the process runs. */
  fds: number[]
}

export interface Layers {
  readonly list: readonly Layer[]
  /** The command of one more cell. */
  command(settings: string): CellCommand
  close(): void
}

const MiB = 1024 * 1024
const KiB = 1024
/**
 * What the kernel counts as data beside the linear memories, touched or not, so that V8's own fatal error is not reached
 * before our budget is: 570 MiB of an idle cell, room for code and buffers, and 1.1 MiB of stack for each suspended call.
 */
const BESIDE_BYTES = 1024 * MiB
const SUSPENDED_BYTES = 1_200 * KiB
const OPEN_FILES = 128
/** The marker holds four bytes, and lives in memory that no other bound counts. */
const FILE_BYTES = 4 * KiB
const PROBE_MS = 10_000
/** A range that Debian and systemd leave free; each cell has its own, so that no cell can signal another. */
const FIRST_UID = 65_000
const UIDS = 500
/** What the user is called inside bubblewrap's own namespace. */
const NOBODY = 65_534
/** Right after the marker. */
const FILTER_FD = 5

/** What the engine is told about WebAssembly. */
export const ENGINE_FLAGS = [
  // A module's functions are validated when they first run, not all before the first call: `buildProduct` has validated them.
  '--wasm-lazy-validation',
  // Metered functions are larger, and V8 (whose default is 3) then inlines less: counted kernels run 8 % faster with this.
  '--wasm-inlining-factor=6',
]
const NODE_FLAGS = [
  '--permission',
  '--no-experimental-sqlite',
  '--disable-sigusr1',
  ...ENGINE_FLAGS,
  '--disable-warning=ExperimentalWarning',
]

interface Places {
  node: string
  entry: string
  libraries: readonly string[]
  tools: Readonly<Record<string, string | undefined>>
  dataBytes: number
}

function toolPath(name: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    if (folder === '') continue
    try {
      const path = join(folder, name)
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

/** The shared libraries that node has loaded here; add-ons of this process are none of a cell's business. */
function libraries(): string[] {
  // Without it the report looks up the name of each peer that this process is connected to.
  const report = process.report as typeof process.report & { excludeNetwork: boolean }
  const before = report.excludeNetwork
  report.excludeNetwork = true
  const { sharedObjects } = report.getReport() as unknown as { sharedObjects?: string[] }
  report.excludeNetwork = before
  return (sharedObjects ?? []).filter((path) => path.startsWith('/') && /\.so(\.\d+)*$/.test(path))
}

/** Innermost last: the arguments that each layer puts before the node command. */
function wrap(on: ReadonlySet<LayerName>, places: Places, uid: number): string[] {
  const out: string[] = []
  if (on.has('prlimit'))
    out.push(
      places.tools.prlimit!,
      `--data=${places.dataBytes}`,
      '--core=0',
      `--nofile=${OPEN_FILES}`,
      `--fsize=${FILE_BYTES}`,
      '--',
    )
  if (on.has('uid'))
    out.push(
      places.tools.setpriv!,
      `--reuid=${uid}`,
      `--regid=${uid}`,
      '--clear-groups',
      '--no-new-privs',
      '--bounding-set=-all',
      '--inh-caps=-all',
      // Bubblewrap sees to that itself; killed before it does, it would leave a child.
      ...(on.has('bubblewrap') ? [] : ['--pdeathsig=KILL']),
      '--',
    )
  if (on.has('bubblewrap')) {
    // --as-pid-1: without it a reaper of bubblewrap's would stand between us and node.
    out.push(places.tools.bwrap!, '--unshare-all', '--unshare-user', '--die-with-parent', '--new-session', '--as-pid-1')
    out.push('--uid', String(NOBODY), '--gid', String(NOBODY))
    for (const path of [...places.libraries, places.node, places.entry]) out.push('--ro-bind', path, path)
    if (on.has('seccomp')) out.push('--seccomp', String(FILTER_FD))
    out.push('--chdir', '/', '--')
  }
  return out
}

/** Runs node under the layers until it has read the entry; resolves to what went wrong, if anything. */
function attempt(command: CellCommand): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command.file, command.args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'ignore', ...command.fds],
      env: {},
      timeout: PROBE_MS,
      killSignal: 'SIGKILL',
    })
    for (const fd of command.fds) closeSync(fd)
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 2_000) said += chunk.toString('utf8')
    })
    child.stderr?.on('error', () => {})
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else resolve(`${signal ?? `exit ${code}`}: ${said.trim().split('\n')[0] ?? ''}`)
    })
  })
}

/** An unlinked file that holds the filter. bwrap reads to its end, so each cell needs a description of its own. */
function filterFile(filter: Uint8Array): number {
  const path = join(tmpdir(), `ap-wasm-filter-${process.pid}-${Math.random().toString(36).slice(2)}`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  writeSync(fd, filter)
  return fd
}

/** Why a layer cannot even be tried here. */
function unfit(name: LayerName, places: Places, filter: number | undefined): string | undefined {
  const tool = { prlimit: 'prlimit', uid: 'setpriv', bubblewrap: 'bwrap' }[name as string]
  if (tool !== undefined) {
    if (process.platform !== 'linux') return `there is none on ${process.platform}`
    if (places.tools[tool] === undefined) return `${tool} is not installed`
  }
  if (name === 'uid' && process.getuid?.() !== 0) return 'only root can change to another user'
  if (name === 'seccomp') {
    if (places.tools.bwrap === undefined) return 'it is set by bubblewrap, which is not installed'
    if (filter === undefined) return `no filter is written for ${process.platform} ${process.arch}`
  }
  return undefined
}

export async function probeLayers(options: {
  entry: string
  /** Of a cell: linear memories of all calls, and calls at once. */
  memoryBytes: number
  calls: number
  /** Layers that are not used even if they stand. */
  without?: readonly LayerName[]
}): Promise<Layers> {
  const places: Places = {
    node: realpathSync(process.execPath),
    entry: realpathSync(options.entry),
    libraries: process.platform === 'linux' ? libraries() : [],
    tools: { prlimit: toolPath('prlimit'), setpriv: toolPath('setpriv'), bwrap: toolPath('bwrap') },
    dataBytes: options.memoryBytes + options.calls * SUSPENDED_BYTES + BESIDE_BYTES,
  }
  const program = process.platform === 'linux' ? seccompFilter(process.arch) : undefined
  const filter = program === undefined || places.tools.bwrap === undefined ? undefined : filterFile(program)
  let cells = Math.floor(Math.random() * UIDS)

  const command = (on: ReadonlySet<LayerName>, flags: readonly string[], settings: readonly string[]): CellCommand => {
    const uid = FIRST_UID + (cells++ % UIDS)
    const [file, ...args] = [...wrap(on, places, uid), places.node, ...NODE_FLAGS, ...flags, places.entry, ...settings]
    return { file: file!, args, fds: on.has('seccomp') ? [openSync(`/proc/self/fd/${filter}`, 'r')] : [] }
  }
  const works = (on: ReadonlySet<LayerName>): Promise<string | undefined> => attempt(command(on, ['--check'], []))

  const reasons = new Map<LayerName, string>()
  const fit = (Object.keys(LAYERS) as LayerName[]).filter((name) => {
    const off = options.without?.includes(name) || (name === 'seccomp' && reasons.has('bubblewrap'))
    const reason = unfit(name, places, filter) ?? (off ? 'switched off' : undefined)
    if (reason !== undefined) reasons.set(name, reason)
    return reason === undefined
  })
  let on = new Set(fit)
  if ((await works(on)) !== undefined) {
    on = new Set()
    for (const name of fit) {
      const more = new Set([...on, name])
      const wrong = name === 'seccomp' && !on.has('bubblewrap') ? 'bubblewrap is off' : await works(more)
      if (wrong === undefined) on = more
      else reasons.set(name, wrong)
    }
  }
  if (!on.has('permission')) {
    if (filter !== undefined) closeSync(filter)
    throw new PieceError('AP_NO_CELL', { detail: `a cell cannot be started: ${reasons.get('permission')}` })
  }
  return {
    list: (Object.keys(LAYERS) as LayerName[]).map((name) => {
      const reason = reasons.get(name)
      return reason === undefined ? { name, present: true } : { name, present: false, reason }
    }),
    command: (settings) => command(on, [], [settings]),
    close: () => {
      if (filter !== undefined) closeSync(filter)
    },
  }
}

/** Throws AP_LAYER_MISSING if the machine lacks a layer that the operator demands. */
export function demandLayers(layers: Layers, demanded: readonly string[]): void {
  const present = layers.list.filter((layer) => layer.present).map((layer) => layer.name as string)
  const missing = demanded.filter((name) => !present.includes(name))
  if (missing.length === 0) return
  const why = missing.map((name) => {
    const reason = layers.list.find((layer) => layer.name === name)?.reason ?? 'there is no such layer'
    return `${name} (${reason})`
  })
  throw new PieceError('AP_LAYER_MISSING', { missing: why.join(', '), present: present.join(', ') })
}
