/** @module library: what is the same in every piece, compiled once for a compiler and an SDK: the SDK, the bindings, yyjson. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packedSdksFolder, sdkSources } from '../../assets.ts'
import { runChild } from '../../child.ts'
import { CliError, type World } from '../../world.ts'
import type { Compiler } from './compiler.ts'

export const FLAGS = [
  '-std=c23',
  '-Os',
  '-ffunction-sections',
  '-fdata-sections',
  '-D_GNU_SOURCE',
  '-fno-color-diagnostics',
  '-Wall',
]

/** yyjson inlines itself to three times its size, and can do more than a payload needs. */
const YYJSON = ['-Dyyjson_inline=inline', '-DYYJSON_DISABLE_UTILS=1', '-DYYJSON_DISABLE_NON_STANDARD=1']

/** The copy that belongs to the piece's sources, or the one of this command line. */
export function sdkFolder(piece?: string): string {
  const own = piece === undefined ? undefined : join(piece, '.ap-wasm/sdk/c')
  if (own !== undefined && existsSync(own)) return own
  return join(packedSdksFolder ?? sdkSources, 'c')
}

interface Part {
  source: string
  flags: readonly string[]
}

async function partsOf(sdk: string): Promise<Part[]> {
  const own = (await readdir(join(sdk, 'src'))).filter((name) => name.endsWith('.c') && name !== 'ap_description.c')
  return [
    ...own.map((name) => ({ source: `src/${name}`, flags: [] })),
    { source: 'bindings/piece.c', flags: ['-w'] },
    { source: 'vendor/yyjson/yyjson.c', flags: YYJSON },
  ]
}

async function keyOf(compiler: Compiler, sdk: string): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify([compiler.command, compiler.version, compiler.target, FLAGS, YYJSON]),
  )
  for (const folder of ['include', 'src', 'bindings', 'vendor/yyjson'])
    for (const name of (await readdir(join(sdk, folder))).sort())
      hash.update(name).update(await readFile(join(sdk, folder, name)))
  return hash.digest('hex').slice(0, 16)
}

/** Paths of objects, in the order in which they are linked. */
export async function libraryObjects(
  compiler: Compiler,
  sdk: string,
  cacheFolder: string,
  world: Pick<World, 'cwd' | 'env' | 'signal'>,
): Promise<string[]> {
  const parts = await partsOf(sdk)
  const folder = join(cacheFolder, 'c', await keyOf(compiler, sdk))
  const objects = parts.map(({ source }) => join(folder, `${source.replace(/^.*\//, '').replace(/\.c$/, '')}.o`))
  if (existsSync(folder)) return objects
  const fresh = `${folder}.${process.pid}`
  await mkdir(fresh, { recursive: true })
  const includes = ['include', 'vendor/yyjson', 'bindings'].map((name) => `-I${join(sdk, name)}`)
  // No path of this machine in what `assert` says.
  const map = `-ffile-prefix-map=${sdk}=ap_piece`
  await Promise.all(
    parts.map(async ({ source, flags }, i) => {
      const target = join(fresh, objects[i]!.slice(folder.length + 1))
      const args = [...compiler.target, ...FLAGS, map, ...flags, ...includes, '-c', join(sdk, source), '-o', target]
      const [command, ...first] = compiler.command
      const { code, said } = await runChild(world, command!, [...first, ...args])
      if (code !== 0)
        throw new CliError('failed', `the SDK's ${source} could not be compiled`, {
          details: said.trimEnd().split('\n'),
        })
    }),
  )
  // Another build may just have made the same.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }))
  return objects
}
