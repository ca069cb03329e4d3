/** @module deployment: `ap-wasm deploy`: from the artifact to a version that an executor runs, with consent in between. */
import {
  type Ask,
  askOf,
  digestOf,
  type Manifest,
  type PermissionChange,
  permissionDiff,
  Refused,
  readManifest,
} from '@ap-wasm/executor'
import { inc, rcompare } from 'semver'
import { currentArtifact } from './artifact.ts'
import { type CommandContext, isSet, text, texts } from './command.ts'
import { ExecutorClient } from './executor-client.ts'
import { LocalExecutor } from './local-executor.ts'
import type { Output } from './output.ts'
import { readProject } from './project.ts'
import { confirm } from './prompt.ts'
import { readGiven, variables } from './values.ts'
import { CliError } from './world.ts'

interface Granted {
  http: string[]
  env: string[]
  store: Ask['store']
  files: Ask['files']
  run: Ask['run']
}

interface There {
  versions: { version: string; digest: string }[]
  granted: Granted
}

const NOTHING: Granted = { http: [], env: [], store: [], files: [], run: [] }

export async function deployPiece(context: CommandContext): Promise<void> {
  const { world, args } = context
  await deployArtifact(
    context,
    args[0] === undefined ? builtArtifact : () => readGiven(world, args[0]!, 'the argument'),
  )
}

/** The flags are judged before the artifact is built or fetched. */
export async function deployArtifact(
  context: CommandContext,
  artifact: (context: CommandContext) => Promise<Uint8Array>,
): Promise<void> {
  const { world, output } = context
  const client = new ExecutorClient(world, text(context, 'to')!, text(context, 'key'))
  const env = await variables(world, texts(context, 'env'), text(context, 'envFile'))
  const bytes = await artifact(context)
  const manifest = manifestOf(bytes)
  const { name, version } = manifest
  const there = await whatIsThere(client, name)
  const same = there.versions.find((one) => one.version === version)
  const digest = digestOf(bytes)
  if (same && same.digest !== digest) throw versionExists(manifest, there)
  const ask = askOf(manifest)
  checkVariables(ask, env, there.granted)
  const wanted = withoutAbsent(ask, env, there.granted)
  if (!same) await output.progress('validating', client.json('POST', '/v1/pieces?dryRun=true', bytes))

  const changes = permissionDiff(askedBy(there.granted, ask), wanted)
  const gained = changes.filter(({ sign }) => sign === '+')
  const isNoop = same !== undefined && gained.length === 0 && Object.keys(env).length === 0
  const about = { name, version, digest, permissions: changes.map(({ sign, permission }) => ({ sign, ...permission })) }
  if (isNoop) {
    output.print(`${name} ${version} is deployed at ${client.url.origin} already; nothing changed`)
    return output.data({ ok: true, ...about, changed: false })
  }
  output.detail(
    `${output.style('bold', `${name} ${version}`)} at ${client.url.origin}\n${changeLines(output, changes)}`,
  )
  if (isSet(context, 'dryRun')) {
    output.print('valid; nothing was changed (--dry-run)')
    return output.data({ ok: true, ...about, dryRun: true, changed: false })
  }
  if (gained.length > 0 && !isSet(context, 'yes')) {
    const message = `Allow ${name} ${version} to do what is marked +?`
    if (!(await confirm(world, { message, flag: '--yes' })))
      throw new CliError('failed', 'not deployed: nothing was consented to', {
        remedy: 'ask for less in piece.json, or consent',
      })
  }
  if (!same) await output.progress('uploading', client.json('POST', '/v1/pieces', bytes))
  await consent(client, manifest, grantsBody(there.granted, ask, env))
  output.print(`deployed ${name} ${version}  ${digest}`)
  output.note(`\ncall it:\n  ${curlLine(client, manifest, context)}`)
  output.data({ ok: true, ...about, changed: true })
}

/** Of the piece in this folder, as its sources are now. */
export async function builtArtifact(context: CommandContext): Promise<Uint8Array> {
  const { world, output } = context
  const project = await readProject(world.cwd)
  const executor = await LocalExecutor.open(world)
  try {
    return await currentArtifact(world, output, project, executor, 'sources and cases')
  } finally {
    await executor.close()
  }
}

export function manifestOf(bytes: Uint8Array): Manifest {
  try {
    return readManifest(bytes)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new CliError('failed', 'this file is no artifact', {
      details: error.reasons,
      remedy: 'make one: ap-wasm build',
    })
  }
}

async function whatIsThere(client: ExecutorClient, name: string): Promise<There> {
  const path = `/v1/pieces/${name}`
  try {
    const { body } = await client.json<{ versions: There['versions'] }>('GET', path)
    const grants = await client.json<{ granted: Granted }>('GET', `${path}/grants`)
    return { versions: body.versions, granted: grants.body.granted }
  } catch (error) {
    const none = error instanceof CliError && error.data.code === 'AP_PIECE_NOT_FOUND'
    if (none) return { versions: [], granted: NOTHING }
    throw error
  }
}

