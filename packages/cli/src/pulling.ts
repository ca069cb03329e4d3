/** @module pulling: `ap-wasm search`, `pull` and `add`: what a registry has, its bytes checked, and into an executor. */
import { resolve } from 'node:path'
import { digestOf, openEnvelope } from '@ap-wasm/executor'
import { writeArtifact } from './artifact.ts'
import { type CommandContext, text } from './command.ts'
import { deployArtifact } from './deployment.ts'
import { problemError, readProblem } from './executor-client.ts'
import { type Output, printable, table } from './output.ts'
import { artifactName } from './project.ts'
import { RegistryClient } from './registry-client.ts'
import { CliError } from './world.ts'

interface Found {
  total: number
  pieces: {
    name: string
    version: string
    description: string
    language: string
    score: number
    downloads: number
    capabilities: string[]
    hosts: string[]
  }[]
}

interface Version {
  name: string
  version: string
  digest: string
  bytes: number
  publishedBy: string
  yanked?: { reason: string }
  signature?: unknown
  publicKey?: string
  signedBy?: string
}

export const FILTERS = ['language', 'category', 'capability', 'host', 'tag', 'license', 'author'] as const

export async function searchPieces(context: CommandContext): Promise<void> {
  const { world, output, args } = context
  const client = new RegistryClient(world, text(context, 'registry')!)
  const words = (args as readonly unknown[]).flat().filter((word) => typeof word === 'string')
  const query = new URLSearchParams({ q: words.join(' '), limit: text(context, 'limit') ?? '20' })
  for (const name of FILTERS) if (text(context, name) !== undefined) query.set(name, text(context, name)!)
  if (text(context, 'sort') !== undefined) query.set('sort', text(context, 'sort')!)
  const found = await client.json<Found>(`/api/v1/pieces?${query}`)
  const rows = found.pieces.map((one) => [
    ...[one.name, one.version, String(one.score), one.language, reachOf(one)],
    one.description.length > 60 ? `${one.description.slice(0, 59)}…` : one.description,
  ])
  if (rows.length === 0) output.print('nothing fits: every word must be found, and every filter must hold')
  else output.print(printable(table([['NAME', 'VERSION', 'SCORE', 'LANGUAGE', 'MAY', ''], ...rows])))
  if (found.total > rows.length) output.detail(`${found.total - rows.length} more; narrow it, or --limit`)
  output.data({ ok: true, total: found.total, pieces: found.pieces })
}

function reachOf({ hosts, capabilities }: Found['pieces'][number]): string {
  const others = capabilities.filter((one) => one !== 'http')
  const reach = [...hosts.map((host) => (host === '*' ? 'ANY host' : host)).slice(0, 2), ...others]
  return reach.join(', ') || 'nothing'
}

/** `name`, `name@range`, or a digest. */
interface Wanted {
  name: string
  range: string
}

function wantedIn(argument: string): Wanted | { digest: string } {
  if (/^sha256:[0-9a-f]{64}$/.test(argument)) return { digest: argument }
  const [, name, range] = /^(@?[a-z][^@]*)(?:@(.+))?$/.exec(argument) ?? []
  if (name === undefined)
    throw new CliError('usage', `"${argument}" names no piece`, {
      remedy: 'for example feeds, @acme/github@^1.2, or sha256:…',
    })
  return { name, range: range ?? 'latest' }
}

export interface Pulled {
  bytes: Uint8Array
  digest: string
  about: Version | undefined
}

/** The bytes of what was asked for, as their digest and their signature say. */
export async function pull(context: CommandContext, argument: string): Promise<Pulled> {
  const { world, output } = context
  const client = new RegistryClient(world, text(context, 'registry')!)
  const wanted = wantedIn(argument)
  if ('digest' in wanted) {
    const bytes = await fetched(client, `/api/v1/artifacts/${wanted.digest}`, wanted.digest)
    return { bytes, digest: wanted.digest, about: undefined }
  }
  const { name, range } = wanted
  const minAge = text(context, 'minAge')
  const query = minAge === undefined ? '' : `?minAge=${encodeURIComponent(minAge)}`
  const about = await client.json<Version>(`/api/v1/pieces/${name}/${encodeURIComponent(range)}${query}`)
  if (about.yanked) output.warn(printable(`${name} ${about.version} was withdrawn: ${about.yanked.reason}`))
  checkSignature(output, about)
  const path = `/api/v1/pieces/${name}/${about.version}/artifact`
  const bytes = await output.progress(`fetching ${name} ${about.version}`, fetched(client, path, about.digest))
  return { bytes, digest: about.digest, about }
}

async function fetched(client: RegistryClient, path: string, digest: string): Promise<Uint8Array> {
  const response = await client.send(path)
  if (!response.ok) throw problemError(await readProblem(response, 'registry', '--registry'))
  const bytes = new Uint8Array(await response.arrayBuffer())
  const got = digestOf(bytes)
  if (got === digest) return bytes
  throw new CliError('environment', 'the bytes are not those of the digest', {
    details: [`expected ${digest}`, `got      ${got}`],
    remedy: 'something between here and the registry changes them; do not use them',
  })
}

/** What says that it is signed must be; that nobody signed is told. */
function checkSignature(output: Output, about: Version): void {
  const { name, version, digest, signature, publicKey, signedBy } = about
  if (signature === undefined || publicKey === undefined || signedBy === undefined) {
    output.note(`${name} ${version} is not signed`)
    return
  }
  const opened = openEnvelope(signature, 'application/vnd.ap-wasm.publish+json', [{ id: signedBy, publicKey }])
  const said = opened?.value as Partial<Version> | null | undefined
  if (said?.name === name && said?.version === version && said?.digest === digest) {
    output.note(printable(`signed by ${about.publishedBy} (${signedBy.slice(0, 16)})`))
    return
  }
  throw new CliError('environment', `the signature of ${name} ${version} does not hold`, {
    remedy: 'the registry serves something else than was signed: do not use it',
  })
}

export async function pullPiece(context: CommandContext): Promise<void> {
  const { world, output, args } = context
  const { bytes, digest, about } = await pull(context, args[0]!)
  const usual = about ? artifactName(about) : `${digest.slice('sha256:'.length, 'sha256:'.length + 12)}.wasm`
  const file = resolve(world.cwd, text(context, 'out') ?? usual)
  await writeArtifact(file, bytes)
  output.print(`${file}\n${digest}`)
  output.data({
    ok: true,
    file,
    digest,
    bytes: bytes.length,
    ...(about ? { name: about.name, version: about.version } : {}),
  })
}

export async function addPiece(context: CommandContext): Promise<void> {
  await deployArtifact(context, async () => (await pull(context, context.args[0]!)).bytes)
}
