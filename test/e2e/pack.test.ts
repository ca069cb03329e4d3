/** What npm would publish works by itself: every file that is needed is packed, every package that is imported is declared. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Author } from './author.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGES = ['packages/executor', 'packages/cli', 'sdks/typescript']

let folder: string
let author: Author
const modules = (name: string): string => join(folder, 'node_modules', name)

/** Unpacks as npm does; what it depends on is linked from the clone, and nothing else can be found. */
function install(source: string): void {
  const args = ['pack', join(root, source), '--pack-destination', folder, '--silent']
  const tarball = execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }).trim()
  const { name, dependencies = {} } = JSON.parse(readFileSync(join(root, source, 'package.json'), 'utf8')) as {
    name: string
    dependencies?: Record<string, string>
  }
  rmSync(modules(name), { recursive: true, force: true })
  mkdirSync(modules(name), { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', modules(name), '--strip-components=1'])
  for (const dependency of Object.keys(dependencies)) {
    mkdirSync(dirname(modules(dependency)), { recursive: true })
    try {
      symlinkSync(join(root, 'node_modules', dependency), modules(dependency))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ap-wasm-pack-'))
  for (const source of PACKAGES) install(source)
  author = new Author(join(modules('ap-wasm'), 'dist/launch.js'))
})
afterAll(async () => {
  await author?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('no package carries sources, tests or secrets of the clone', () => {
  for (const name of ['ap-wasm', '@ap-wasm/executor', '@ap-wasm/piece']) {
    const files = readdirSync(modules(name), { recursive: true, encoding: 'utf8' })
    const own = files.filter((file) => !file.includes('templates'))
    expect(own.filter((file) => /\.(test|suite)\.|(?<!\.d)\.ts$|node_modules|\.sqlite/.test(file))).toEqual([])
  }
})

test('the command line starts, makes a piece, builds, tests and runs it', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string }
  expect(await author.run(author.home, '--version')).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' })
  expect(await author.run(author.home, 'init', 'one', '--language', 'typescript')).toMatchObject({ exit: 0 })
  const piece = join(author.home, 'one')
  expect(await author.run(piece, 'test')).toMatchObject({ exit: 0 })
  const ran = await author.run(piece, 'run', 'count_words', '--props', '{"text":"a"}')
  expect(JSON.parse(ran.stdout)).toMatchObject({ words: 1 })
})
