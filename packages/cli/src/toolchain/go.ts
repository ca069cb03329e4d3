/** @module go: the Go compiler alone makes a core module for WASI preview 1; our adapter makes a component of it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PieceJson } from '@ap-wasm/executor'
import { coerce, satisfies } from 'semver'
import { CliError } from '../world.ts'
import { componentOf } from './componentize.ts'
import { withoutCustomSections } from './functions.ts'
import { moduleParts } from './go/parts.ts'
import type { BuildOptions, Built, Requirement, Toolchain } from './index.ts'
import { preview1Adapter } from './preview1.ts'

const NEED = '>=1.26'
const SDK = 'github.com/ap-wasm/piece-go'
/** What a compiler says about many errors; its own limit is ten for each package. */
const SAID_BYTES = 4 * 1024 * 1024

const runs = promisify(execFile)

const found = (): Promise<string | undefined> =>
  runs('go', ['env', 'GOVERSION'], { env: { ...process.env, GOTOOLCHAIN: 'local' } }).then(
    ({ stdout }) => stdout.trim().replace(/^go/, ''),
    () => undefined,
  )

const ARCHIVE = `go1.26.8.linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}.tar.gz`

const compiler: Requirement = {
  tool: 'go',
  need: NEED,
  found,
  install:
    process.platform === 'darwin'
      ? 'brew install go'
      : `curl -fsSL https://go.dev/dl/${ARCHIVE} | tar -xz -C /usr/local && ln -sf /usr/local/go/bin/go /usr/local/bin/go`,
}

async function checkTool(): Promise<string> {
  const version = await found()
  if (version !== undefined && satisfies(coerce(version) ?? '0.0.0', NEED)) return version
  throw new CliError('environment', `go ${version ?? 'was not found'}; needed: ${NEED}`, { remedy: compiler.install })
}

const FLAGS = ['-trimpath', '-buildvcs=false', '-buildmode=c-shared']

/** Names are taken for the report of sizes, and out of the component. Go's collector is told how much memory there is. */
const linkFlags = (memoryBytes: number | undefined): string =>
  [
    '-ldflags=-w -buildid=',
    ...(memoryBytes === undefined ? [] : [`-X ${SDK}/internal/abi.memoryBytes=${memoryBytes}`]),
  ].join(' ')

async function memoryOf(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'piece.json'), 'utf8').catch(() => '{}')
  return (JSON.parse(text) as Partial<PieceJson>).limits?.memoryBytes
}
/** Requests leave through the host: the HTTP/2 of net/http would be 0.8 MB that nothing calls. */
const TAGS = 'nethttpomithttp2'

/** A flag of the command line stands in place of the author's own. */
const tags = (): string => [TAGS, ...(/-tags[= ](\S+)/.exec(process.env.GOFLAGS ?? '')?.slice(1) ?? [])].join(',')

function environment({ cacheFolder }: BuildOptions): NodeJS.ProcessEnv {
  const { GOCACHE } = process.env
  return {
    ...process.env,
    ...{ GOOS: 'wasip1', GOARCH: 'wasm', CGO_ENABLED: '0', GOWASM: '', GOEXPERIMENT: '' },
    ...(GOCACHE === undefined && cacheFolder !== undefined && { GOCACHE: join(cacheFolder, 'go-build') }),
  }
}

async function compile(folder: string, target: string, options: BuildOptions): Promise<void> {
  const run = { cwd: folder, env: environment(options), signal: options.signal, maxBuffer: SAID_BYTES }
  try {
    await runs('go', ['build', ...FLAGS, linkFlags(await memoryOf(folder)), `-tags=${tags()}`, '-o', target, '.'], run)
  } catch (error) {
    if (options.signal?.aborted) throw error
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new CliError('failed', 'go build failed', { details: [`${stdout}${stderr}`.trimEnd()] })
  }
}

const NO_PIECE = `import "${SDK}/piece" and call piece.Define in the program's main`

async function build(folder: string, options: BuildOptions = {}): Promise<Built> {
  const version = await checkTool()
  const manifest = await readFile(join(folder, 'go.mod'), 'utf8').catch(() => undefined)
  if (manifest === undefined)
    throw new CliError('failed', 'there is no go.mod in this folder', {
      remedy: 'go mod init <name>, then go get the SDK; ap-wasm init --language go makes a folder that has both',
    })
  const work = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  try {
    const target = join(work, 'core.wasm')
    await compile(folder, target, options)
    const module = await readFile(target)
    const core = withoutCustomSections(module)
    const component = await componentOf(core, { adapter: await preview1Adapter(), remedy: NO_PIECE })
    const parts = moduleParts(module, /^module\s+(\S+)/m.exec(manifest)?.[1] ?? '')
    return {
      component,
      parts: [...parts, { name: 'adapter and bindings', bytes: component.length - sum(parts) }],
      tools: { go: version },
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const sum = (parts: readonly { bytes: number }[]): number => parts.reduce((all, { bytes }) => all + bytes, 0)

/** The standard library for this target, which the first build compiles: half a minute that later ones are spared. */
async function prepare(options: BuildOptions): Promise<void> {
  await checkTool()
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  try {
    await writeFile(join(folder, 'go.mod'), 'module prepare\n\ngo 1.26\n')
    const imports = ['encoding/json', 'log/slog', 'net/http', 'math/rand/v2'].map((name) => `import _ "${name}"\n`)
    await writeFile(join(folder, 'main.go'), `package main\n\n${imports.join('')}\nfunc main() {}\n`)
    await compile(folder, join(folder, 'prepare.wasm'), options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const go: Toolchain = { language: 'go', requirements: [compiler], prepare, build }
