/** @module templates: pieces to begin with: data, a folder for each language and its further ones beside it. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { PieceJson } from '@ap-wasm/executor'
import { schemasFolder, templatesFolder } from './assets.ts'
import { artifactName } from './project.ts'

export interface Template {
  language: string
  /** `sample`, or what follows the language in the folder's name: `rust-polling` is `polling`. */
  name: string
  folder: string
}

export async function templates(): Promise<Template[]> {
  const entries = await readdir(templatesFolder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const [, language = name, rest] = /^([a-z]+)(?:-(.+))?$/.exec(name) ?? []
      return { language, name: rest ?? 'sample', folder: join(templatesFolder, name) }
    })
    .sort((a, b) => a.folder.localeCompare(b.folder))
}

/** What a tool left in the template's own folder. */
const LEFT_OVER: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'target',
  '.ap-wasm',
  '.venv',
  '.pytest_cache',
  '__pycache__',
])
const TEXT: ReadonlySet<string> = new Set(['', '.json', '.md', '.ts', '.toml', '.rs', '.go', '.mod', '.py', '.c', '.h'])

/** `github-issues` → `Github issues` */
const titleOf = (name: string): string => {
  const words = name.replace(/^@[^/]+\//, '').replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Writes the template under the piece's own name. */
export async function writeTemplate({ folder }: Template, target: string, name: string): Promise<void> {
  await cp(folder, target, { recursive: true, filter: (source) => !LEFT_OVER.has(basename(source)) })
  const old = JSON.parse(await readFile(join(target, 'piece.json'), 'utf8')) as PieceJson
  const file = (piece: string): string => artifactName({ name: piece, version: old.version })
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if (!TEXT.has(extname(entry.name))) continue
    const text = await readFile(path, 'utf8')
    const renamed = text
      .replaceAll(file(old.name), file(name))
      .replaceAll(old.name, name)
      .replaceAll(titleOf(old.name), titleOf(name))
    if (renamed !== text) await writeFile(path, renamed)
  }
  await nameSchemas(target)
}

/** Editors find the schemas beside the piece: they are those of the CLI that made it, and work offline. */
async function nameSchemas(target: string): Promise<void> {
  const own = join(target, '.ap-wasm')
  for (const schema of ['piece.schema.json', 'case.schema.json'])
    await cp(join(schemasFolder, schema), join(own, schema))
  await setSchema(join(target, 'piece.json'), './.ap-wasm/piece.schema.json')
  const cases = await readdir(join(target, 'tests')).catch(() => [])
  for (const name of cases)
    if (name.endsWith('.json')) await setSchema(join(target, 'tests', name), '../.ap-wasm/case.schema.json')
}

/** First in the file, and everything else as its author laid it out. */
async function setSchema(file: string, path: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const line = `"$schema": ${JSON.stringify(path)}`
  const changed = /"\$schema"\s*:\s*"[^"]*"/.test(text)
    ? text.replace(/"\$schema"\s*:\s*"[^"]*"/, line)
    : text.replace(/^\{\s*/, `{\n  ${line},\n  `)
  await writeFile(file, changed)
}
