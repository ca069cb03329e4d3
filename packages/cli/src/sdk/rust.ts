/** @module rust: the crates `ap-piece` and `ap-piece-macros`, as their sources. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { packedSdksFolder, sdkSources } from '../assets.ts'
import { runChild } from '../child.ts'
import type { Sdk } from './index.ts'

const REGISTRY_TIMEOUT_MS = 5_000
const VERSION = '0.1.0'
const LEFT_OVER: ReadonlySet<string> = new Set(['target', 'Cargo.lock'])

export const rust: Sdk = {
  async packed(_world, folder) {
    const copy = join(folder, 'rust')
    await cp(join(packedSdksFolder ?? sdkSources, 'rust'), copy, {
      recursive: true,
      // What was compiled of these files for another piece serves again.
      preserveTimestamps: true,
      filter: (source) => !LEFT_OVER.has(basename(source)),
    })
    return copy
  },

  async isPublished(world, packed) {
    const work = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
    try {
      const manifest = `[package]\nname = "look"\nversion = "0.0.0"\n[lib]\npath = "lib.rs"\n[dependencies]\nap-piece = "=${VERSION}"\n`
      await writeFile(join(work, 'Cargo.toml'), manifest)
      await writeFile(join(work, 'lib.rs'), '')
      const { code } = await runChild(world, 'cargo', ['vendor', '--quiet', 'crates'], {
        cwd: work,
        timeoutMs: REGISTRY_TIMEOUT_MS,
        env: { CARGO_NET_RETRY: '0' },
      })
      if (code !== 0) return false
      const crates = ['ap-piece', 'ap-piece-macros']
      const same = crates.map((crate) => isSame(join(packed, crate, 'src'), join(work, 'crates', crate, 'src')))
      return (await Promise.all(same)).every(Boolean)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  },

  async depend(folder, copy) {
    const file = join(folder, 'Cargo.toml')
    const manifest = await readFile(file, 'utf8')
    await writeFile(file, manifest.replace(/^ap-piece = .*$/m, `ap-piece = { path = "${copy}/ap-piece" }`))
  },
}

const filesOf = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length)).sort()
}

async function isSame(own: string, other: string): Promise<boolean> {
  const files = await filesOf(own)
  if (JSON.stringify(files) !== JSON.stringify(await filesOf(other).catch(() => []))) return false
  const equal = files.map(async (file) => (await readFile(join(own, file))).equals(await readFile(join(other, file))))
  return (await Promise.all(equal)).every(Boolean)
}
