/**
 * @module outside/wstd: the tests of the crate wstd, built from its package as programs: the language's test harness needs a
 * thread, a program does not. Made once, with the network, by `npm run toolchains`.
 */
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Base } from '../../packages/cli/src/toolchain/rust/base.ts'
import type { Ran } from '../../packages/cli/src/toolchain/rust/run.ts'
import { findRust } from '../../packages/cli/src/toolchain/rust/tools.ts'
import { WSTD_FOLDER, WSTD_VERSION } from './programs.ts'

/** Beside wstd what its tests use themselves. */
const MANIFEST = `[package]
name = "programs"
version = "0.0.0"
edition = "2024"
[dependencies]
wstd = "=${WSTD_VERSION}"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
[profile.release]
opt-level = "s"
panic = "abort"
[workspace]
`

/** A test as a program: its function is `main`. */
const asProgram = (source: string): string =>
  source.replace('#[wstd::test]', '#[wstd::main]').replace(/async fn \w+\(/, 'async fn main(')

const must = ({ code, stdout, stderr }: Ran): string => {
  if (code !== 0) throw new Error(`the programs of wstd could not be built:\n${stderr.trimEnd()}`)
  return stdout
}

/** Whole or not at all; nothing where they are built already or there is no Rust for it. */
export async function buildWstd(cacheFolder: string): Promise<void> {
  if (existsSync(WSTD_FOLDER)) return
  const rust = await findRust()
  if (rust === undefined) return
  const base = await Base.of(rust, cacheFolder)
  await base.make()
  await mkdir(dirname(WSTD_FOLDER), { recursive: true })
  const work = await mkdtemp(`${WSTD_FOLDER}-`)
  try {
    await writeFile(join(work, 'Cargo.toml'), MANIFEST)
    await mkdir(join(work, 'src/bin'), { recursive: true })
    await writeFile(join(work, 'src/lib.rs'), '')
    const metadata = JSON.parse(must(await base.cargo(['metadata', '--format-version=1'], { cwd: work }))) as {
      packages: { name: string; manifest_path: string }[]
    }
    const tests = join(dirname(metadata.packages.find(({ name }) => name === 'wstd')!.manifest_path), 'tests')
    for (const name of await readdir(tests))
      await writeFile(join(work, 'src/bin', name), asProgram(await readFile(join(tests, name), 'utf8')))
    must(await base.cargo(['build', '--quiet', ...base.commandArgs(work)], { cwd: work }))
    const made = join(work, 'programs')
    await mkdir(made)
    const built = join(work, 'target', rust.target, 'release')
    for (const name of await readdir(built)) if (name.endsWith('.wasm')) await cp(join(built, name), join(made, name))
    // Another run may have been faster.
    await rename(made, WSTD_FOLDER).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
