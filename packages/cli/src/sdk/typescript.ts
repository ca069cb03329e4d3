/** @module typescript: the npm package `@ap-wasm/piece`, packed. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packedSdksFolder, sdkSources } from '../assets.ts'
import { runChild } from '../child.ts'
import { CliError, type World } from '../world.ts'
import { OWN_FOLDER, type Sdk } from './index.ts'

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

export const typescript: Sdk = {
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
