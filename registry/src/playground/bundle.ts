/** @module playground/bundle: the scripts of the playground: as the build left them, or made now where this runs from source. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** `frame` and `worker` run in the frame, `host` in the page around it. */
export const SCRIPTS = ['frame', 'worker', 'host'] as const
export type Scripts = Readonly<Record<(typeof SCRIPTS)[number], string>>

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

let loaded: Promise<Scripts> | undefined
/** At the first need, and once. */
export const scripts = (): Promise<Scripts> => (loaded ??= loadScripts())

async function loadScripts(): Promise<Scripts> {
  if (import.meta.url.endsWith('.ts')) return bundleScripts()
  const texts = SCRIPTS.map(async (name) => [name, await readFile(here(`./${name}.min.js`), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts)) as Scripts
}

/** From the sources; what ships has no bundler. */
export async function bundleScripts(): Promise<Scripts> {
  const { build } = await import('esbuild')
  const texts = SCRIPTS.map(async (name) => {
    const made = await build({
      entryPoints: [here(`./${name}.ts`)],
      bundle: true,
      write: false,
      minify: true,
      platform: 'browser',
      format: 'iife',
      target: 'esnext',
      conditions: ['@ap-wasm/source'],
      legalComments: 'none',
      logLevel: 'error',
    })
    return [name, made.outputFiles[0]!.text] as const
  })
  return Object.fromEntries(await Promise.all(texts)) as Scripts
}
