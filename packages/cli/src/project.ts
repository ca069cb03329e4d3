/** @module project: the piece in the current folder. piece.json is the only source of its name, version and language. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkPieceJson, type PieceJson } from '@ap-wasm/executor'
import { CliError } from './world.ts'

export interface Project {
  folder: string
  piece: PieceJson
  readme: string | undefined
  /** A PNG. */
  icon: Uint8Array | undefined
  casesFolder: string
  /** Where `build` puts the artifact. */
  artifact: string
}

/** `@acme/github` 0.1.0 → `acme-github-0.1.0.wasm`. */
export const artifactName = ({ name, version }: Pick<PieceJson, 'name' | 'version'>): string =>
  `${name.replace(/^@/, '').replace('/', '-')}-${version}.wasm`

const optional = (file: string): Promise<Buffer | undefined> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

export async function readProject(folder: string): Promise<Project> {
  const file = join(folder, 'piece.json')
  if (!existsSync(file))
    throw new CliError('usage', 'there is no piece in this folder', {
      details: [`looked for ${file}`],
      remedy: 'change to the folder of a piece, or make one: ap-wasm init my-piece',
    })
  const text = await readFile(file, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new CliError('failed', 'piece.json is no JSON', { details: [`${file}: ${(error as Error).message}`] })
  }
  const violations = checkPieceJson(value).all()
  if (violations.length > 0)
    throw new CliError('failed', 'piece.json is not right', {
      details: violations.map((v) => `${v.path}: ${v.message}`),
      remedy: 'mend every line above; an editor that reads "$schema" shows them as you type',
    })
  const piece = value as PieceJson
  const [readme, icon] = await Promise.all([optional(join(folder, 'README.md')), optional(join(folder, 'icon.png'))])
  return {
    folder,
    piece,
    readme: readme?.toString('utf8'),
    icon: icon && new Uint8Array(icon),
    casesFolder: join(folder, 'tests'),
    artifact: join(folder, 'dist', artifactName(piece)),
  }
}
