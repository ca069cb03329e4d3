/** `ap-wasm test` and `ap-wasm run` on pieces that are text: what a case says is what is compared. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli, type TemporaryFolder } from '../../packages/cli/src/cli.suite.ts'
import { ANSWERS, COUNTS, ECHO, WITH_STORE } from '../api/pieces.ts'
import { pieceFolder } from './folder.ts'

const auth = { type: 'SECRET_TEXT', secret_text: 'a-secret-value' }

describe('an echo', () => {
  let folder: TemporaryFolder
  beforeAll(async () => {
    const call = { action: 'echo', props: { count: 7 } }
    const output = { props: { count: 7 } }
    folder = await pieceFolder({ name: 'echo' }, ECHO, {
      'tests/refused.json': { action: 'strict', expect: { error: { code: 'AP_INVALID_PROPS' } } },
      'tests/unknown.json': { action: 'none', expect: { error: { code: 'AP_ACTION_NOT_FOUND' } } },
      'tests/differs.json': { ...call, expect: { output } },
      'tests/failure.json': { ...call, expect: { failure: { code: 'x' } } },
      'tests/fuel.json': { ...call, expect: { output }, maxFuel: 1 },
      'tests/unused.json': {
        ...call,
        http: [{ request: { url: 'https://x.example/' }, response: {} }],
        expect: { output },
      },
      'tests/new.json': call,
      'tests/hook.json': { trigger: 'polled', hook: 'on-disable', expect: { error: { code: 'AP_OUTPUT_INVALID' } } },
    })
  })
  afterAll(() => folder?.remove())
  const run = (...args: string[]) => runCli(['test', ...args], { cwd: folder.path })

  const SAYS: { name: string; exit: number; says: RegExp[] }[] = [
    { name: 'refused', exit: 0, says: [/✓ refused\n/] },
    { name: 'unknown', exit: 0, says: [/✓ unknown/] },
    { name: 'hook', exit: 0, says: [/✓ hook/] },
    { name: 'differs', exit: 1, says: [/✗ differs/, /output\.run\n {6}\+ \{"id":"call_0+"/] },
    { name: 'failure', exit: 1, says: [/expected the failure x, got an output/] },
    { name: 'fuel', exit: 1, says: [/fuel: it used [\d,]+; maxFuel is 1\n/, /host calls cost/] },
    { name: 'unused', exit: 1, says: [/http\[0\] was not asked for: GET https:\/\/x\.example\//] },
    { name: 'new', exit: 1, says: [/expects nothing yet; --update/] },
  ]
  test.each(SAYS)('$name', async ({ name, exit, says }) => {
    const ran = await run(name)
    for (const part of says) expect(ran.stdout).toMatch(part)
    expect(ran.exit).toBe(exit)
    if (exit === 1) expect(ran.stderr).toContain('ap-wasm test --update')
  })

  test('a filter that fits nothing is an error; so is a folder without cases', async () => {
    expect(await run('nothing')).toMatchObject({ exit: 2, stderr: expect.stringContaining('"nothing"') })
    const bare = await pieceFolder({ name: 'echo' }, ECHO)
    expect(await runCli(['test'], { cwd: bare.path })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('tests/<name>.json'),
    })
    bare.remove()
  })

  test('what is written with --update passes from then on, the same to the last instruction', async () => {
    expect(await run('new', '--update')).toMatchObject({ exit: 0, stdout: expect.stringContaining('written') })
    const written = JSON.parse(readFileSync(join(folder.path, 'tests/new.json'), 'utf8'))
    expect(written.expect.output).toMatchObject({
      props: { count: 7 },
      run: { flowId: 'flow', deadline: '2026-01-01T00:00:30.000Z' },
    })
    const [first, second] = [(await run('new', '--json')).json(), (await run('new', '--json')).json()]
    const fuel = ({ cases }: Record<string, unknown>) => (cases as { usage: { fuel: number } }[])[0]!.usage.fuel
    expect(fuel(first)).toBe(fuel(second))
    expect(first).toMatchObject({ ok: true, cases: [{ name: 'new', passed: true }] })
  })

  test('results for a build server, whatever passes', async () => {
    expect((await run('un', '--junit', 'results.xml')).exit).toBe(1)
    const xml = readFileSync(join(folder.path, 'results.xml'), 'utf8')
    expect(xml).toContain('tests="2" failures="1"')
    expect(xml).toContain('<testcase classname="echo" name="unknown"')
    expect(await run('un', '--junit', 'no/such/folder.xml')).toMatchObject({ exit: 2 })
  })
})

describe('a store', () => {
  let folder: TemporaryFolder
  beforeAll(async () => {
    const count = (before: number, after: number, output = after) => ({
      action: 'echo',
      store: { project: { count: before } },
      expect: { output, store: { project: { count: after } } },
    })
    folder = await pieceFolder({ name: 'counts', capabilities: WITH_STORE }, COUNTS, {
      'tests/right.json': count(4, 5),
      'tests/wrong.json': count(4, 6, 5),
    })
  })
  afterAll(() => folder?.remove())

  test('is filled before and compared after, for each case alone', async () => {
    const ran = await runCli(['test'], { cwd: folder.path })
    expect(ran.stdout).toMatch(/✓ right/)
    expect(ran.stdout).toMatch(/✗ wrong.*\n {4}store\.project\.count\n {6}- 6\n {6}\+ 5/)
  })
})

describe('one call', () => {
  let folder: TemporaryFolder
  beforeAll(async () => {
    folder = await pieceFolder({ name: 'echo' }, ECHO)
  })
  afterAll(() => folder?.remove())
  const run = (args: string[], stdin = '') => runCli(['run', ...args], { cwd: folder.path, stdin })

  test('its result goes to stdout and what it spent to stderr', async () => {
    const ran = await run(['echo', '--props', '-'], '{"count": 12345678901234567890}')
    expect(JSON.parse(ran.stdout)).toMatchObject({ props: { count: '12345678901234567890' }, run: { testing: true } })
    expect(ran.stderr).toMatch(/fuel · .* · .* ms/)
    expect(await run(['echo', '--quiet'])).toMatchObject({ exit: 0, stderr: '' })
  })

  test('secrets go nowhere', async () => {
    const ran = await run(['private', '--auth', '-'], JSON.stringify(auth))
    expect(ran.exit).toBe(0)
    expect(ran.stdout).toContain('redacted-auth-secret-text')
    const json = await run(['private', '--auth', '-', '--json'], JSON.stringify(auth))
    for (const text of [ran.stdout, ran.stderr, json.stdout, json.stderr]) expect(text).not.toContain('a-secret-value')
  })

  const REFUSED: { args: string[]; exit: number; says: string }[] = [
    { args: [], exit: 2, says: 'actions: echo, strict, private, choose' },
    { args: ['none'], exit: 1, says: 'has no action "none"' },
    { args: ['strict'], exit: 1, says: 'props.name: is required' },
    { args: ['private'], exit: 1, says: 'auth' },
    { args: ['--trigger', 'polled', '--hook', 'run'], exit: 1, says: 'AP_OUTPUT_INVALID' },
    { args: ['--resolve', 'actions/echo/props/count'], exit: 1, says: 'AP_PATH_NOT_FOUND' },
  ]
  test.each(REFUSED)('$args is refused in words', async ({ args, exit, says }) => {
    expect(await run(args)).toMatchObject({ exit, stdout: '', stderr: expect.stringContaining(says) })
  })

  test('text of a piece does not steer the terminal', async () => {
    const other = await pieceFolder({ name: 'answers' }, ANSWERS('"\\u001b[31mred\\u0007"'))
    const ran = await runCli(['run', 'go'], { cwd: other.path })
    expect(ran.stdout).not.toMatch(/[\u001b\u0007]/)
    other.remove()
  })
})
