/**
 * What is generated and committed: `node scripts/generate.ts` writes it, `--check` only compares (a test does the same).
 * A generator is one row: the file and who makes its text.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DESCRIPTION } from '../packages/executor/src/description.ts'
import { PIECE_JSON } from '../packages/executor/src/piece/piece-json.ts'
import { conformancePage } from './make-conformance-page.ts'
import { languagesPage } from './make-languages.ts'
import { makeReference } from './make-reference.ts'
import { capabilitiesPage, errorsPage, limitsPage, propertiesPage, settingsPage } from './make-tables.ts'
import { makeWorldTypes } from './make-world-types.ts'

interface Generator {
  /** From the root of the repository. */
  file: string
  make: () => string | Promise<string>
}

const jsonSchema = (title: string, schema: object): string => {
  const definitions: Record<string, unknown> = {}
  const body = hoisted(schema, definitions) as object
  const whole = { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...body, $defs: definitions }
  if (Object.keys(definitions).length === 0) Reflect.deleteProperty(whole, '$defs')
  return `${JSON.stringify(whole, null, 2)}\n`
}

/** Shapes that a `type` tells apart stand once, under `$defs`, by that name: a reader sees each once. */
function hoisted(schema: unknown, definitions: Record<string, unknown>): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map((one) => hoisted(one, definitions))
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, hoisted(value, definitions)]))
  const tag = (schema as { properties?: { type?: { const?: string } } }).properties?.type?.const
  if (tag === undefined) return copy
  const text = JSON.stringify(copy)
  // SECRET_TEXT is a connection and a property of one.
  let name = tag
  while (definitions[name] !== undefined && JSON.stringify(definitions[name]) !== text) name += '_'
  definitions[name] = copy
  return { $ref: `#/$defs/${name}` }
}

/** Loaded late: it imports the executor by its name, which the sources answer to under a condition alone. */
const caseSchema = async (): Promise<string> =>
  jsonSchema('A test case of ap-wasm', (await import('../packages/cli/src/cases.ts')).CASE)

const commandLine = async (): Promise<string> => {
  const [{ COMMANDS }, { CASE }, { cliPage }] = await Promise.all([
    import('../packages/cli/src/commands/index.ts'),
    import('../packages/cli/src/cases.ts'),
    import('./make-cli-page.ts'),
  ])
  return cliPage(COMMANDS, CASE)
}

/** Loaded late, as the command line is. */
const registryTables = async (): Promise<string> => (await import('./make-registry-page.ts')).registryTablesPage()

export const GENERATORS: readonly Generator[] = [
  { file: 'wit/description.schema.json', make: () => jsonSchema('What a piece says about itself', DESCRIPTION) },
  { file: 'wit/piece.schema.json', make: () => jsonSchema('piece.json of ap-wasm', PIECE_JSON) },
  { file: 'wit/case.schema.json', make: caseSchema },
  { file: 'packages/executor/src/generated/reference.ts', make: makeReference },
  { file: 'packages/executor/src/generated/world.ts', make: makeWorldTypes },
  { file: 'docs/settings.md', make: settingsPage },
  { file: 'docs/limits.md', make: limitsPage },
  { file: 'docs/errors.md', make: errorsPage },
  { file: 'docs/cli.md', make: commandLine },
  { file: 'docs/capabilities.md', make: capabilitiesPage },
  { file: 'docs/properties.md', make: propertiesPage },
  { file: 'docs/languages.md', make: languagesPage },
  { file: 'docs/registry-tables.md', make: registryTables },
  { file: 'docs/conformance.md', make: conformancePage },
]

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

/** Files whose committed text is not what their generator makes. */
export async function stale(): Promise<{ file: string; text: string }[]> {
  const found: { file: string; text: string }[] = []
  for (const { file, make } of GENERATORS) {
    const text = await make()
    let committed: string | undefined
    try {
      committed = readFileSync(pathOf(file), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    if (committed !== text) found.push({ file, text })
  }
  return found
}

const SOURCES = '--conditions=@ap-wasm/source'
if (import.meta.main && !process.execArgv.includes(SOURCES)) {
  const args = [...process.execArgv, SOURCES, ...process.argv.slice(1)]
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
} else if (import.meta.main) {
  const files = await stale()
  const check = process.argv.includes('--check')
  for (const { file, text } of files) {
    console.log(`${check ? 'differs' : 'written'}: ${file}`)
    if (!check) writeFileSync(pathOf(file), text)
  }
  if (check && files.length > 0) process.exitCode = 1
}
