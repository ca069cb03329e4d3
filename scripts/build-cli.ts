/** What the CLI carries beside its code, so that an author needs no clone: templates, the contract and its schemas, the SDKs. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'packages/cli/dist')

/** What a tool left behind in a template. */
const LEFT_OVER: ReadonlySet<string> = new Set(['node_modules', 'dist', 'target', '.ap-wasm', '__pycache__'])

function fresh(name: string): string {
  const folder = join(dist, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

function copyTemplates(): void {
  const folder = fresh('templates')
  cpSync(join(root, 'templates'), folder, { recursive: true, filter: (source) => !LEFT_OVER.has(basename(source)) })
  // npm obeys a .gitignore in a package and leaves it out.
  for (const name of readdirSync(folder)) {
    const ignore = join(folder, name, '.gitignore')
    if (existsSync(ignore)) renameSync(ignore, join(folder, name, '_gitignore'))
  }
}

function packTypescript(): void {
  const target = join(fresh('sdk'), 'typescript')
  mkdirSync(target, { recursive: true })
  const args = ['pack', join(root, 'sdks/typescript'), '--pack-destination', target, '--silent']
  const done = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error('the TypeScript SDK could not be packed')
}

export async function build(): Promise<void> {
  copyTemplates()
  packTypescript()
  cpSync(join(root, 'wit'), fresh('wit'), { recursive: true })
  // npm does this once, when it links the command; the next build writes the file anew.
  chmodSync(join(dist, 'launch.js'), 0o755)
}

if (import.meta.main) await build()
