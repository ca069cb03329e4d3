import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli, TemporaryFolder } from './cli.suite.ts'
import { COMMANDS } from './commands/index.ts'

const empty = new TemporaryFolder()
const broken = new TemporaryFolder()
const piece = new TemporaryFolder()
beforeAll(async () => {
  await broken.write({ 'piece.json': { name: 'Bad Name', version: '1', language: 'rust', extra: 1 } })
  await piece.write({
    'piece.json': { name: 'sample', version: '0.1.0', language: 'cobol', capabilities: {} },
    'props.json': '[1]',
    'tests/wrong.json': { action: 'a', trigger: 'b', htp: [] },
  })
})
afterAll(() => {
  for (const folder of [empty, broken, piece]) folder.remove()
})

interface Refusal {
  name: string
  argv: string[]
  in?: TemporaryFolder
  exit: number
  says: string[]
  env?: Record<string, string>
}

const REFUSALS: Refusal[] = [
  { name: 'an unknown command', argv: ['biuld'], exit: 2, says: ["unknown command 'biuld'", 'Did you mean build?'] },
  { name: 'an unknown flag', argv: ['build', '--fast'], exit: 2, says: ["unknown option '--fast'"] },
  { name: 'a flag without its value', argv: ['test', '--junit'], exit: 2, says: ['argument missing'] },
  { name: 'no piece here', argv: ['build'], exit: 2, says: ['there is no piece in this folder', 'ap-wasm init'] },
  {
    name: 'a piece.json with several faults',
    argv: ['build'],
    in: broken,
    exit: 1,
    says: ['"Bad Name" is no name', '"1" is not x.y.z', 'extra: is not a known key'],
  },
  {
    name: 'a language without a toolchain',
    argv: ['build'],
    in: piece,
    exit: 2,
    says: ['no toolchain for "cobol"', 'typescript'],
  },
  { name: 'init without a name and a terminal', argv: ['init'], exit: 2, says: ['--name <name>'] },
  {
    name: 'init with a name that is none',
    argv: ['init', '--name', 'Bad Name'],
    exit: 2,
    says: ['is no name', '--name github'],
  },
  {
    name: 'init in a language that is none',
    argv: ['init', 'x', '--language', 'cobol'],
    exit: 2,
    says: ['no language "cobol"'],
  },
  {
    name: 'init where something is',
    argv: ['init', '.', '--name', 'x', '--language', 'typescript'],
    in: piece,
    exit: 2,
    says: ['is not empty', 'piece.json'],
  },
  {
    name: 'props that are no JSON',
    argv: ['run', 'a', '--props', '{x}'],
    in: piece,
    exit: 2,
    says: ['what --props gives is no JSON', '@file.json'],
  },
  {
    name: 'props that are no object',
    argv: ['run', 'a', '--props', '@props.json'],
    in: piece,
    exit: 2,
    says: ['--props takes a JSON object'],
  },
  {
    name: 'props from a file that is not there',
    argv: ['run', 'a', '--props', '@none.json'],
    in: piece,
    exit: 2,
    says: ['none.json: ENOENT'],
  },
  {
    name: 'two readers of stdin',
    argv: ['run', 'a', '--props', '-', '--auth', '-'],
    in: piece,
    exit: 2,
    says: ['only one of --props, --auth'],
  },
  { name: 'two things to run', argv: ['run', 'a', '--trigger', 'b'], in: piece, exit: 2, says: ['name one of'] },
  {
    name: 'a trigger without a hook',
    argv: ['run', '--trigger', 'b'],
    in: piece,
    exit: 2,
    says: ['--trigger needs --hook', 'on-enable'],
  },
  {
    name: 'a hook that is none',
    argv: ['run', '--trigger', 'b', '--hook', 'go'],
    in: piece,
    exit: 2,
    says: ['"go" is no hook'],
  },
  {
    name: 'a hook without a trigger',
    argv: ['run', 'a', '--hook', 'run'],
    in: piece,
    exit: 2,
    says: ['--hook belongs to --trigger'],
  },
  { name: 'a variable without a name', argv: ['run', 'a', '--env', '=x'], in: piece, exit: 2, says: ['NAME=value'] },
  {
    name: 'a variable that this shell lacks',
    argv: ['run', 'a', '--env', 'NOT_SET_HERE'],
    in: piece,
    exit: 2,
    says: ['export NOT_SET_HERE'],
  },
  {
    name: 'a connection for cases that are mocked',
    argv: ['test', '--auth', '{}'],
    in: piece,
    exit: 2,
    says: ['--record'],
  },
  {
    name: 'an executor that is no address',
    argv: ['deploy', '--to', 'nowhere'],
    in: piece,
    exit: 2,
    says: ['"nowhere" is no address'],
  },
  {
    name: 'an artifact that is none',
    argv: ['deploy', 'props.json', '--to', 'http://127.0.0.1:1'],
    in: piece,
    exit: 1,
    says: ['is no artifact'],
  },
  {
    name: 'inspecting what is no artifact',
    argv: ['inspect', 'props.json'],
    in: piece,
    exit: 1,
    says: ['this is not WebAssembly', 'AP_INVALID_COMPONENT'],
  },
  {
    name: 'a key without a role',
    argv: ['key', 'add', '--data', 'data'],
    exit: 2,
    says: ['a key needs a role', 'call, deploy, grant, read'],
  },
  {
    name: 'a key with a role that is none',
    argv: ['key', 'add', '--role', 'root', '--data', 'data'],
    exit: 2,
    says: ['"root" is no role'],
  },
  {
    name: 'a setting that does not fit',
    argv: ['serve', '--port', 'eighty', '--data', 'data'],
    exit: 2,
    says: ['--port', 'from 0 to 65535'],
  },
  {
    name: 'a public address without a key',
    argv: ['serve', '--host', '0.0.0.0', '--port', '0', '--data', 'data'],
    exit: 2,
    says: ['loopback', 'ap-wasm key add'],
  },
  {
    name: 'a record that is none',
    argv: ['replay', 'props.json'],
    in: piece,
    exit: 2,
    says: ['holds no record', '"format"'],
  },
  { name: 'a shell that is none', argv: ['completion', 'tcsh'], exit: 2, says: ['bash, zsh, fish'] },
  {
    name: 'a language to check that is none',
    argv: ['doctor', '--language', 'cobol'],
    exit: 2,
    says: ['no toolchain for "cobol"'],
  },
  { name: 'a port that is none', argv: ['dev', '--port', 'x'], in: piece, exit: 2, says: ['--port is a number'] },
]

