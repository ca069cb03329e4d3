/** @module passkeys/script: the text of the browser's script: as tsc left it, or without its types where this runs from source. */
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { tagOf } from '../answers.ts'

export const SCRIPT = '/passkeys.js'

let loaded: Promise<{ text: string; href: string }> | undefined
/** At the first need, and once; its address changes with it. */
export const script = (): Promise<{ text: string; href: string }> => (loaded ??= load())

async function load() {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './browser.ts' : './browser.js', import.meta.url))
  const read = await readFile(file, 'utf8')
  const text = isSource ? stripTypeScriptTypes(read) : read
  return { text, href: `${SCRIPT}?${new URLSearchParams({ tag: tagOf(text) })}` }
}
