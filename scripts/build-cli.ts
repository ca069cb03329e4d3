/** What the CLI carries beside its code, so that an author needs no clone: templates, the contract and its schemas, the SDKs. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'packages/cli/dist')

/** What a tool left behind in a template or an SDK. */
const LEFT_OVER: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'target',
  '.ap-wasm',
  '.venv',
  '.pytest_cache',
  '__pycache__',
])

const COPY = { recursive: true, preserveTimestamps: true, filter: (source: string) => !LEFT_OVER.has(basename(source)) }

function fresh(name: string): string {
  const folder = join(dist, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

function copyTemplates(): void {
  const folder = fresh('templates')
  cpSync(join(root, 'templates'), folder, COPY)
  // npm obeys a .gitignore in a package and leaves it out.
  for (const name of readdirSync(folder)) {
    const ignore = join(folder, name, '.gitignore')
    if (existsSync(ignore)) renameSync(ignore, join(folder, name, '_gitignore'))
  }
}

/** Each under its language: TypeScript's as npm packs it, the others as their sources. */
function packSdks(): void {
  const folder = fresh('sdks')
  packTypescript(join(folder, 'typescript'))
  for (const language of readdirSync(join(root, 'sdks')))
    if (language !== 'typescript') cpSync(join(root, 'sdks', language), join(folder, language), COPY)
}

function packTypescript(target: string): void {
  mkdirSync(target, { recursive: true })
  const args = ['pack', join(root, 'sdks/typescript'), '--pack-destination', target, '--silent']
  const done = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error('the TypeScript SDK could not be packed')
}

export async function build(): Promise<void> {
  copyTemplates()
  packSdks()
  cpSync(join(root, 'wit'), fresh('wit'), { recursive: true })
  cpSync(join(root, 'packages/cli/src/toolchain/preview1.wat'), join(dist, 'toolchain/preview1.wat'))
  // npm does this once, when it links the command; the next build writes the file anew.
  chmodSync(join(dist, 'launch.js'), 0o755)
}

if (import.meta.main) await build()
