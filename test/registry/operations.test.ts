/** What an operator does beside a registry: the command as it is run, and a move from one pair of drivers to another. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Settings } from '@ap-wasm/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DRIVERS, titleOf } from './drivers.ts'
import { MAIN, start, startServing } from './process.ts'
import { type Author, artifact, PASSWORD, type Running, startRegistry } from './registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-operations-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** Each command is a process that loads its sources: several of them, beside other suites. */
const SLOW = 300_000

async function command(settings: Partial<Settings>, args: readonly string[], stdin = '') {
  const child = start(settings, ...args)
  child.stdin.end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

describe('beside a registry that runs', () => {
  let here: Running
  let acme: Author
  beforeAll(async () => {
    here = await startRegistry()
    acme = await here.author('acme')
    for (const version of ['1.0.0', '1.1.0'])
      await here.publish(acme, '@acme/echo', version, await artifact({ name: '@acme/echo', version }))
  })
  afterAll(() => here?.close())

  test(
    'an account is made, and becomes a moderator',
    async () => {
      const at = { data: here.data }
      expect(await command(at, ['account', 'keeper'], `${PASSWORD}\n`)).toMatchObject({
        code: 0,
        stdout: 'made keeper\n',
      })
      expect((await command(at, ['moderator', 'keeper'])).code).toBe(0)
      expect(await here.registry.catalog.accounts.byName('keeper')).toMatchObject({ role: 'moderator' })
      const { accounts, passkeys } = here.registry.catalog
      const session = await accounts.signIn('keeper', PASSWORD)
      const { id: accountId } = (await accounts.byName('keeper'))!
      const passkey = { id: 'AAAA', label: 'phone', publicKey: new Uint8Array(1), counter: 0, transports: [] }
      await passkeys.add({ ...passkey, accountId })
      expect((await command(at, ['password', 'keeper'], 'another horse battery')).code).toBe(0)
      expect(await here.registry.catalog.accounts.ofSession(session), 'its sessions have ended').toBeUndefined()
      expect(await passkeys.list(accountId), 'and its passkeys').toEqual([])
      await expect(here.registry.catalog.accounts.signIn('keeper', PASSWORD)).rejects.toMatchObject({
        code: 'AR_SIGN_IN_FAILED',
      })
      const short = await command(at, ['account', 'weak'], 'short')
      expect([short.code, short.stderr]).toEqual([3, expect.stringContaining('the password has 5 characters')])
    },
    SLOW,
  )

  const WRONG: { args: string[]; settings?: Partial<Settings>; code: number; says: string }[] = [
    { args: ['destroy', 'all'], code: 2, says: 'backup <folder>' },
    { args: ['backup'], code: 2, says: 'backup <folder>' },
    { args: ['--nothing', '1'], code: 2, says: 'expected one of' },
    { args: ['--port', 'x'], code: 2, says: 'a whole number' },
    { args: ['moderator', 'nobody'], code: 3, says: 'no account is named "nobody"' },
  ]
  test.each(WRONG)(
    '$args is refused: $says',
    async ({ args, code, says }) => {
      const run = await command({ data: join(folder, 'wrong') }, args)
      expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(says)])
    },
    SLOW,
  )

  test(
    'a second registry on the same data folder does not start',
    async () => {
      const run = await command({ data: here.data, port: 0, playgroundPort: 0, logLevel: 'silent' }, [])
      expect([run.code, run.stderr]).toEqual([3, expect.stringContaining('AR_DATA_LOCKED')])
    },
    SLOW,
  )

  for (const drivers of DRIVERS)
    describe.skipIf(drivers.missing !== undefined)(`a backup goes into ${titleOf(drivers)}`, () => {
      test(
        'all of it, and the same bytes',
        async () => {
          const opened = await drivers.open()
          const kept = join(folder, `backup-${drivers.name.length}`)
          const data = mkdtempSync(join(folder, 'restored-'))
          try {
            const taken = await command({ data: here.data }, ['backup', kept])
            expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining('2 artifacts') })
            expect(statSync(join(kept, 'catalog.jsonl')).mode & 0o077).toBe(0)
            const target = { ...opened.settings, data }
            expect(await command(target, ['restore', kept])).toMatchObject({ code: 0, stderr: '' })
            const again = await command(target, ['restore', kept])
            expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('restore into an empty one')])
            const there = await startRegistry(target)
            try {
              for (const path of [
                '/api/v1/pieces/@acme/echo',
                '/api/v1/pieces/@acme/echo/1.0.0',
                '/api/v1/pieces?q=echo',
              ])
                expect(withoutAddress((await there.ask('GET', path)).body)).toEqual(
                  withoutAddress((await here.ask('GET', path)).body),
                )
              const bytes = async (one: Running) =>
                Buffer.from(await (await one.fetch('/api/v1/pieces/@acme/echo/1.1.0/artifact')).arrayBuffer())
              expect(Buffer.compare(await bytes(there), await bytes(here))).toBe(0)
              const next = await artifact({ name: '@acme/echo', version: '1.2.0' })
              expect((await there.publish(acme, '@acme/echo', '1.2.0', next)).status, 'tokens and keys, too').toBe(201)
            } finally {
              await there.close()
            }
          } finally {
            await opened.close()
          }
        },
        SLOW,
      )
    })
})

const withoutAddress = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/127\.0\.0\.1:\d+/g, ''))

test('the image starts the program as its first line does, and what it copies is there', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const dockerfile = readFileSync(join(root, 'registry/Dockerfile'), 'utf8')
  const [first = ''] = readFileSync(MAIN, 'utf8').split('\n')
  const command = [...first.replace('#!/usr/bin/env -S ', '').split(' '), 'registry/dist/main.js']
  expect(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '')).toEqual(command)
  const copied = [...dockerfile.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map((match) => match[1]!)
  expect(copied.length).toBeGreaterThan(2)
  for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true)
  const { bin } = JSON.parse(readFileSync(join(root, 'registry/package.json'), 'utf8'))
  expect(bin).toEqual({ 'ap-wasm-registry': './dist/main.js' })
})

test(
  'listening everywhere, it names an address that a browser reaches',
  async () => {
    const { child, url } = await startServing({ data: join(folder, 'everywhere'), host: '0.0.0.0' })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect((await fetch(`${url}/ready`)).status).toBe(200)
    child.kill('SIGTERM')
    await once(child, 'exit')
  },
  SLOW,
)
