/**
 * @module cases: a test case is a file in `tests/`. Its schema is written once: the type, the check and the editor's
 * `wit/case.schema.json` come from it.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  collect,
  createRedactor,
  decodeJson,
  encodeJson,
  MOCK,
  sentences,
  TRIGGER_HOOKS,
  Violations,
} from '@ap-wasm/executor'
import Type, { type Static } from 'typebox'
import { CliError } from './world.ts'

const closed = { additionalProperties: false } as const
const optional = Type.Optional
const anything = Type.Unknown()
const values = (description: string) => optional(Type.Record(Type.String(), anything, { description }))
const storeOf = (description: string) =>
  Type.Object({ flow: values('Of the flow.'), project: values('Of the project.') }, { ...closed, description })

const EXPECT = Type.Object(
  {
    output: optional(Type.Unknown({ description: 'Exactly this.' })),
    failure: optional(
      Type.Object(
        {
          code: Type.String(),
          message: optional(Type.String()),
          retryAfterMs: optional(Type.Number()),
          detail: optional(anything),
        },
        { ...closed, description: 'The piece refuses; what is not named is not compared.' },
      ),
    ),
    error: optional(
      Type.Object({ code: Type.String() }, { ...closed, description: 'The executor ends the call: docs/errors.md.' }),
    ),
    effects: optional(
      Type.Object(
        { respond: optional(anything), stop: optional(anything), wait: optional(anything), files: optional(anything) },
        { ...closed, description: 'What it asks of its run; what is not named is not compared.' },
      ),
    ),
    store: optional(storeOf('What stands in the store afterwards, by scope.')),
  },
  closed,
)

export const CASE = Type.Object(
  {
    $schema: optional(Type.String()),
    description: optional(Type.String()),
    action: optional(Type.String({ description: 'The action that is called.' })),
    trigger: optional(Type.String({ description: 'The trigger that is called, with `hook`.' })),
    hook: optional(Type.Enum([...TRIGGER_HOOKS])),
    resolve: optional(Type.String({ description: 'A path: actions/<name>/props/<name>, auth/validate …' })),
    props: values('The properties.'),
    auth: optional(Type.Unknown({ description: 'The connection. Write no secret here: any text serves a mock.' })),
    env: optional(Type.Record(Type.String(), Type.String(), { description: 'Variables that piece.json asks for.' })),
    run: values('What surrounds the call; projectId is "project" and flowId "flow" if absent.'),
    payload: optional(Type.Unknown({ description: 'Of a webhook.' })),
    webhookUrl: optional(Type.String()),
    searchValue: optional(Type.String()),
    secret: optional(Type.String()),
    now: optional(Type.String({ description: 'The clock: ISO 8601; 2026-01-01T00:00:00Z if absent.' })),
    seed: optional(Type.Integer({ description: 'Of its random; 1 if absent.' })),
    store: optional(storeOf('What stands in the store before, by scope.')),
    http: optional(Type.Array(MOCK, { description: 'Answered in this order. Nothing leaves the machine.' })),
    expect: optional(EXPECT),
    maxFuel: optional(Type.Integer({ minimum: 1, description: 'More instructions than this are a failure.' })),
  },
  closed,
)
export type Case = Static<typeof CASE>

export interface CaseFile {
  /** `fetch-ok`, of `tests/fetch-ok.json`; below a folder `feeds/empty`. */
  name: string
  file: string
  value: Case
}

export const DEFAULT_NOW = '2026-01-01T00:00:00Z'

/** Every violation with its place; none: the value is a Case. */
export function checkCase(value: unknown): string[] {
  const violations = new Violations()
  collect(violations, CASE, value)
  const one = (typeof value === 'object' && value !== null ? value : {}) as Case
  const called = (['action', 'trigger', 'resolve'] as const).filter((key) => one[key] !== undefined)
  if (called.length !== 1)
    violations.add(
      [],
      `names exactly one of action, trigger and resolve; this one names ${called.join(' and ') || 'none'}`,
    )
  if ((one.trigger === undefined) !== (one.hook === undefined))
    violations.add(['hook'], 'stands beside trigger, and only there')
  if (one.now !== undefined && Number.isNaN(Date.parse(one.now))) violations.add(['now'], `"${one.now}" is no instant`)
  const ends = (['output', 'failure', 'error'] as const).filter((key) => one.expect?.[key] !== undefined)
  if (ends.length > 1)
    violations.add(['expect'], `names one of output, failure and error; this one names ${ends.join(' and ')}`)
  return sentences(violations.all())
}

/** All of them, by name; a file that is no case is an error that names every fault. */
export async function readCases(folder: string, filter = ''): Promise<CaseFile[]> {
  const entries = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = entries
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, '').replaceAll('\\', '/'))
    .filter((name) => name.includes(filter))
    .sort()
  return Promise.all(names.map((name) => readCase(name, join(folder, `${name}.json`))))
}

export async function readCase(name: string, file: string): Promise<CaseFile> {
  let value: unknown
  try {
    value = decodeJson(await readFile(file))
  } catch (error) {
    throw new CliError('failed', `tests/${name}.json is no JSON`, { details: [(error as Error).message] })
  }
  const reasons = checkCase(value)
  if (reasons.length > 0)
    throw new CliError('failed', `tests/${name}.json is no test case`, {
      details: reasons,
      remedy: 'mend every line above; the schema that "$schema" names shows them in an editor',
    })
  return { name, file, value: value as Case }
}

/** As a person would write it. */
export async function writeCase(file: string, value: Case): Promise<void> {
  const exact: unknown = JSON.parse(new TextDecoder().decode(encodeJson(value)))
  await writeFile(file, `${JSON.stringify(exact, null, 2)}\n`)
}

const PLAYGROUND_BYTES = 256 * 1024
const PLAYGROUND_CASES = 1_000

/** Cases as the artifact carries them: what was a connection's or a variable's value is its name, wherever it stands. */
export async function manifestCases(folder: string): Promise<{ cases: Record<string, unknown>[]; leftOut: string[] }> {
  const cases: Record<string, unknown>[] = []
  const leftOut: string[] = []
  let bytes = 2
  for (const { name, value } of await readCases(folder)) {
    const { $schema: _, ...one } = value
    const redacted = createRedactor(one.auth, one.env ?? {}, (path) => path === 'auth.type').value({ name, ...one })
    const size = encodeJson(redacted).length + 1
    if (bytes + size > PLAYGROUND_BYTES || cases.length === PLAYGROUND_CASES) leftOut.push(name)
    else {
      bytes += size
      cases.push(redacted)
    }
  }
  return { cases, leftOut }
}
