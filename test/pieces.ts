/** @module pieces: fixture pieces in real languages, built by their toolchains and kept by content. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toolchainOf } from '../packages/cli/src/toolchain/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !/node_modules|\/dist/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Builds `folder` unless the same inputs were built before: the piece, the SDK, the toolchain, the contract. */
async function buildCached(name: string, language: string, inputs: readonly string[]): Promise<Uint8Array> {
  const hash = createHash('sha256')
  for (const input of inputs) {
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
  const { component } = await toolchainOf(language).build(join(root, 'test/fixtures/pieces', name))
  await mkdir(cache, { recursive: true })
  // Two suites may build at once: the file appears whole.
  await writeFile(`${target}.${process.pid}`, component)
  await rename(`${target}.${process.pid}`, target)
  return component
}

/** The component of fixtures/pieces/typescript-sample, without a manifest. */
export const buildTypescriptSample = (): Promise<Uint8Array> =>
  buildCached('typescript-sample', 'typescript', [
    'test/fixtures/pieces/typescript-sample',
    'sdks/typescript/src',
    'packages/cli/src/toolchain',
    'wit',
  ])
