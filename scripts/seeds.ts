/**
 * The example pieces as artifacts, for a registry that begins with something real. What did not change since is kept in
 * `.cache/seeds`; an example whose tools this machine lacks is left out, with the line that installs them.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { contentKey } from '../test/built.ts'
import { CACHE_HOME, lacking } from '../test/toolchains.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = `${root}packages/cli/dist/launch.js`
const cache = `${root}.cache/seeds`

export interface Seed {
  example: string
  /** The artifact; undefined: `lack` says why there is none. */
  file?: string
  lack?: string
}

const languageOf = (example: string): string =>
  JSON.parse(readFileSync(`${root}examples/${example}/piece.json`, 'utf8')).language

const examples = (): string[] =>
  readdirSync(`${root}examples`).filter((name) => existsSync(`${root}examples/${name}/piece.json`))

/** Beside its code, what an artifact carries of its folder. */
async function keyOf(example: string, language: string): Promise<string> {
  const hash = createHash('sha256').update(await contentKey(`examples/${example}`, language))
  const folder = `${root}examples/${example}`
  const beside = ['README.md', 'icon.png', 'piece.json']
  const cases = existsSync(`${folder}/tests`)
    ? readdirSync(`${folder}/tests`, { recursive: true, encoding: 'utf8' })
    : []
  for (const file of [
    ...beside,
    ...cases.filter((name) => name.endsWith('.json')).map((name) => `tests/${name}`),
  ].sort())
    if (existsSync(`${folder}/${file}`)) hash.update(`\0${file}\0`).update(readFileSync(`${folder}/${file}`))
  return hash.digest('hex').slice(0, 16)
}

/** As an author builds it. False: it failed, and has said why. */
function build(example: string, out: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, 'build', '--quiet', '--out', out], {
      cwd: `${root}examples/${example}`,
      env: { ...process.env, XDG_CACHE_HOME: CACHE_HOME },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    child.on('exit', (code) => resolve(code === 0))
  })
}

/** One after the other, as they are ready; `say` is told what is waited for. */
export async function* seeds(say: (words: string) => void): AsyncGenerator<Seed> {
  mkdirSync(cache, { recursive: true })
  for (const example of examples()) {
    const language = languageOf(example)
    const lack = await lacking(language)
    if (lack !== undefined) {
      yield { example, lack }
      continue
    }
    const file = `${cache}/${example}-${await keyOf(example, language)}.wasm`
    if (!existsSync(file)) {
      say(`building examples/${example} (${language}); this happens once, until it changes …`)
      const began = performance.now()
      if (!(await build(example, file))) {
        yield { example, lack: 'its build failed, for the reason above' }
        continue
      }
      // What it replaces goes once there is something in its place.
      for (const old of readdirSync(cache))
        if (old.startsWith(`${example}-`) && `${cache}/${old}` !== file) rmSync(`${cache}/${old}`)
      say(`built in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    }
    yield { example, file }
  }
}
