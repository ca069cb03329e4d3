/** @module pieces: fixture pieces in real languages, built by their toolchains and kept by content. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toolchainOf } from '../packages/cli/src/toolchain/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(
      (entry) => entry.isFile() && !/node_modules|\/dist|\/tests?(\/|$)/.test(entry.parentPath.slice(folder.length)),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Builds `folder` unless the same inputs were built before: the piece, the SDK, the toolchain, the contract. */
async function buildCached(folder: string, language: string, inputs: readonly string[]): Promise<Uint8Array> {
  const name = basename(folder)
  const hash = createHash('sha256')
  for (const input of [folder, ...inputs]) {
    for (const file of await filesUnder(join(root, input)))
      hash
        .update(file)
        .update('\0')
        .update(await readFile(file))
  }
  hash.update(await readFile(join(root, 'package-lock.json')))
  const cache = join(root, '.cache/pieces')
  const target = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}.wasm`)
  const kept = await readFile(target).catch(() => undefined)
  if (kept) return kept
  const { component } = await toolchainOf(language).build(join(root, folder))
  await mkdir(cache, { recursive: true })
  // Two suites may build at once: the file appears whole.
  await writeFile(`${target}.${process.pid}`, component)
  await rename(`${target}.${process.pid}`, target)
  return component
}

const TYPESCRIPT = ['sdks/typescript/src', 'packages/cli/src/toolchain', 'wit']

/** The component of fixtures/pieces/typescript-sample, without a manifest. */
export const buildTypescriptSample = (): Promise<Uint8Array> =>
  buildCached('test/fixtures/pieces/typescript-sample', 'typescript', TYPESCRIPT)

/** The component of examples/feeds, without a manifest; its tests and texts do not change it. */
export const buildFeeds = (): Promise<Uint8Array> => buildCached('examples/feeds', 'typescript', TYPESCRIPT)
