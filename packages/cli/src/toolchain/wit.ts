/** @module wit: the contract's WIT, for tools that read it from a folder. Authors never see it. */
import { existsSync } from 'node:fs'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The contract's folder: beside the built CLI, or in the clone. */
export function witFolder(): string {
  const places = ['../wit', '../../wit', '../../../../wit'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  const found = places.find((place) => existsSync(join(place, 'piece.wit')))
  if (found === undefined) throw new Error(`the contract's WIT is missing; looked in ${places.join(', ')}`)
  return found
}

/**
 * A copy whose WASI packages carry another version, and whose world lacks the imports in `without`
 * (`ap:piece/store`). Types of HTTP stay, since a runtime's classes are made of them; they send nothing.
 */
export async function copyWit(target: string, wasiVersion: string, without: readonly string[] = []): Promise<void> {
  await cp(witFolder(), target, { recursive: true })
  const entries = await readdir(target, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.wit')) continue
    const file = join(entry.parentPath, entry.name)
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/@0\.2\.\d+/g, `@${wasiVersion}`))
  }
  const world = join(target, 'piece.wit')
  const kept = (await readFile(world, 'utf8')).split('\n').flatMap((line) => {
    const name = IMPORT.exec(line)?.[1]
    if (name === undefined || !without.includes(name.includes(':') ? name : `ap:piece/${name}`)) return [line]
    return name === SENDS_HTTP ? [line.replace(SENDS_HTTP, 'wasi:http/types')] : []
  })
  await writeFile(world, kept.join('\n'))
}

/** A line of the world; in its own package an interface is named without the package. */
const IMPORT = /^ {2}import ([a-z:/-]+)/
const SENDS_HTTP = 'wasi:http/outgoing-handler'

/** The world and everything below it as one text: packages that it depends on stand nested in braces. */
export async function witSource(): Promise<string> {
  const folder = witFolder()
  const packages = (await readdir(join(folder, 'deps'))).sort()
  const texts = await Promise.all(packages.map((name) => readFile(join(folder, 'deps', name, 'package.wit'), 'utf8')))
  const nested = texts.map((text) => `${text.replace(/^package ([^;]+);$/m, 'package $1 {')}\n}\n`)
  return [await readFile(join(folder, 'piece.wit'), 'utf8'), ...nested].join('\n')
}
