/** The command line and a registry: sign in, publish, find, install, fetch, withdraw. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliOptions, type CliRun, runCli, TemporaryFolder } from '../../packages/cli/src/cli.suite.ts'
import { type Running as Executor, startServer } from '../api/server.ts'
import { artifact, type Running, startRegistry } from './registry.ts'

let here: Running
let executor: Executor
const folder = new TemporaryFolder()
const home = new TemporaryFolder()

beforeAll(async () => {
  here = await startRegistry()
  executor = await startServer()
  await here.author('acme')
  await here.author('other')
  const http = { http: ['https://api.example.com'] }
  await folder.write({
    'echo-1.wasm': await artifact({ name: '@acme/echo', version: '1.0.0', tags: ['echo'] }),
    'echo-1-other.wasm': await artifact({ name: '@acme/echo', version: '1.0.0', readme: 'Other.' }),
    'echo-2.wasm': await artifact({ name: '@acme/echo', version: '1.1.0', capabilities: http }),
    'mine.wasm': await artifact({ name: '@other/mine', version: '1.0.0' }),
    'text.wasm': 'no wasm',
  })
})
afterAll(async () => {
  await executor?.close()
  await here?.close()
  folder.remove()
  home.remove()
})

const ap = (argv: readonly string[], more: Partial<CliOptions> = {}): Promise<CliRun> =>
  runCli(argv, {
    cwd: folder.path,
    ...more,
    env: { AP_WASM_REGISTRY: here.url, AP_WASM_TO: executor.url, XDG_CONFIG_HOME: home.path, ...more.env },
  })

/** Somebody in a browser enters the code as soon as one waits. */
async function consentAs(name: string, consents = true): Promise<void> {
  const { db, accounts, tokens } = here.registry.catalog
  const account = (await accounts.byName(name))!
  for (;;) {
    const login = await db.selectFrom('logins').selectAll().where('state', '=', 'pending').executeTakeFirst()
    if (login) return void (await tokens.answerLogin(login.user_code, account.id, consents))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('publishing', () => {
  test('without a sign-in it says how to', async () => {
    const run = await ap(['publish', 'echo-1.wasm', '--yes'])
    expect([run.exit, run.stderr]).toEqual([1, expect.stringContaining('ap-wasm login --registry')])
  })

  test('a login that is refused in the browser gives nothing', async () => {
    const [run] = await Promise.all([ap(['login']), consentAs('acme', false)])
    expect([run.exit, run.stderr]).toEqual([1, expect.stringContaining('refused in the browser')])
  })

  test('a login keeps a token and a key, for this user alone', async () => {
    const [run] = await Promise.all([ap(['login', '--json']), consentAs('acme')])
    expect(run.json()).toMatchObject({ ok: true, account: 'acme', scope: '*' })
    const file = join(home.path, 'ap-wasm/registries.json')
    expect((await stat(file)).mode & 0o077).toBe(0)
    const account = (await here.registry.catalog.accounts.byName('acme'))!
    const ids = (await here.registry.catalog.accounts.keys(account.id)).map(({ id }) => id)
    expect(ids).toContain(run.json().keyId)
  })

  test('a dry run judges, and publishes nothing', async () => {
    const run = await ap(['publish', 'echo-1.wasm', '--dry-run', '--json'])
    expect(run.json()).toMatchObject({ ok: true, dryRun: true, signed: true, changed: false })
    expect((await here.ask('GET', '/api/v1/pieces/@acme/echo')).status).toBe(404)
  })

  test('without a terminal it asks for --yes, and publishes nothing', async () => {
    const run = await ap(['publish', 'echo-1.wasm'])
    expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect((await here.ask('GET', '/api/v1/pieces/@acme/echo')).status).toBe(404)
  })

  test('a version is published signed; again, nothing changes; other bytes are refused', async () => {
    expect((await ap(['publish', 'echo-1.wasm', '--yes', '--json'])).json()).toMatchObject({
      signed: true,
      changed: true,
    })
    expect((await ap(['publish', 'echo-1.wasm', '--yes', '--json'])).json()).toMatchObject({ changed: false })
    const other = await ap(['publish', 'echo-1-other.wasm', '--yes'])
    expect([other.exit, other.stderr]).toEqual([1, expect.stringContaining('a version never changes')])
  })

  test('what a new version asks is shown beside what the one before asked', async () => {
    const run = await ap(['publish', 'echo-2.wasm', '--yes'])
    expect(run.stdout).toContain('+ send requests to https://api.example.com')
  })

  const REFUSED: { name: string; argv: string[]; exit: number; says: string; env?: Record<string, string> }[] = [
    { name: "another's name", argv: ['publish', 'mine.wasm', '--yes'], exit: 1, says: 'belongs to other' },
    {
      name: 'a file that is no artifact',
      argv: ['publish', 'text.wasm', '--yes'],
      exit: 1,
      says: 'this file is no artifact',
    },
    {
      name: 'a registry that is none',
      argv: ['search', '--registry', 'ftp://x'],
      exit: 2,
      says: 'is no address of a registry',
    },
    {
      name: 'a registry that is away',
      argv: ['search', '--registry', 'http://127.0.0.1:9'],
      exit: 3,
      says: 'no registry answers',
    },
    {
      name: 'a token that is none',
      argv: ['publish', 'echo-1.wasm', '--yes'],
      env: { AP_WASM_REGISTRY_TOKEN: 'apr_x' },
      ...{ exit: 1, says: 'none of ours' },
    },
    {
      ...{ name: 'a capability that is none', argv: ['search', '--capability', 'nonsense'] },
      ...{ exit: 2, says: 'Allowed choices are http, env, store, files, run, none' },
    },
    { name: 'a name that is none', argv: ['pull', '../etc/passwd'], exit: 2, says: 'names no piece' },
    { name: 'a piece that is not there', argv: ['pull', '@acme/nothing'], exit: 1, says: 'no piece is named' },
    { name: 'a range that nothing fits', argv: ['pull', '@acme/echo@^7'], exit: 1, says: 'there are: 1.1.0, 1.0.0' },
    { name: 'an age that is none', argv: ['pull', '@acme/echo', '--min-age', 'soon'], exit: 1, says: '3d' },
    { name: 'nothing that is old enough', argv: ['add', '@acme/echo', '--min-age', '3d'], exit: 1, says: 'no version' },
    { name: 'a withdrawal without a reason', argv: ['yank', '@acme/echo@1.0.0'], exit: 2, says: '--reason' },
    {
      name: 'a withdrawal of a range',
      argv: ['yank', '@acme/echo@^1', '--reason', 'x'],
      exit: 2,
      says: 'is no version',
    },
  ]
  test.each(REFUSED)('refused: $name', async ({ argv, exit, says, env = {} }) => {
    const run = await ap(argv, { env })
    expect(run.stderr).toContain(says)
    expect(run.exit).toBe(exit)
  })
})

describe('having', () => {
  test('search finds by words and by what a piece may do', async () => {
    expect((await ap(['search', 'echo'])).stdout).toMatch(/@acme\/echo +1\.1\.0/)
    expect((await ap(['search', '--host', 'api.example.com', '--json'])).json()).toMatchObject({ total: 1 })
    expect((await ap(['search', '--capability', 'none', '--json'])).json()).toMatchObject({ total: 0 })
    expect((await ap(['search', 'nothing', 'has', 'this'])).stdout).toContain('nothing fits')
  })

  test('pull writes the bytes of a range or a digest, and says who signed', async () => {
    const run = await ap(['pull', '@acme/echo@~1.0'])
    expect(run.stderr).toContain('signed by acme')
    const bytes = await readFile(join(folder.path, 'echo-1.wasm'))
    expect(Buffer.compare(await readFile(join(folder.path, 'acme-echo-1.0.0.wasm')), bytes)).toBe(0)
    const named = await ap(['pull', digestOf(bytes), '--out', 'by-digest.wasm'])
    expect(named.exit).toBe(0)
    expect(Buffer.compare(await readFile(join(folder.path, 'by-digest.wasm')), bytes)).toBe(0)
  })

  test('inspect shows a piece of a registry without installing it, and what changed since another', async () => {
    const none = { AP_WASM_TO: '' }
    const latest = await ap(['inspect', '@acme/echo'], { env: none })
    expect(latest).toMatchObject({ exit: 0, stdout: expect.stringContaining('@acme/echo 1.1.0') })
    expect(latest.stdout).toContain('send requests to https://api.example.com')
    expect(latest.stderr).toContain('signed by acme')
    const file = await ap(['inspect', 'echo-1.wasm'], { env: none })
    expect((await ap(['inspect', '@acme/echo@1.0.0'], { env: none })).stdout).toBe(file.stdout)
    expect((await ap(['inspect', '@acme/echo@~1.0'])).stdout, 'a range is of a registry').toBe(file.stdout)
    const changed = await ap(['inspect', '@acme/echo', '--diff', '@acme/echo@1.0.0'], { env: none })
    expect(changed.stdout).toContain('+ send requests to https://api.example.com')
    const [digest] = /sha256:[0-9a-f]{64}/.exec(file.stdout)!
    expect((await ap(['inspect', digest], { env: none })).stdout).toBe(file.stdout)
  })

  const NOT_SHOWN: { argv: string[]; env?: Record<string, string>; exit: number; says: string }[] = [
    { argv: ['inspect', '@acme/nothing'], exit: 1, says: 'no piece is named "@acme/nothing"' },
    { argv: ['inspect', '@acme/echo@^7'], exit: 1, says: 'there are: 1.1.0, 1.0.0' },
    { argv: ['inspect', 'dist/none.wasm'], exit: 2, says: 'dist/none.wasm: ENOENT' },
    { argv: ['inspect', '@acme/echo', '--registry', 'http://127.0.0.1:9'], exit: 3, says: 'no registry answers' },
    { argv: ['inspect', '@acme/echo@1.0.0'], exit: 1, says: 'AP_PIECE_NOT_FOUND' },
  ]
  test.each(NOT_SHOWN)('$argv says $says', async ({ argv, exit, says, env = {} }) => {
    const run = await ap(argv, { env })
    expect([run.exit, run.stderr]).toEqual([exit, expect.stringContaining(says)])
  })

  const between = (change: (response: Response) => Promise<Response>): { fetch: typeof fetch } => ({
    fetch: async (input, init) => change(await fetch(input, init)),
  })
  test('bytes that were changed on the way are not written', async () => {
    const run = await ap(['pull', '@acme/echo', '--out', 'changed.wasm'], {
      ...between(async (response) =>
        response.headers.get('content-type') === 'application/wasm' ? new Response(new Uint8Array(8)) : response,
      ),
    })
    expect([run.exit, run.stderr]).toEqual([3, expect.stringContaining('not those of the digest')])
    await expect(readFile(join(folder.path, 'changed.wasm'))).rejects.toThrow('ENOENT')
  })

  test('a registry that serves other bytes than were signed is found out', async () => {
    const run = await ap(['pull', '@acme/echo'], {
      ...between(async (response) => {
        if (!response.headers.get('content-type')?.startsWith('application/json')) return response
        const body = (await response.json()) as Record<string, unknown>
        return Response.json({ ...body, digest: `sha256:${'0'.repeat(64)}` })
      }),
    })
    expect([run.exit, run.stderr]).toEqual([
      3,
      expect.stringContaining('the signature of @acme/echo 1.1.0 does not hold'),
    ])
  })

  test('a registry that leads elsewhere is not followed', async () => {
    const run = await ap(['search'], {
      ...between(async () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })),
    })
    expect([run.exit, run.stderr]).toEqual([3, expect.stringContaining('leads to https://evil.example')])
  })

  test('add shows what the piece asks, asks for consent, and installs what was consented to', async () => {
    const asked = await ap(['add', '@acme/echo'])
    expect([asked.exit, asked.stdout]).toEqual([
      2,
      expect.stringContaining('+ send requests to https://api.example.com'),
    ])
    expect((await executor.ask('GET', '/v1/pieces/@acme/echo')).status, 'nothing was installed').toBe(404)
    expect((await ap(['add', '@acme/echo@1.0.0', '--yes', '--json'])).json()).toMatchObject({
      version: '1.0.0',
      changed: true,
    })
    const grown = await ap(['add', '@acme/echo', '--yes', '--json'])
    expect(grown.json()).toMatchObject({
      version: '1.1.0',
      permissions: [{ sign: '+', key: 'http https://api.example.com' }],
    })
    const call = await executor.ask('POST', '/v1/pieces/@acme/echo/latest/actions/echo', { props: {} })
    expect(call).toMatchObject({ status: 200, body: { ok: true, version: '1.1.0' } })
  })

  test('a withdrawn version is passed over, and says why where it is pinned', async () => {
    expect((await ap(['yank', '@acme/echo@1.1.0', '--reason', 'it loses data'])).exit).toBe(0)
    expect((await ap(['pull', '@acme/echo', '--json', '--out', 'a.wasm'])).json()).toMatchObject({ version: '1.0.0' })
    const pinned = await ap(['pull', '@acme/echo@1.1.0', '--out', 'b.wasm'])
    expect([pinned.exit, pinned.stderr]).toEqual([0, expect.stringContaining('was withdrawn: it loses data')])
    expect((await ap(['yank', '@acme/echo@1.1.0', '--undo'])).exit).toBe(0)
    expect((await ap(['pull', '@acme/echo', '--json', '--out', 'a.wasm'])).json()).toMatchObject({ version: '1.1.0' })
  })

  test('what was kept is forgotten', async () => {
    expect((await ap(['login', '--forget'])).exit).toBe(0)
    expect((await ap(['publish', 'echo-1.wasm', '--yes'])).exit).toBe(1)
  })
})
