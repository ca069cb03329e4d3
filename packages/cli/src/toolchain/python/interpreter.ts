/** @module interpreter: the author's Python, and the virtual environment that the CLI keeps beside it in its cache. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ran, runChild } from '../../child.ts'
import { CliError } from '../../world.ts'
import type { BuildOptions } from '../index.ts'

/** What makes components of Python; its interpreter and standard library are what runs in them. */
export const COMPONENTIZE_PY = '0.25.1'
/** The Python inside of it: packages are resolved for this one, whatever runs the build. */
export const PYTHON_INSIDE = '3.14'
const LEAST: readonly [number, number] = [3, 10]

const CANDIDATES =
  process.platform === 'win32'
    ? ['python', 'python3']
    : ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`), 'python']

export const INSTALL_PYTHON = process.platform === 'darwin' ? 'brew install python' : 'apt-get install python3'
export const INSTALL_VENV = process.platform === 'darwin' ? 'brew install python' : 'apt-get install python3-venv'

/** Of this shell only what finds and fetches: a variable of the machine has no business in a build. */
function childEnv(more: Record<string, string> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|TMPDIR|TEMP|TMP|SYSTEMROOT|LANG)$/i.test(name),
  )
  return { HOME: homedir(), ...(Object.fromEntries(kept) as Record<string, string>), ...more }
}

/** pip may need the way out that this machine has: its own settings, proxies, certificates. */
function pipEnv(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PIP_(?!REQUIRE_VIRTUALENV|TARGET|PREFIX|USER)|(HTTPS?|ALL|NO)_PROXY$|SSL_CERT_|REQUESTS_CA_BUNDLE$|XDG_)/i.test(
      name,
    ),
  )
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
  }
}

export interface RunOptions {
  signal?: AbortSignal | undefined
  cwd?: string
  env?: Record<string, string>
}

export function runTool(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const world = {
    cwd: options.cwd ?? tmpdir(),
    env: childEnv({ PYTHONDONTWRITEBYTECODE: '1', ...options.env }),
    signal: options.signal ?? new AbortController().signal,
  }
  return runChild(world, command, args)
}

export interface Interpreter {
  command: string
  version: string
}

const PROBE = 'import sys; print("%d.%d.%d" % sys.version_info[:3])'

/** The first Python that is new enough; else the newest that is not, or undefined. */
export async function findPython(): Promise<Interpreter | undefined> {
  let old: Interpreter | undefined
  for (const command of CANDIDATES) {
    const { code, stdout } = await runTool(command, ['-c', PROBE])
    if (code !== 0) continue
    const version = stdout.trim()
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return { command, version }
    old ??= { command, version }
  }
  return old
}

/** Debian ships Python without what makes a virtual environment. */
export async function findVenv(): Promise<string | undefined> {
  const python = await findPython()
  if (python === undefined) return undefined
  const { code } = await runTool(python.command, ['-c', 'import venv, ensurepip'])
  return code === 0 ? python.version : undefined
}

async function neededPython(): Promise<Interpreter> {
  const python = await findPython()
  const [major = 0, minor = 0] = (python?.version ?? '0.0').split('.').map(Number)
  if (python !== undefined && (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]))) return python
  throw new CliError('environment', `Python ${LEAST.join('.')} or newer is needed to build a piece in Python`, {
    details: [
      python === undefined ? `looked for ${CANDIDATES.join(', ')}` : `found ${python.command} ${python.version}`,
    ],
    remedy: INSTALL_PYTHON,
  })
}

/** Where a build without a cache of its own keeps what serves again; safe to delete. */
const ownCache = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ap-wasm/tools')

export const pythonCache = (options: BuildOptions): string => join(options.cacheFolder ?? ownCache(), 'python')

/** The virtual environment's own Python, which has componentize-py and pip; made at the first build, kept by its versions. */
export async function environment(options: BuildOptions): Promise<string> {
  const python = await neededPython()
  const key = createHash('sha256').update(`${python.command} ${python.version}`).digest('hex').slice(0, 8)
  const folder = join(pythonCache(options), `componentize-py-${COMPONENTIZE_PY}-${key}`)
  const inside = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'
  if (!existsSync(join(folder, inside))) await makeEnvironment(python, folder, inside, options)
  return join(folder, inside)
}

async function makeEnvironment(
  python: Interpreter,
  folder: string,
  inside: string,
  { signal }: BuildOptions,
): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true })
  const half = await mkdtemp(`${folder}.`)
  try {
    const made = await runTool(python.command, ['-m', 'venv', half], { signal })
    if (made.code !== 0)
      throw new CliError('environment', `${python.command} ${python.version} cannot make a virtual environment`, {
        details: made.said.trim().split('\n'),
        remedy: INSTALL_VENV,
      })
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--only-binary=:all:',
      '--upgrade',
      'pip==25.3',
      `componentize-py==${COMPONENTIZE_PY}`,
    ]
    const fetched = await runTool(join(half, inside), args, { signal, env: pipEnv() })
    if (fetched.code !== 0)
      throw new CliError('environment', `componentize-py ${COMPONENTIZE_PY} could not be fetched from PyPI`, {
        details: fetched.said.trim().split('\n').slice(-5),
        remedy: 'go online once: later builds need no network. A proxy or an index of your own is what pip is told',
      })
    // Another build may have been faster: then its environment serves.
    await rename(half, folder).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(join(folder, inside))) throw error
    })
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}

export type Pip = (args: readonly string[], cwd: string) => Promise<Ran>

export const pipOf =
  (python: string, signal: AbortSignal | undefined): Pip =>
  (args, cwd) =>
    runTool(python, ['-m', 'pip', ...args], { signal, cwd, env: pipEnv() })

/** componentize-py's own program, by its function: the script beside Python names the folder it was made in. */
const SCRIPT = 'import sys; from componentize_py import script; sys.argv[0] = "componentize-py"; sys.exit(script())'

/** `empty` stands for a virtual environment, or the tool would take packages from whatever is active in the shell. */
export const componentize = (
  python: string,
  args: readonly string[],
  { signal, empty }: { signal: AbortSignal | undefined; empty: string },
): Promise<Ran> => runTool(python, ['-c', SCRIPT, ...args], { signal, cwd: empty, env: { VIRTUAL_ENV: empty } })
