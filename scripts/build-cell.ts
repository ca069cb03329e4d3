import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const executor = fileURLToPath(new URL('../packages/executor/', import.meta.url))

const packageFile = (name: string): string => fileURLToPath(import.meta.resolve(name))

/**
 * jco's validator is WebAssembly on a shim of WASI. Who runs it here needs no file, socket or worker of it, so it gets the
 * shim that is made for browsers: that one starts no worker and touches no file.
 */
const shim = dirname(packageFile('@bytecodealliance/preview2-shim/io')).replace(/nodejs$/, 'browser')
const alias = Object.fromEntries(
  ['cli', 'filesystem', 'io', 'random'].map((part) => [
    `@bytecodealliance/preview2-shim/${part}`,
    join(shim, `${part}.js`),
  ]),
)
const validator = join(dirname(packageFile('@bytecodealliance/jco-transpile/wasm-tools')), '../vendor')

/** Bundles each entry that runs as a process of its own: one file starts in half the time, and a cell may read no other. */
export async function buildCell(): Promise<void> {
  for (const entry of ['cell', 'inspect-child', 'wasm-tools']) {
    if (!existsSync(`${executor}src/${entry}.ts`)) continue
    await build({
      entryPoints: [`${executor}src/${entry}.ts`],
      outfile: `${executor}dist/${entry}.js`,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node26',
      // It is started for each upload: half the text is read in half the time.
      minify: entry === 'inspect-child',
      alias: entry === 'cell' ? {} : alias,
      logLevel: 'error',
    })
  }
  mkdirSync(`${executor}dist`, { recursive: true })
  for (const name of ['wasm-tools.core.wasm', 'wasm-tools.core2.wasm'])
    copyFileSync(join(validator, name), `${executor}dist/${name}`)
}

if (import.meta.main) await buildCell()
