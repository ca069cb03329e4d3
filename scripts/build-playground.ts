/** The scripts of the registry's playground, bundled and small: what ships has no bundler. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleScripts } from '../registry/src/playground/bundle.ts'

const folder = fileURLToPath(new URL('../registry/dist/playground/', import.meta.url))

export async function build(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(await bundleScripts())) writeFileSync(`${folder}${name}.min.js`, text)
}

if (import.meta.main) await build()
