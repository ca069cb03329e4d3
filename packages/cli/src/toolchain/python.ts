/**
 * @module python: componentize-py runs the piece's modules once in CPython and freezes what they made. The author needs a
 * Python; everything else is fetched once and kept in the cache.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliError } from '../world.ts'
import { importsNotAsked } from './asked.ts'
import type { BuildOptions, Built, Requirement, Toolchain } from './index.ts'
import { componentParts } from './parts.ts'
import {
  COMPONENTIZE_PY,
  componentize,
  environment,
  findPython,
  findVenv,
  INSTALL_PYTHON,
  INSTALL_VENV,
  PYTHON_INSIDE,
  pipOf,
  pythonCache,
} from './python/interpreter.ts'
import { type Packages, packagesOf } from './python/packages.ts'
import { readableTraceback } from './python/traceback.ts'
import { Cursor, MODULE_SECTION, mapCoreModules, sectionsOf, withSections } from './sections.ts'
import { copyWit } from './wit.ts'

/** The version in the contract's own WIT; the interpreter brings 0.2.9 of what it needs beside it. */
const WASI_VERSION = '0.2.12'

/** Folders of the search path are mounted under their numbers. */
const [ENTRY, OWN, SDK, PACKAGES] = ['/0', '/1', '/2', '/3']
export const MOUNTS = { entry: ENTRY, own: OWN, sdk: SDK, packages: PACKAGES }

/** Writes no byte code beside the author's sources: it would stand in the snapshot too. */
const ENTRY_MODULE = `import sys
sys.dont_write_bytecode = True
from ap_piece import _component
_component.load("main", "${OWN}", "${PACKAGES}", "${ENTRY}/origins.json")
from ap_piece._component import Handler
`

async function build(folder: string, options: BuildOptions = {}): Promise<Built> {
  if (!existsSync(join(folder, 'src/main.py')))
    throw new CliError('failed', 'there is no src/main.py', {
      details: [`looked for ${join(folder, 'src/main.py')}`],
      remedy: 'the module main holds the piece: piece = Piece("…")',
    })
  const python = await environment(options)
  const pip = pipOf(python, options.signal)
  const packages = await packagesOf(folder, { python, pip, cache: pythonCache(options) })
  const work = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  try {
    const { component, origins } = await freeze(folder, work, python, packages, options.signal)
    return {
      component,
      parts: componentParts(component, origins, `CPython ${PYTHON_INSIDE}`),
      tools: { 'componentize-py': COMPONENTIZE_PY, python: PYTHON_INSIDE, ...packages.versions },
      warnings: packages.warnings,
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function freeze(
  folder: string,
  work: string,
  python: string,
  packages: Packages,
  signal: AbortSignal | undefined,
): Promise<{ component: Uint8Array; origins: Map<string, number> }> {
  const [wit, entry, empty, target] = ['wit', 'entry', 'empty', 'piece.wasm'].map((name) => join(work, name))
  await copyWit(wit!, WASI_VERSION, await importsNotAsked(folder))
  await mkdir(entry!)
  await mkdir(join(empty!, 'lib/python3/site-packages'), { recursive: true })
  await writeFile(join(entry!, 'ap_entry.py'), ENTRY_MODULE)
  const path = [entry!, join(folder, 'src'), packages.sdk, packages.folder ?? empty!].flatMap((one) => ['-p', one])
  const args = ['--quiet', '-d', wit!, '-w', 'piece', 'componentize', ...path, 'ap_entry', '-o', target!]
  const { code, said } = await componentize(python, args, { signal, empty: empty! })
  if (code !== 0)
    throw new CliError('failed', 'the modules of the piece could not be loaded', {
      details: readableTraceback(said, MOUNTS).split('\n'),
      remedy: 'they are run once at build time: do work inside of functions, not at module level',
    })
  const origins = JSON.parse(await readFile(join(entry!, 'origins.json'), 'utf8')) as Record<string, number>
  return { component: withoutNames(await readFile(target!)), origins: new Map(Object.entries(origins)) }
}

/** Names of functions are for who debugs the interpreter. */
function withoutNames(component: Uint8Array): Uint8Array {
  const isNames = (body: Uint8Array): boolean => new Cursor(body).name() === 'name'
  return mapCoreModules(component, (module) =>
    withSections(
      module,
      sectionsOf(module).filter(({ id, body }) => id !== MODULE_SECTION.custom || !isNames(body)),
    ),
  )
}

const requirements: Requirement[] = [
  { tool: 'python3', need: '>=3.10', found: async () => (await findPython())?.version, install: INSTALL_PYTHON },
  { tool: 'python3-venv', need: 'venv and ensurepip', found: findVenv, install: INSTALL_VENV },
]

export const python: Toolchain = {
  language: 'python',
  requirements,
  async prepare(options) {
    await environment(options)
  },
  build,
}
