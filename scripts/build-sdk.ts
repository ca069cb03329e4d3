/**
 * The TypeScript SDK as a package without dependencies: JavaScript in `sdks/typescript/dist`, whose entries share their
 * modules, so that a class of one is the class of the other, and the declarations beside it.
 */
import { spawnSync } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}sdks/typescript`

export async function buildSdk(): Promise<void> {
  await rm(`${folder}/dist`, { recursive: true, force: true })
  await bundle({
    absWorkingDir: folder,
    entryPoints: ['index', 'msgpack', 'testing', 'runtime/index'].map((entry) => `src/${entry}.ts`),
    outdir: 'dist',
    outbase: 'src',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['wasi:*', 'ap:*'],
    logLevel: 'error',
  })
  // What is bundled keeps its licence.
  await cp(`${root}node_modules/whatwg-url-minimum/LICENSE.md`, `${folder}/dist/LICENSE-whatwg-url-minimum.md`)
  const tsc = spawnSync(`${root}node_modules/.bin/tsc`, ['-p', `${folder}/tsconfig.build.json`], { stdio: 'inherit' })
  if (tsc.status !== 0) throw new Error('the declarations of the TypeScript SDK could not be made')
}

export const build = buildSdk

if (import.meta.main) await buildSdk()
