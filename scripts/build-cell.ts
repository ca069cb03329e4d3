import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const executor = fileURLToPath(new URL('../packages/executor/', import.meta.url))

/** Bundles each entry that runs as a process of its own: one file starts in half the time, and a cell may read no other. */
export async function buildCell(): Promise<void> {
  for (const entry of ['cell', 'inspect-child']) {
    if (!existsSync(`${executor}src/${entry}.ts`)) continue
    await build({
      entryPoints: [`${executor}src/${entry}.ts`],
      outfile: `${executor}dist/${entry}.js`,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node26',
      // The child that inspects uploads runs jco, which reads its own wasm files: it stays a package.
      external: entry === 'cell' ? [] : ['@bytecodealliance/*'],
      logLevel: 'error',
    })
  }
}

if (import.meta.main) await buildCell()
