/**
 * What the suites use beyond npm: the tools of each language (those that `ap-wasm doctor` names) and the servers and
 * programs that tests talk to. Installs what this machine can get, and names the rest with its line.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { languages } from '../packages/cli/src/toolchain/index.ts'
import { checkRequirements, shortfall } from '../packages/cli/src/toolchain/requirements.ts'
import { PACKAGES_LINE } from '../packages/cli/src/toolchain/rust.ts'
import { GO_BIN, GO_PROGRAMS, goProgram } from '../test/go-programs.ts'
import { buildWstd } from '../test/outside/wstd.ts'
import { TOOL_CACHE } from '../test/toolchains.ts'

/** Programs that suites run, by the Debian package that brings them. */
const PROGRAMS: readonly { program: string; package: string; for: string }[] = [
  { program: 'prlimit', package: 'util-linux', for: 'limits of a cell' },
  { program: 'bwrap', package: 'bubblewrap', for: 'isolation of a cell' },
  { program: 'chromium', package: 'chromium', for: 'pages in a browser' },
  { program: 'psql', package: 'postgresql', for: 'a registry on PostgreSQL' },
]

const isThere = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))

interface Lack {
  what: string
  line: string
}

async function lacks(): Promise<Lack[]> {
  const tools = await checkRequirements(languages())
  return [
    ...tools
      .filter(({ enough }) => !enough)
      .map((tool) => ({ what: shortfall(tool), line: LINES[tool.language] ?? tool.install })),
    ...GO_PROGRAMS.filter(({ program }) => goProgram(program) === undefined).map((one) => ({
      what: `${one.program} not found; needed for ${one.for}`,
      line: `${GO_INSTALL}${one.module}`,
    })),
    ...PROGRAMS.filter(({ program }) => !isThere(program)).map((one) => ({
      what: `${one.program} not found; needed for ${one.for}`,
      line: `apt-get install ${one.package}`,
    })),
  ]
}

/** What a machine without rustup's servers can get. */
const LINES: Readonly<Record<string, string>> = { rust: PACKAGES_LINE }

const APT = /^apt-get install /
const GO_INSTALL = 'go install '

function run(command: string, args: readonly string[], more: Record<string, string> = {}): void {
  console.error(`$ ${[command, ...args].join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...more }
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
}

/** Into the cache of the clone, for whoever has Go. */
function installGoPrograms(missing: readonly Lack[]): void {
  if (!isThere('go')) return
  for (const { line } of missing)
    if (line.startsWith(GO_INSTALL)) run('go', line.split(' ').slice(1), { GOBIN: GO_BIN, GOFLAGS: '-mod=mod' })
}

/** As root on Debian; elsewhere a person decides. */
function install(missing: readonly Lack[]): void {
  if (process.getuid?.() !== 0 || !isThere('apt-get')) return
  const packages = missing.flatMap(({ line }) => (APT.test(line) ? line.replace(APT, '').split(' ') : []))
  if (packages.length === 0) return
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...new Set(packages)])
}

/** Once, with the network: suites build without it, as an author's machine does after its first build. */
async function prepare(): Promise<void> {
  for (const toolchain of languages()) {
    const checked = await checkRequirements([toolchain])
    if (checked.every(({ enough }) => enough)) await toolchain.prepare?.({ cacheFolder: TOOL_CACHE })
  }
}

let missing = await lacks()
if (missing.length > 0) {
  install(missing)
  installGoPrograms(missing)
  missing = await lacks()
}
for (const { what, line } of missing) console.error(`${what}\n  ${line}`)
await prepare()
try {
  await buildWstd(TOOL_CACHE)
} catch (error) {
  // Its suite is skipped then, as one whose tools are missing.
  if (process.env.AP_WASM_TOOLCHAINS === 'required') throw error
  console.error(String(error))
}
if (missing.length > 0 && process.env.AP_WASM_TOOLCHAINS === 'required') process.exit(1)
if (missing.length > 0) console.error('suites that need them are skipped, each by name')
