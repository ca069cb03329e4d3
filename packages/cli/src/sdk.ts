/**
 * @module sdk: the dependency of a new piece on its language's SDK. A registry's package counts only if it is, byte for byte,
 * the one that this CLI carries: a name that nobody has taken yet can be taken by anybody.
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packedSdksFolder, sdkSources } from './assets.ts'
import { runChild } from './child.ts'
import { CliError, type World } from './world.ts'

export interface Installed {
  /** The piece can be built. */
  done: boolean
  /** What went wrong on the way; empty: nothing did. */
  said: string
}

interface Sdk {
  /** The packed package, in a folder of this CLI. */
  packed(world: World, folder: string): Promise<string>
  isPublished(world: World, packed: string): Promise<boolean>
  /** Points the piece at a file below it. */
  depend(folder: string, file: string): Promise<void>
  /** The line that fetches what the piece needs, as its author types it later. */
  installLine: string
  install(world: World, folder: string): Promise<Installed>
}

/** Where a copy of the SDK is, below the piece: it belongs to its sources. */
const OWN_FOLDER = '.ap-wasm/sdk'

const REGISTRY_TIMEOUT_MS = 5_000

async function npmPack(world: World, source: string, target: string): Promise<string> {
  const { code, stdout, said } = await runChild(world, 'npm', [
    'pack',
    source,
    '--pack-destination',
    target,
    '--silent',
  ])
  const name = stdout.trim().split('\n').at(-1)
  if (code === 0 && name) return join(target, name)
  throw new CliError('environment', 'the SDK of this clone could not be packed', {
    details: said.trim().split('\n'),
    remedy: 'npm run build, then try again',
  })
}

const typescript: Sdk = {
  async packed(world, folder) {
    if (packedSdksFolder === undefined) return npmPack(world, join(sdkSources, 'typescript'), folder)
    const carried = join(packedSdksFolder, 'typescript')
    const name = (await readdir(carried)).find((one) => one.endsWith('.tgz'))
    if (name === undefined) throw new Error(`no packed SDK in ${carried}`)
    return join(carried, name)
  },

  async isPublished(world, packed) {
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(packed))
      .digest('base64')}`
    const version = /-(\d+\.\d+\.\d+)\.tgz$/.exec(packed)?.[1] ?? ''
    const args = ['view', `@ap-wasm/piece@${version}`, 'dist.integrity', '--json', '--fetch-retries=0']
    const { code, stdout } = await runChild(world, 'npm', args, { timeoutMs: REGISTRY_TIMEOUT_MS })
    return code === 0 && stdout.includes(JSON.stringify(integrity))
  },

  async depend(folder, file) {
    const path = join(folder, 'package.json')
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { dependencies?: Record<string, string> }
    manifest.dependencies = { ...manifest.dependencies, '@ap-wasm/piece': `file:${file}` }
    await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`)
  },

  installLine: 'npm install',

  async install(world, folder) {
    const flags = ['--no-audit', '--no-fund', '--loglevel=error']
    const all = await runChild(world, 'npm', ['install', ...flags, '--fetch-retries=1'], { cwd: folder })
    if (all.code === 0) return { done: true, said: '' }
    return { done: await installAlone(world, folder, flags), said: all.said.trim() }
  },
}

/** Types and unit tests can come later: to build, the SDK is enough, and it is in the piece's own folder. */
async function installAlone(world: World, folder: string, flags: readonly string[]): Promise<boolean> {
  const [file] = await readdir(join(folder, OWN_FOLDER)).catch(() => [])
  if (file === undefined) return false
  const apart = join(folder, 'node_modules', '.apart')
  await mkdir(apart, { recursive: true })
  try {
    const args = ['install', '--offline', '--prefix', apart, join(folder, OWN_FOLDER, file), ...flags]
    const { code } = await runChild(world, 'npm', args, { cwd: apart })
    if (code !== 0) return false
    await rename(join(apart, 'node_modules/@ap-wasm'), join(folder, 'node_modules/@ap-wasm'))
    return true
  } finally {
    await rm(apart, { recursive: true, force: true })
  }
}

const SDKS: Readonly<Record<string, Sdk>> = { typescript }

/** Undefined: the template of this language names its dependencies itself. */
export async function addSdk(world: World, language: string, folder: string): Promise<string | undefined> {
  const sdk = SDKS[language]
  if (!sdk) return undefined
  const own = join(folder, OWN_FOLDER)
  await mkdir(own, { recursive: true })
  const packed = await sdk.packed(world, own)
  if (packedSdksFolder !== undefined && (await sdk.isPublished(world, packed))) return undefined
  const name = packed.split(/[/\\]/).at(-1)!
  if (packed !== join(own, name)) await copyFile(packed, join(own, name))
  await sdk.depend(folder, `${OWN_FOLDER}/${name}`)
  return `${OWN_FOLDER}/${name}`
}

/** Undefined: this language fetches what it needs when it builds. */
export const installLine = (language: string): string | undefined => SDKS[language]?.installLine

export const installDependencies = async (
  world: World,
  language: string,
  folder: string,
): Promise<Installed | undefined> => SDKS[language]?.install(world, folder)
