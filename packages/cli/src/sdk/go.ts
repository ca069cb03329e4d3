/** @module go: the module `github.com/ap-wasm/piece-go`, as a folder that go.mod points at. */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packedSdksFolder, sdkSources } from '../assets.ts'
import { runChild } from '../child.ts'
import type { World } from '../world.ts'
import type { Sdk } from './index.ts'

const MODULE = 'github.com/ap-wasm/piece-go'
const PROXY_TIMEOUT_MS = 5_000

async function versionOf(folder: string): Promise<string> {
  const source = await readFile(join(folder, 'piece/piece.go'), 'utf8')
  return `v${/^const Version = "(.+)"$/m.exec(source)?.[1]}`
}

/** The hash that go.sum and the checksum database hold: of each file of the module's zip, its hash and name. */
async function moduleHash(folder: string, version: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const named = files.map((file) => ({
    file,
    name: `${MODULE}@${version}/${file.slice(folder.length + 1).replaceAll('\\', '/')}`,
  }))
  named.sort((a, b) => (a.name < b.name ? -1 : 1))
  const lines = createHash('sha256')
  for (const { file, name } of named) {
    const hash = createHash('sha256').update(await readFile(file))
    lines.update(`${hash.digest('hex')}  ${name}\n`)
  }
  return `h1:${lines.digest('base64')}`
}

export const go: Sdk = {
  packed: async () => join(packedSdksFolder ?? sdkSources, 'go'),

  async isPublished(world: World, packed: string) {
    const version = await versionOf(packed)
    const args = ['mod', 'download', '-json', `${MODULE}@${version}`]
    const { stdout } = await runChild(world, 'go', args, { timeoutMs: PROXY_TIMEOUT_MS })
    return stdout.includes(`"Sum": ${JSON.stringify(await moduleHash(packed, version))}`)
  },

  async depend(folder, copy) {
    const path = join(folder, 'go.mod')
    const manifest = await readFile(path, 'utf8')
    await writeFile(path, `${manifest.trimEnd()}\n\nreplace ${MODULE} => ./${copy}\n`)
  },

  installLine: 'go mod tidy',

  /** A copy below the piece needs nothing; the published module needs its line in go.sum. */
  async install(world, folder) {
    const manifest = await readFile(join(folder, 'go.mod'), 'utf8')
    if (manifest.includes(`replace ${MODULE}`)) return { done: true, said: '' }
    const { code, said } = await runChild(world, 'go', ['mod', 'tidy'], { cwd: folder })
    return code === 0 ? { done: true, said: '' } : { done: false, said: said.trim() }
  },
}
