/** @module c: one clang makes a core module of the piece's sources, the SDK's and a JSON library; then it is a component. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../child.ts'
import { CliError } from '../world.ts'
import { findCompiler, INSTALL, neededVersion } from './c/compiler.ts'
import { FLAGS, libraryObjects, sdkFolder } from './c/library.ts'
import { mapParts } from './c/parts.ts'
import { componentOf } from './componentize.ts'
import type { BuildOptions, Built, Requirement, Toolchain } from './index.ts'
import { preview1Adapter } from './preview1.ts'

const STACK_BYTES = 128 * 1024
const LINK = ['-mexec-model=reactor', `-Wl,--gc-sections,--strip-all,-z,stack-size=${STACK_BYTES}`]

async function build(folder: string, options: BuildOptions = {}): Promise<Built> {
  const compiler = await findCompiler()
  if (compiler === undefined)
    throw new CliError('environment', 'no C compiler for WebAssembly was found', { remedy: INSTALL })
  const sources = await sourcesOf(folder)
  await checkDescription(folder)
  const sdk = sdkFolder(folder)
  const world = { cwd: folder, env: process.env, signal: options.signal ?? new AbortController().signal }
  const work = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  try {
    const library = await libraryObjects(compiler, sdk, options.cacheFolder ?? work, world)
    const run = async (args: readonly string[]) => {
      const [command, ...first] = compiler.command
      const { code, said } = await runChild(world, command!, [...first, ...compiler.target, ...args])
      if (code === 0) return said.trim()
      throw new CliError('failed', 'the compiler refuses the piece', { details: said.trimEnd().split('\n') })
    }
    const own = [...sources, join(sdk, 'src/ap_description.c')]
    const objects = own.map((_, i) => join(work, `${i}.o`))
    const told = await Promise.all(
      own.map((source, i) => run([...FLAGS, ...included(sdk), '--embed-dir=src', '-c', source, '-o', objects[i]!])),
    )
    const core = join(work, 'core.wasm')
    const map = join(work, 'core.map')
    await run([...LINK, ...compiler.link, ...compiler.map(map), ...objects, ...library, '-o', core])
    const component = await componentOf(await readFile(core), {
      adapter: await preview1Adapter(),
      remedy:
        'call the host through ap_piece.h alone; a function of libc that opens files or sockets has nothing to open',
    })
    const names = new Map(own.map((source, i) => [`${i}.o`, i < sources.length ? source : 'src/description.json']))
    return {
      component,
      parts: mapParts(component, await readFile(map, 'utf8').catch(() => ''), names),
      tools: { clang: compiler.version },
      warnings: told.filter((text) => text !== ''),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const included = (sdk: string): string[] => ['include', 'vendor/yyjson'].map((name) => `-I${join(sdk, name)}`)

/** Relative, as the compiler and `__FILE__` tell them. */
async function sourcesOf(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'src'), { recursive: true }).catch(() => [])
  const sources = names.filter((name) => name.endsWith('.c')).sort()
  if (sources.length > 0) return sources.map((name) => join('src', name))
  throw new CliError('failed', 'src/ holds no .c file', { remedy: 'write the piece in src/main.c' })
}

async function checkDescription(folder: string): Promise<void> {
  const file = join(folder, 'src/description.json')
  const remedy = 'it says what a person sees of the piece: titles, properties, connections (docs/other-languages.md)'
  if (!existsSync(file)) throw new CliError('failed', 'src/description.json is missing', { remedy })
  try {
    JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new CliError('failed', 'src/description.json is no JSON', { details: [(error as Error).message] })
  }
}

const requirements: Requirement[] = [
  {
    tool: 'clang (WebAssembly)',
    need: neededVersion,
    found: async () => (await findCompiler())?.version,
    install: INSTALL,
  },
]

export const c: Toolchain = {
  language: 'c',
  requirements,
  async prepare({ cacheFolder, signal = new AbortController().signal }) {
    const compiler = await findCompiler()
    if (compiler === undefined || cacheFolder === undefined) return
    await libraryObjects(compiler, sdkFolder(), cacheFolder, { cwd: tmpdir(), env: process.env, signal })
  },
  build,
}