describe('what is refused', () => {
  test.each(REFUSALS)('$name', async ({ argv, in: folder = empty, exit, says, env }) => {
    const run = await runCli(argv, { cwd: folder.path, ...(env ? { env } : {}) })
    for (const part of says) expect(run.stderr).toContain(part)
    expect({ exit: run.exit, stdout: run.stdout }).toEqual({ exit, stdout: '' })
    // A foreseen end has no stack.
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })

  test.each(REFUSALS.slice(3))('$name, as JSON', async ({ argv, in: folder = empty, exit }) => {
    const run = await runCli([...argv, '--json'], { cwd: folder.path })
    expect(run.json()).toMatchObject({
      ok: false,
      exit,
      error: { message: expect.any(String), details: expect.any(Array) },
    })
    expect({ exit: run.exit, stderr: run.stderr }).toEqual({ exit, stderr: '' })
  })
})

describe('the environment', () => {
  test('has a twin for each flag, and a flag counts before it', async () => {
    const env = { AP_WASM_LANGUAGE: 'cobol' }
    expect((await runCli(['doctor'], { cwd: empty.path, env })).stderr).toContain('"cobol"')
    expect((await runCli(['doctor', '--language', 'algol'], { cwd: empty.path, env })).stderr).toContain('"algol"')
  })

  test('a switch is off where its value says so', async () => {
    for (const value of ['0', 'false', '']) {
      const run = await runCli(['build'], { cwd: empty.path, env: { AP_WASM_JSON: value } })
      expect(run.stdout).toBe('')
    }
    expect((await runCli(['build'], { cwd: empty.path, env: { AP_WASM_JSON: '1' } })).json()).toMatchObject({ exit: 2 })
  })

  test("the executor's AP_WASM_RECORD does not make `test` send requests", async () => {
    const run = await runCli(['test', '--auth', '{}'], { cwd: piece.path, env: { AP_WASM_RECORD: 'all' } })
    expect(run.stderr).toContain('--auth and --env are for --record')
  })
})

describe('help', () => {
  const all = COMMANDS.flatMap((one) => one.commands?.map((verb) => [one.name, verb.name]) ?? [[one.name]])
  test.each(all.map((path) => ({ path })))('$path says what it does and names its flags', async ({ path }) => {
    const run = await runCli([...path, '--help'], { cwd: empty.path })
    expect({ exit: run.exit, stderr: run.stderr }).toEqual({ exit: 0, stderr: '' })
    expect(run.stdout).toContain('Usage: ap-wasm')
    expect(run.stdout).toContain('--json')
    expect(run.stdout).toContain('AP_WASM_JSON')
  })

  test('completion knows every command and every flag, those of tables too', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout, exit } = await runCli(['completion', shell], { cwd: empty.path })
      expect(exit).toBe(0)
      for (const word of ['init', 'deploy', 'revoke', 'dry-run', 'egress-private', 'http-requests'])
        expect(stdout).toContain(word)
    }
  })

  test('the version is that of the package', async () => {
    expect((await runCli(['--version'], { cwd: empty.path })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('keys', () => {
  test('are made, listed without their secret, and end', async () => {
    const options = { cwd: empty.path, env: { AP_WASM_DATA: `${empty.path}/keys` } }
    const made = await runCli(['key', 'add', '--tenant', 'acme', '--role', 'call', '--role', 'read'], options)
    expect(made.stdout).toMatch(/^apw_[0-9a-f]{12}_[0-9a-f]{64}\n$/)
    const listed = (await runCli(['key', 'list', '--json'], options)).json()
    expect(listed.keys).toEqual([expect.objectContaining({ tenant: 'acme', roles: ['call', 'read'] })])
    const { id } = (listed.keys as unknown as { id: string }[])[0]!
    expect(JSON.stringify(listed)).not.toContain(made.stdout.trim())
    expect((await runCli(['key', 'revoke', id], options)).stdout).toBe(`revoked ${id}\n`)
    expect(await runCli(['key', 'revoke', id], options)).toMatchObject({ exit: 1 })
  })
})
