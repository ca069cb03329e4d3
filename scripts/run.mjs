// Runs one of the workspace's commands on the pinned Node, after installing what is missing.
// Plain JavaScript without dependencies: it must work on whatever Node a fresh clone meets.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const stamp = join(root, 'node_modules', '.ap-wasm-lock')

function run(command, args, env = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (done.error) {
    console.error(`${command} could not be started: ${done.error.message}`)
    process.exit(3)
  }
  if (done.status !== 0) process.exit(done.status ?? 1)
}

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  // --no-audit: an audit is a network call that a run of the tests does not wait for.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, lock)
}

const node = (...args) =>
  run(join(bin, 'node'), ['--disable-warning=ExperimentalWarning', ...args], { PATH: `${bin}:${process.env.PATH}` })
/** For what runs until it is told to end: signals reach it, and not only this process. */
function hand(...args) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const child = spawn(join(bin, 'node'), ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  })
  // Ctrl-C reaches both from the terminal.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
const tool = (name, ...args) => run(join(bin, name), args, { PATH: `${bin}:${process.env.PATH}` })

const [command, ...rest] = process.argv.slice(2)
const commands = {
  build: () => node('scripts/build.ts', ...rest),
  check: () => {
    tool('biome', 'check', '--error-on-warnings')
    tool('tsc', '--noEmit')
  },
  fix: () => tool('biome', 'check', '--write'),
  toolchains: () => node('--conditions=@ap-wasm/source', 'scripts/toolchains.ts', ...rest),
  test: () => {
    node('--conditions=@ap-wasm/source', 'scripts/toolchains.ts')
    commands.build()
    if (rest.length === 0) commands.check()
    node(join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...rest)
  },
  audit: () => node('scripts/audit.mjs'),
  sbom: () => node('scripts/sbom.mjs', ...rest),
  fuzz: () => node('--conditions=@ap-wasm/source', 'test/fuzz/main.ts', ...rest),
  proof: () => {
    commands.build()
    node('--conditions=@ap-wasm/source', 'test/proof/main.ts', ...rest)
  },
  conformance: () => node('--conditions=@ap-wasm/source', 'test/outside/main.ts', ...rest),
  bench: () => {
    commands.build()
    node('--conditions=@ap-wasm/source', 'test/bench/main.ts', ...rest)
  },
  start: () => {
    commands.build()
    hand('scripts/start.ts', ...rest)
  },
  registry: () => {
    commands.build()
    hand('scripts/registry.ts', ...rest)
  },
}
if (!Object.hasOwn(commands, command ?? '')) {
  console.error(`unknown command "${command}"; one of: ${Object.keys(commands).join(', ')}`)
  process.exit(2)
}
install()
commands[command]()
