/** `ap-wasm deploy` and `inspect` against a real server: consent, versions, refusals in words. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli, type TemporaryFolder } from '../../packages/cli/src/cli.suite.ts'
import { COUNTS, ECHO, WITH_STORE } from '../api/pieces.ts'
import { type Running, startServer } from '../api/server.ts'
import { pieceFolder } from './folder.ts'

const folders: TemporaryFolder[] = []
async function folder(...args: Parameters<typeof pieceFolder>) {
  const made = await pieceFolder(...args)
  folders.push(made)
  return made
}
afterAll(() => {
  for (const one of folders) one.remove()
})

describe('without keys', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.close())
  const cli = (cwd: string, ...argv: string[]) => runCli(argv, { cwd, env: { AP_WASM_TO: server.url } })
  const deploy = (cwd: string, ...more: string[]) => cli(cwd, 'deploy', ...more)

  test('the way of a piece: shown, consented to, called; again; another; the next version', async () => {
    const first = await folder({ name: '@acme/counts', capabilities: WITH_STORE }, COUNTS)
    const shown = await deploy(first.path, '--dry-run')
    expect(shown).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('+ keep state for all flows of the project'),
    })
    expect((await server.ask('GET', '/v1/pieces')).body.pieces).toEqual([])

    expect(await deploy(first.path)).toMatchObject({ exit: 2, stderr: expect.stringContaining('--yes') })
    expect((await server.ask('GET', '/v1/pieces')).body.pieces).toEqual([])

    expect(await deploy(first.path, '--yes')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('deployed @acme/counts 1.0.0'),
    })
    const called = await server.ask('POST', '/v1/pieces/@acme/counts/latest/actions/echo', {})
    expect(called.body).toMatchObject({ ok: true, output: 1 })

    expect(await deploy(first.path)).toMatchObject({ exit: 0, stdout: expect.stringContaining('nothing changed') })

    const other = await folder(
      { name: '@acme/counts', homepage: 'https://a.example', capabilities: WITH_STORE },
      COUNTS,
    )
    const refused = await deploy(other.path, '--yes')
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('"version": "1.0.1"') })

    // What asks no more needs no question; what was granted stays for the version before.
    const less = await folder({ name: '@acme/counts', version: '1.0.1' }, ECHO)
    const given = await deploy(less.path)
    expect(given.stdout).toContain('- keep state for all flows of the project (no longer asked)')
    expect(given.exit).toBe(0)
    const before = await server.ask('POST', '/v1/pieces/@acme/counts/1.0.0/actions/echo', {})
    expect(before.body).toMatchObject({ ok: true, output: 2 })
  })

  test('values of variables are asked for by name, kept, and never shown', async () => {
    const env = { KEY: { description: 'Of the service.' }, NOTE: { required: false } }
    const piece = await folder({ name: 'vars', capabilities: { env } }, ECHO)
    expect(await deploy(piece.path, '--yes')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('KEY: Of the service.'),
    })
    expect(await deploy(piece.path, '--yes', '--env', 'KYE=x')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('does not ask for KYE'),
    })
    await piece.write({ '.env': '# comment\nKEY="from a file"\n' })
    const done = await deploy(piece.path, '--yes', '--env-file', '.env', '--json')
    expect(done.json()).toMatchObject({ ok: true, changed: true })
    expect(done.stdout).not.toContain('from a file')
    expect((await server.ask('GET', '/v1/pieces/vars/grants')).body.granted.env).toEqual(['KEY'])
    expect(await deploy(piece.path)).toMatchObject({ exit: 0, stdout: expect.stringContaining('nothing changed') })
    expect(await deploy(piece.path, '--env', 'NOTE=n')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect(await deploy(piece.path, '--env', 'NOTE=n', '--yes')).toMatchObject({ exit: 0 })
    expect((await server.ask('GET', '/v1/pieces/vars/grants')).body.granted.env.sort()).toEqual(['KEY', 'NOTE'])
  })

  test('a wide permission is named as such', async () => {
    const piece = await folder({ name: 'wide', capabilities: { http: ['https://*', 'https://a.example'] } }, ECHO)
    expect((await deploy(piece.path, '--dry-run')).stdout).toMatch(/\+ send requests to ANY public host\n.*a\.example/)
  })

  test('an artifact is shown from a file and from an executor, and compared', async () => {
    const one = await folder({ name: 'seen', version: '0.1.0' }, ECHO)
    const two = await folder({ name: 'seen', version: '0.2.0', capabilities: WITH_STORE }, COUNTS)
    await deploy(one.path, '--yes')
    const shown = await cli(one.path, 'inspect', one.artifact)
    for (const part of ['seen 0.1.0', 'sha256:', 'polled', 'strict', 'name', 'none: it computes', 'ap:piece'])
      expect(shown.stdout).toContain(part)
    expect((await cli(two.path, 'inspect', 'seen@0.1.0')).stdout).toBe(shown.stdout)
    const changed = await cli(two.path, 'inspect', two.artifact, '--diff', 'seen@latest')
    expect(changed.stdout).toContain('seen 0.1.0 → seen 0.2.0')
    expect(changed.stdout).toContain('+ keep state for all flows')
    expect(changed.stdout).toContain('piece.actions.strict')
    expect((await cli(two.path, 'inspect', two.artifact, '--diff', 'seen@0.1.0', '--json')).json()).toMatchObject({
      ok: true,
      changes: { permissions: [{ sign: '+', key: 'store project' }], imports: { added: ['ap:piece/store@0.1'] } },
    })
    expect(await cli(two.path, 'inspect', two.artifact, '--diff', two.artifact)).toMatchObject({
      stdout: expect.stringContaining('the same bytes'),
    })
    expect(await cli(two.path, 'inspect', 'none@1.0.0')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('none'),
    })
    expect(await cli(two.path, 'inspect', 'seen@9.9.9')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('AP_VERSION_NOT_FOUND'),
    })
  })
})

describe('records', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer({ record: 'all' })
  })
  afterAll(() => server?.close())

  test('a call runs again here; another build that answers differently is told, exit code and all', async () => {
    const one = await folder({ name: 'counts', capabilities: WITH_STORE }, COUNTS)
    const env = { AP_WASM_TO: server.url }
    await runCli(['deploy', '--yes'], { cwd: one.path, env })
    const { body } = await server.ask('POST', '/v1/pieces/counts/latest/actions/echo', {})
    const same = await runCli(['replay', body.callId, '--save', 'record.json'], { cwd: one.path, env })
    expect(same).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/the same bytes\n.*\n.*, as then\n.*the same outcome/),
    })

    const two = await folder({ name: 'counts', version: '1.1.0', capabilities: WITH_STORE }, ECHO)
    const differs = await runCli(['replay', body.callId], { cwd: two.path, env })
    expect(differs).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/the outcome differs[\s\S]*output\n {4}- 1\n/),
    })

    // From a file it needs no executor.
    const alone = await runCli(['replay', 'record.json'], { cwd: one.path, env: { AP_WASM_TO: 'http://127.0.0.1:1' } })
    expect(alone).toMatchObject({ exit: 0, stdout: expect.stringContaining('"output": 1') })
    const other = await folder({ name: 'other' }, ECHO)
    expect(await runCli(['replay', body.callId], { cwd: other.path, env })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('one of counts; this folder is other'),
    })
  })
})

describe('with keys', () => {
  let server: Running
  const keys: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer()
    for (const roles of [['deploy', 'read'], ['read'], ['deploy', 'read', 'grant', 'call']] as const)
      keys[roles.join()] = (await server.executor.keys.add('acme', roles)).key
  })
  afterAll(() => server?.close())
  const deploy = (cwd: string, key: string | undefined) =>
    runCli(['deploy', '--yes'], { cwd, env: { AP_WASM_TO: server.url, ...(key ? { AP_WASM_KEY: key } : {}) } })

  test('a key needs the roles, and what is missing is named', async () => {
    const piece = await folder({ name: 'counts', capabilities: WITH_STORE }, COUNTS)
    expect(await deploy(piece.path, undefined)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('AP_UNAUTHORIZED'),
    })
    expect(await deploy(piece.path, keys.read)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('the role "deploy"'),
    })
    const waits = await deploy(piece.path, keys['deploy,read'])
    expect(waits).toMatchObject({ exit: 1, stderr: expect.stringContaining("waits for somebody's consent") })
    const done = await deploy(piece.path, keys['deploy,read,grant,call'])
    expect(done.exit).toBe(0)
    expect(done.stderr).toContain('Bearer $AP_WASM_KEY')
    for (const { stdout, stderr } of [waits, done]) expect(stdout + stderr).not.toContain('apw_')
  })
})

describe('elsewhere', () => {
  let other: Server
  beforeAll(async () => {
    other = createServer((_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => other?.close())

  test('no server, and a server that is no executor', async () => {
    const piece = await folder({ name: 'echo' }, ECHO)
    const to = (url: string) => runCli(['deploy', '--yes', '--to', url], { cwd: piece.path })
    expect(await to('http://127.0.0.1:1')).toMatchObject({ exit: 3, stderr: expect.stringContaining('ap-wasm serve') })
    const { port } = other.address() as AddressInfo
    expect(await to(`http://127.0.0.1:${port}`)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('is no ap-wasm executor'),
    })
  })
})