function versionExists({ name, version }: Manifest, { versions }: There): CliError {
  const [newest = version] = versions.map((one) => one.version).sort(rcompare)
  const next = inc(newest, 'patch')
  return new CliError('failed', `${name} ${version} is deployed there already, with other bytes`, {
    details: [`the newest version there is ${newest}`],
    remedy: `a version is never overwritten: set "version": "${next}" in piece.json and deploy again`,
    data: { code: 'AP_VERSION_EXISTS', next },
  })
}

function checkVariables(ask: Ask, env: Record<string, string>, granted: Granted): void {
  const unknown = Object.keys(env).filter((name) => !Object.hasOwn(ask.env, name))
  if (unknown.length > 0)
    throw new CliError('usage', `the piece does not ask for ${unknown.join(', ')}`, {
      details: [`it asks for: ${Object.keys(ask.env).join(', ') || 'none'}`],
      remedy: 'add the name to capabilities.env in piece.json, or leave it out',
    })
  const lacking = Object.entries(ask.env).filter(
    ([name, { required }]) => required && !Object.hasOwn(env, name) && !granted.env.includes(name),
  )
  if (lacking.length > 0)
    throw new CliError('usage', `the piece needs a value for ${lacking.map(([name]) => name).join(', ')}`, {
      details: lacking.map(([name, { description }]) => `${name}${description ? `: ${description}` : ''}`),
      remedy: lacking.map(([name]) => `--env ${name}=…`).join(' '),
    })
}

/** A variable that is optional and has no value needs no consent: it is absent. */
const withoutAbsent = (ask: Ask, env: Record<string, string>, granted: Granted): Ask => ({
  ...ask,
  env: Object.fromEntries(
    Object.entries(ask.env).filter(([name]) => Object.hasOwn(env, name) || granted.env.includes(name)),
  ),
})

/** What was granted, as an ask: it can be compared with one. */
function askedBy(granted: Granted, ask: Ask): Ask {
  const env = Object.fromEntries(granted.env.map((name) => [name, ask.env[name] ?? { required: true }]))
  return { ...granted, env }
}

/** What was granted to older versions stays: flows may run them. */
function grantsBody(granted: Granted, ask: Ask, env: Record<string, string>): object {
  const both = <K extends 'http' | 'store' | 'files' | 'run'>(kind: K) => [
    ...new Set<string>([...granted[kind], ...ask[kind]]),
  ]
  const kept = Object.fromEntries(granted.env.map((name) => [name, true]))
  return { http: both('http'), store: both('store'), files: both('files'), run: both('run'), env: { ...kept, ...env } }
}

async function consent(client: ExecutorClient, { name, version }: Manifest, body: object): Promise<void> {
  try {
    await client.json('PUT', `/v1/pieces/${name}/grants`, body)
  } catch (error) {
    if (!(error instanceof CliError) || error.data.code !== 'AP_FORBIDDEN') throw error
    throw new CliError('failed', `${name} ${version} is uploaded, and waits for somebody's consent`, {
      details: error.details,
      remedy: 'deploy it again with a key that has the role "grant"',
      data: error.data,
    })
  }
}

const SIGN_STYLES = { '+': 'green', '-': 'dim', ' ': 'dim' } as const

export function changeLines(output: Output, changes: readonly PermissionChange[]): string {
  if (changes.length === 0) return '  asks for nothing: it computes, and reaches nothing'
  return changes
    .map(({ sign, permission: { words, wide } }) =>
      output.style(
        wide && sign === '+' ? 'red' : SIGN_STYLES[sign],
        `  ${sign} ${words}${sign === '-' ? ' (no longer asked)' : ''}`,
      ),
    )
    .join('\n')
}

const EXAMPLES: Readonly<Record<string, unknown>> = { NUMBER: 1, CHECKBOX: true, ARRAY: [], OBJECT: {}, JSON: {} }

/** Of the action that asks for least, with what it must have. */
function curlLine(client: ExecutorClient, manifest: Manifest, context: CommandContext): string {
  const { name, description } = manifest
  const at = `${client.url.origin}/v1/pieces/${name}`
  const needs = Object.entries(description.actions).map(([action, { props, requireAuth }]) => {
    const required = Object.entries(props).filter(([, one]) => one.required && one.defaultValue === undefined)
    return {
      action,
      requireAuth,
      props: Object.fromEntries(required.map(([key, { type }]) => [key, EXAMPLES[type] ?? '…'])),
    }
  })
  const weight = ({ requireAuth, props }: (typeof needs)[number]): number =>
    Object.keys(props).length + (requireAuth ? 10 : 0)
  const [least] = needs.sort((a, b) => weight(a) - weight(b))
  if (!least) return `curl ${at}`
  const key = text(context, 'key') === undefined ? '' : ` -H "authorization: Bearer $AP_WASM_KEY"`
  const auth = least.requireAuth ? { auth: { type: description.auth?.[0]?.type } } : {}
  // State of a flow is refused to a call that names none.
  const run = askOf(manifest).store.includes('flow') ? { run: { flowId: 'my-flow' } } : {}
  const body = JSON.stringify({ props: least.props, ...auth, ...run }).replaceAll("'", "'\\''")
  return `curl -X POST ${at}/latest/actions/${least.action} -H 'content-type: application/json'${key} -d '${body}'`
}
