/**
 * @module base: what all pieces of one SDK that ask for the same capabilities begin with: CPython, the SDK, and everything
 * that they have imported. componentize-py makes it, which takes ten seconds of CPU, nearly all of them for compiling CPython;
 * it is kept in the cache. Beside it stand the files that the interpreter brings, which the modules of a piece may import.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from '../../world.ts'
import { Cursor, MODULE_SECTION, mapCoreModules, sectionsOf, withSections } from '../sections.ts'
import { copyWit } from '../wit.ts'
import { COMPONENTIZE_PY, componentize } from './interpreter.ts'
import { readableTraceback } from './traceback.ts'

/** The version in the contract's own WIT; the interpreter brings 0.2.9 of what it needs beside it. */
const WASI_VERSION = '0.2.12'

/** Folders of the search path are mounted under their numbers. */
export const MOUNTS = { entry: '/0', own: '/1', sdk: '/2', packages: '/3' } as const

/** The interpreter's own: they are copied out of the tool by the interpreter itself, in parts that leave no large gaps behind. */
const BROUGHT = ['python', 'world', 'bundled'] as const

/** Writes no byte code beside anybody's sources: it would stand in the snapshot too. */
const ENTRY_MODULE = `import os
import sys
sys.dont_write_bytecode = True
from ap_piece import _component
_component.prepare("main", "${MOUNTS.own}", "${MOUNTS.packages}")
from ap_piece._component import Handler


def keep(folder, target):
    os.mkdir(target)
    for name in sorted(os.listdir(folder)):
        source, copy = f"{folder}/{name}", f"{target}/{name}"
        if os.path.isdir(source):
            if name != "__pycache__":
                keep(source, copy)
            continue
        with open(source, "rb", buffering=0) as file, open(copy, "wb", buffering=0) as written:
            while part := file.read(32768):
                written.write(part)


for name in ${JSON.stringify(BROUGHT)}:
    keep(f"/{name}", f"${MOUNTS.entry}/{name}")
`

/** Newer than all others are kept; each is 33 MB. */
const KEPT = 8

export interface Base {
  component: string
  /** What of it a run finds where, by the guest's name. */
  folders: Record<string, string>
}

const inFolder = (folder: string, empty: string): Base => ({
  component: join(folder, 'base.wasm'),
  folders: {
    ...Object.fromEntries(BROUGHT.map((name) => [`/${name}`, join(folder, 'entry', name)])),
    [MOUNTS.entry]: join(folder, 'entry'),
    [MOUNTS.packages]: empty,
  },
})

async function keyOf(sdk: string, without: readonly string[], wit: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([COMPONENTIZE_PY, WASI_VERSION, ENTRY_MODULE, without]))
  for (const folder of [sdk, wit]) {
    const names = await readdir(folder, { recursive: true })
    for (const name of names.filter((name) => /\.(py|wit)$/.test(name)).sort())
      hash.update(`\0${name}\0`).update(await readFile(join(folder, name)))
  }
  return hash.digest('hex').slice(0, 16)
}

export interface BaseOptions {
  /** The environment's Python, which has the tool. */
  python: string
  /** The folder that holds `ap_piece`. */
  sdk: string
  /** Imports that the component shall not have. */
  without: readonly string[]
  cache: string
  signal: AbortSignal | undefined
}

/** The base for such pieces, made where it is not there yet. */
export async function baseOf(options: BaseOptions): Promise<Base> {
  const bases = join(options.cache, 'bases')
  await mkdir(bases, { recursive: true })
  const half = await mkdtemp(join(bases, 'making-'))
  try {
    const wit = join(half, 'wit')
    await copyWit(wit, WASI_VERSION, options.without)
    const folder = join(bases, await keyOf(options.sdk, options.without, wit))
    if (!existsSync(folder)) {
      await make(half, wit, options)
      await rename(half, folder).catch((error: NodeJS.ErrnoException) => {
        // Another build was faster: its base serves.
        if (!existsSync(folder)) throw error
      })
      await sweep(bases)
    }
    const now = new Date()
    await utimes(folder, now, now)
    return inFolder(folder, join(folder, 'empty'))
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}

async function make(folder: string, wit: string, { python, sdk, signal }: BaseOptions): Promise<void> {
  const [entry, empty, target] = ['entry', 'empty', 'base.wasm'].map((name) => join(folder, name))
  await mkdir(entry!)
  await mkdir(join(empty!, 'lib/python3/site-packages'), { recursive: true })
  await writeFile(join(entry!, 'ap_entry.py'), ENTRY_MODULE)
  const path = [entry!, empty!, sdk, empty!].flatMap((one) => ['-p', one])
  const args = ['--quiet', '-d', wit, '-w', 'piece', 'componentize', ...path, 'ap_entry', '-o', target!]
  const { code, said } = await componentize(python, args, { signal, empty: empty! })
  if (code !== 0)
    throw new CliError('failed', 'the SDK of the piece could not be loaded', {
      details: readableTraceback(said, MOUNTS).split('\n'),
      remedy: 'is it the SDK that came with this ap-wasm? ap-wasm init makes a piece that has it',
    })
  await writeFile(target!, withoutNames(await readFile(target!)))
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

/** Those that were not used for longest go. */
async function sweep(bases: string): Promise<void> {
  const names = (await readdir(bases)).filter((name) => !name.startsWith('making-'))
  const used = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(bases, name))).mtimeMs })))
  for (const { name } of used.sort((one, other) => other.at - one.at).slice(KEPT))
    await rm(join(bases, name), { recursive: true, force: true })
}
