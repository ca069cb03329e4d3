import type { Command } from '../command.ts'
import { deploy, EXECUTOR_OPTIONS } from './deploy.ts'

export const REGISTRY = {
  flags: '--registry <url>',
  doc: 'the registry',
  default: 'http://127.0.0.1:7790',
} as const
const TOKEN = {
  flags: '--token <token>',
  doc: 'a token of it, instead of what `ap-wasm login` keeps; better in AP_WASM_REGISTRY_TOKEN, which no process list shows',
  environment: 'AP_WASM_REGISTRY_TOKEN',
} as const
export const MIN_AGE = {
  flags: '--min-age <age>',
  doc: 'pass over versions that are younger: 3d, 12h, 30m',
} as const
const YES = { flags: '--yes', doc: 'consent without being asked' } as const

export const login: Command = {
  name: 'login',
  summary: 'sign in to a registry, to publish there',
  help: `Shows a code and an address; whoever is signed in there in a browser consents. A key is made on this machine and
registered with it: what is published from here is signed.

Examples:
  ap-wasm login --registry https://pieces.example.com
  ap-wasm login --scope @acme/github --days 7`,
  options: [
    REGISTRY,
    { flags: '--scope <scope>', doc: 'what the token reaches: "*", "@scope/*" or one piece', default: '*' },
    { flags: '--days <days>', doc: 'how long it lasts', default: '90' },
    { flags: '--forget', doc: 'forget what is kept of this registry' },
  ],
  async run(context) {
    const { logIn } = await import('../login.ts')
    await logIn(context)
  },
}

export const publish: Command = {
  name: 'publish',
  summary: 'publish the piece in this folder to a registry, signed',
  help: `Builds it, lets the registry judge it, shows what it asks and what changed since the version before, asks, then
publishes. A version never changes: the same bytes again change nothing, other bytes are refused.

Examples:
  ap-wasm publish --dry-run
  ap-wasm publish --registry https://pieces.example.com --yes`,
  arguments: [{ name: '[file]', doc: 'an artifact that was built before' }],
  options: [
    REGISTRY,
    TOKEN,
    { flags: '--no-provenance', doc: 'do not state the commit that it was built from' },
    YES,
    { flags: '--dry-run', doc: 'validate and show; publish nothing' },
  ],
  async run(context) {
    const { publishPiece } = await import('../publishing.ts')
    await publishPiece(context)
  },
}

export const yank: Command = {
  name: 'yank',
  summary: 'withdraw a version that was published: ranges pass over it',
  help: `Whoever pinned it still gets it, with the reason.

Examples:
  ap-wasm yank @acme/github@1.2.3 --reason "it loses data"
  ap-wasm yank @acme/github@1.2.3 --undo`,
  arguments: [{ name: '<version>', doc: 'name@1.2.3' }],
  options: [
    REGISTRY,
    TOKEN,
    { flags: '--reason <text>', doc: 'why; everybody sees it' },
    { flags: '--undo', doc: 'offer it again' },
  ],
  async run(context) {
    const { yankVersion } = await import('../publishing.ts')
    await yankVersion(context)
  },
}

export const search: Command = {
  name: 'search',
  summary: 'find pieces in a registry',
  help: `Examples:
  ap-wasm search rss
  ap-wasm search --host api.github.com --language rust`,
  arguments: [{ name: '[words...]', doc: 'each must be found' }],
  options: [
    REGISTRY,
    { flags: '--language <language>', doc: 'written in it' },
    { flags: '--category <category>', doc: 'of the category: PRODUCTIVITY' },
    {
      flags: '--capability <capability>',
      doc: 'that asks for it, or for none',
      choices: ['http', 'env', 'store', 'files', 'run', 'none'],
    },
    { flags: '--host <host>', doc: 'that asks for the host: api.github.com, "*" for any' },
    { flags: '--tag <tag>', doc: 'with the tag' },
    { flags: '--license <license>', doc: 'under the licence: MIT' },
    { flags: '--author <account>', doc: 'published by the account' },
    { flags: '--sort <order>', doc: 'in this order', choices: ['relevance', 'downloads', 'updated', 'score', 'name'] },
    { flags: '--limit <count>', doc: 'so many', default: '20' },
  ],
  async run(context) {
    const { searchPieces } = await import('../pulling.ts')
    await searchPieces(context)
  },
}

export const pull: Command = {
  name: 'pull',
  summary: 'fetch an artifact from a registry, checked against its digest and signature',
  help: `Examples:
  ap-wasm pull feeds
  ap-wasm pull @acme/github@^1.2 --min-age 3d --out github.wasm
  ap-wasm pull sha256:…`,
  arguments: [{ name: '<piece>', doc: 'name, name@range, or a digest' }],
  options: [REGISTRY, MIN_AGE, { flags: '--out <file>', doc: 'where to put it' }],
  async run(context) {
    const { pullPiece } = await import('../pulling.ts')
    await pullPiece(context)
  },
}

export const add: Command = {
  name: 'add',
  summary: 'install a piece of a registry in an executor, and consent to what it asks',
  help: `Fetches and checks it, shows what it may do there and what changes, asks, then grants it.

Examples:
  ap-wasm add feeds
  ap-wasm add @acme/github@^1.2 --min-age 3d --env GITHUB_API_URL=https://api.github.com`,
  arguments: [{ name: '<piece>', doc: 'name, name@range, or a digest' }],
  options: [
    REGISTRY,
    MIN_AGE,
    ...EXECUTOR_OPTIONS,
    ...(deploy.options ?? []).filter(({ flags }) => /^--(env|env-file|yes|dry-run)\b/.test(flags)),
  ],
  async run(context) {
    const { addPiece } = await import('../pulling.ts')
    await addPiece(context)
  },
}
