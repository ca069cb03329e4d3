/** @module publishing: `ap-wasm publish` and `yank`: what a piece is, by whom, from which source; then for everybody. */
import {
  type Ask,
  askOf,
  byteWords,
  digestOf,
  type Manifest,
  permissionDiff,
  type SigningKey,
  sealEnvelope,
} from '@ap-wasm/executor'
import { runChild } from './child.ts'
import { type CommandContext, isSet, text } from './command.ts'
import { signedIn } from './credentials.ts'
import { builtArtifact, changeLines, manifestOf } from './deployment.ts'
import { confirm } from './prompt.ts'
import type { RegistryClient } from './registry-client.ts'
import { readGiven } from './values.ts'
import { CliError } from './world.ts'

interface Published {
  digest: string
  score: number
  signed: boolean
  warnings: string[]
  isNew: boolean
  url: string
}

const SIGNED_TYPE = 'application/vnd.ap-wasm.publish+json'
const PROVENANCE_TYPE = 'application/vnd.in-toto+json'
const GIT_MS = 10_000

export async function publishPiece(context: CommandContext): Promise<void> {
  const { world, output, args } = context
  const { client, key } = await signedIn(context)
  const bytes = args[0] === undefined ? await builtArtifact(context) : await readGiven(world, args[0], 'the argument')
  const manifest = manifestOf(bytes)
  const { name, version } = manifest
  const digest = digestOf(bytes)
  const changes = permissionDiff(await askedBefore(client, name), askOf(manifest))
  output.detail(
    `${output.style('bold', `${name} ${version}`)}  ${byteWords(bytes.length)}  ${digest}\n${changeLines(output, changes)}`,
  )
  const headers = await envelopes(context, key, manifest, digest)
  const at = `/api/v1/pieces/${name}/${version}`
  const send = (query: string) => client.json<Published>(`${at}${query}`, { method: 'PUT', body: bytes, headers })

  const judged = await output.progress('validating there', send('?dryRun=true'))
  for (const warning of judged.warnings) output.warn(warning)
  output.detail(`score ${judged.score} of 100${judged.signed ? ', signed' : ', not signed'}`)
  const about = { name, version, digest, score: judged.score, signed: judged.signed }
  if (isSet(context, 'dryRun')) {
    output.print('valid; nothing was published (--dry-run)')
    return output.data({ ok: true, ...about, dryRun: true, changed: false })
  }
  if (!isSet(context, 'yes')) {
    const message = `Publish ${name} ${version} to ${client.url.origin}, for everybody and for good?`
    if (!(await confirm(world, { message, flag: '--yes' }))) throw new CliError('failed', 'not published')
  }
  const published = await output.progress('publishing', send(''))
  output.print(
    published.isNew
      ? `published ${name} ${version}\n${published.url}`
      : `${name} ${version} is published already, with these bytes`,
  )
  output.data({ ok: true, ...about, url: published.url, changed: published.isNew })
}

/** What the newest version there asks for; nothing, where there is none. */
async function askedBefore(client: RegistryClient, name: string): Promise<Ask | undefined> {
  try {
    return (await client.json<{ capabilities: Ask }>(`/api/v1/pieces/${name}/latest`)).capabilities
  } catch (error) {
    const { code } = error instanceof CliError ? error.data : {}
    if (code === 'AR_PIECE_NOT_FOUND' || code === 'AR_VERSION_NOT_FOUND') return undefined
    throw error
  }
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

async function envelopes(
  context: CommandContext,
  key: SigningKey | undefined,
  { name, version }: Manifest,
  digest: string,
): Promise<Record<string, string>> {
  const { output } = context
  if (!key) {
    output.note('not signed: `ap-wasm login` on this machine makes a key')
    return {}
  }
  const signature = { 'ap-wasm-signature': base64(sealEnvelope(SIGNED_TYPE, { name, version, digest }, key)) }
  const source = isSet(context, 'provenance') ? await sourceOf(context) : undefined
  if (!source) return signature
  output.detail(`from ${source.uri} at ${source.commit.slice(0, 12)}`)
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${name}@${version}`, digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://ap-wasm.dev/build/v1',
        externalParameters: {},
        resolvedDependencies: [{ uri: source.uri, digest: { gitCommit: source.commit } }],
      },
      runDetails: { builder: { id: 'https://ap-wasm.dev/cli' } },
    },
  }
  return { ...signature, 'ap-wasm-provenance': base64(sealEnvelope(PROVENANCE_TYPE, statement, key)) }
}

/** The commit that the piece was built from: only where all work is committed, and there is somewhere to look. */
async function sourceOf({ world, output }: CommandContext): Promise<{ uri: string; commit: string } | undefined> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    const { code, stdout } = await runChild(world, 'git', args, { timeoutMs: GIT_MS })
    return code === 0 ? stdout.trim() : undefined
  }
  const [commit, changes, remote] = [
    await git('rev-parse', 'HEAD'),
    await git('status', '--porcelain', '--', '.'),
    await git('remote', 'get-url', 'origin'),
  ]
  if (commit === undefined || changes === undefined || remote === undefined) return undefined
  if (changes !== '') {
    output.note('it states no source: not all work in this folder is committed')
    return undefined
  }
  return { uri: `git+${publicRemote(remote)}`, commit }
}

/** `git@host:path` as an address, and without whoever's password. */
function publicRemote(remote: string): string {
  const [, host, path] = /^[\w.-]+@([\w.-]+):(.+)$/.exec(remote) ?? []
  const url = URL.parse(host === undefined ? remote : `https://${host}/${path}`)
  if (!url) return remote
  url.username = ''
  url.password = ''
  return url.href
}

export async function yankVersion(context: CommandContext): Promise<void> {
  const { output, args } = context
  const [, name, version] = /^(@?[^@]+)@(\d+\.\d+\.\d+)$/.exec(args[0]!) ?? []
  if (name === undefined)
    throw new CliError('usage', `"${args[0]}" is no version of a piece`, { remedy: 'for example @acme/github@1.2.3' })
  const { client } = await signedIn(context)
  const undo = isSet(context, 'undo')
  const reason = text(context, 'reason')
  if (!undo && reason === undefined)
    throw new CliError('usage', 'a version is withdrawn with a reason, which everybody sees', {
      remedy: '--reason "it loses data"',
    })
  await client.json(
    `/api/v1/pieces/${name}/${version}/yank`,
    undo ? { method: 'DELETE' } : { method: 'POST', body: { reason } },
  )
  output.print(undo ? `${name} ${version} is offered again` : `withdrew ${name} ${version}: ranges pass over it`)
  output.data({ ok: true, name, version, yanked: !undo })
}
