/** What CPython in a component can and cannot do for an author, and what the build says of it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createExecutor, type Description, type Executor, embedManifest, type Manifest } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { python } from '../../packages/cli/src/toolchain/python.ts'
import { built, CANARY } from '../built.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { root } from './python-tools.ts'

const lack = await lacking('python')
const FIXTURE = 'test/fixtures/pieces/python-clients'
const BUILD_MS = 240_000

/** Answers with what it was sent; `/hop` leads to the other server, `/slow` takes a second, `/<status>` answers with it. */
function startEcho(other: () => string): Promise<{ server: Server; origin: string }> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const path = request.url ?? '/'
    if (path === '/hop') return response.writeHead(302, { location: `${other()}/there` }).end()
    if (path === '/loop') return response.writeHead(302, { location: '/loop' }).end()
    if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 1_000))
    const status = Number(path.slice(1)) || 200
    const { authorization, 'x-mine': mine, 'content-type': type } = request.headers
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 && { 'retry-after': '7' }) })
    response.end(JSON.stringify({ path, method: request.method, authorization, mine, type, body }))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    )
  })
}

describe('a piece in Python', { timeout: BUILD_MS }, () => {
  if (lack !== undefined) return test.skip(lack)

  const data = mkdtempSync(join(tmpdir(), 'ap-wasm-python-'))
  let executor: Executor
  let component: Uint8Array
  let echo: { server: Server; origin: string }
  let other: { server: Server; origin: string }

  beforeAll(async () => {
    other = await startEcho(() => '')
    echo = await startEcho(() => other.origin)
    component = await built(FIXTURE, 'python')
    executor = await createExecutor({
      ...{ data, cells: 1, isolation: 'shared', logLevel: 'silent', drainMs: 0 },
      egressPrivate: ['127.0.0.0/8'],
    })
    const http = [echo.origin, other.origin, 'http://127.0.0.1:1']
    const piece = { name: 'clients', version: '0.1.0', language: 'python', capabilities: { http } }
    const description = (await executor.describe('author', component)) as Description
    await executor.add('author', embedManifest(component, { ...piece, description } as Manifest))
    await executor.grant('author', 'clients', { http, env: {} } as never)
  }, BUILD_MS)
  afterAll(async () => {
    await executor?.close()
    echo?.server.close()
    other?.server.close()
    rmSync(data, { recursive: true, force: true })
  })
  async function action(name: string, props: Record<string, unknown>) {
    const call = {
      tenant: 'author',
      piece: 'clients',
      version: '0.1.0',
      kind: 'action',
      name,
      input: { props },
    } as const
    const result = await executor.call(call)
    return { result, logs: executor.ledger.get('author', result.callId).logs }
  }
  async function output(name: string, props: Record<string, unknown>): Promise<unknown> {
    const { result } = await action(name, props)
    if (!result.ok) throw new Error(JSON.stringify(result))
    return result.output
  }
  async function failure(name: string, props: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { result } = await action(name, props)
    if (result.ok || !('failure' in result)) throw new Error(JSON.stringify(result))
    return result.failure as unknown as Record<string, unknown>
  }

  describe.each(['ap_piece', 'requests', 'httpx', 'urllib'])('HTTP by %s', (client) => {
    const send = (path: string, more = {}) => ({ client, url: echo.origin + path, ...more })

    test('sends and reads', async () => {
      expect(await output('send', send('/a?b=c', { body: { ü: 1 } }))).toMatchObject({
        json: { path: '/a?b=c', method: 'POST', authorization: 'Bearer x', mine: 'y', type: 'application/json' },
      })
    })
    test('follows to another origin without the credentials', async () => {
      const answer = (await output('send', send('/hop'))) as { url: string; json: Record<string, unknown> }
      expect(answer.url).toBe(`${other.origin}/there`)
      expect(answer.json).toMatchObject({ path: '/there', mine: 'y' })
      expect(answer.json).not.toHaveProperty('authorization')
    })
    test('ends a loop of redirects', async () => {
      const { result } = await action('send', send('/loop'))
      expect(result.ok).toBe(false)
      expect(result.usage.hostCalls['wasi:http/outgoing-handler#handle']).toBeLessThanOrEqual(6)
    })
    test.each([
      ['/404', 'not_found', undefined],
      ['/401', 'unauthorized', undefined],
      ['/429', 'rate_limited', 7000],
      ['/500', 'upstream_error', undefined],
    ])('a status is the failure that it means: %s', async (path, code, retryAfterMs) => {
      const failed = await failure('send', send(path))
      expect(failed).toMatchObject({ code, message: `${echo.origin} answered ${path.slice(1)}` })
      expect(failed.retryAfterMs).toBe(retryAfterMs)
      expect(failed.detail).toMatchObject({ status: Number(path.slice(1)), body: expect.stringContaining(path) })
    })
    test.each([
      ['refused', 'http://127.0.0.1:1/', 'connection_refused', 'connection-refused'],
      ['not granted', 'http://127.0.0.1:2/', 'not_granted', 'add "http://127.0.0.1:2" to capabilities.http'],
    ])('a connection that is %s', async (_, url, code, words) => {
      expect(await failure('send', { client, url })).toMatchObject({ code, message: expect.stringContaining(words) })
    })
    test('a time-out', async () => {
      expect(await failure('send', send('/slow', { timeout: 0.05 }))).toMatchObject({ code: 'timeout' })
    })
  })

  test('requests of httpx.AsyncClient are under way at the same time', async () => {
    const urls = Array.from({ length: 4 }, (_, n) => `${echo.origin}/${n}x`)
    expect(await output('send_all', { urls })).toMatchObject(urls.map((_, n) => ({ path: `/${n}x` })))
    const { result } = await action('send_all', { urls: urls.map(() => `${echo.origin}/slow`) })
    expect(result.usage.wallMs).toBeLessThan(3_500)
  })

  test('asyncio.timeout gives up, and what was under way is let go', async () => {
    expect(await failure('give_up', { url: `${echo.origin}/slow`, seconds: 0.05 })).toMatchObject({ code: 'timeout' })
  })

  test.each([
    ['zone', '2026-07-01T00:00:00+02:00'],
    ['table', { a: 1 }],
    ['sleep', null],
  ])('%s', async (what, expected) => {
    expect(await output('look', { what })).toEqual(expected)
  })

  test('random numbers differ between instances, those of a Random at module level too', async () => {
    const drawn = [await output('look', { what: 'random' }), await output('look', { what: 'random' })] as number[][]
    expect(new Set(drawn.flat()).size).toBe(4)
  })

  test('nothing of the machine that built it is in the artifact', async () => {
    const [atBuild, now] = (await output('look', { what: 'environment' })) as Record<string, string>[]
    expect(now).toEqual({})
    expect(Object.keys(atBuild!).filter((name) => !name.startsWith('PYTHON'))).toEqual([])
    const bytes = Buffer.from(component)
    for (const secret of [CANARY, root, `${tmpdir()}/ap-wasm-`]) expect(bytes.includes(secret), secret).toBe(false)
  })

  test.each([
    ['late import', "'sqlite3' was not imported when the piece was built"],
    ['open', 'a piece has no files at run time'],
    ['exit', 'the piece called sys.exit(3)'],
    ['recursion', 'RecursionError: maximum recursion depth exceeded'],
    ['memory', 'MemoryError'],
    ['odd', 'Odd: <its text cannot be made>'],
    ['thread', 'a piece has no threads'],
    ['never', 'waits for something that never comes'],
    ['group', 'LookupError: no table'],
    ['object', 'a value of type object'],
  ])('%s is a failure in words', async (how, words) => {
    expect(await failure('fail', { how })).toMatchObject({
      code: 'internal_error',
      message: expect.stringContaining(words),
    })
  })

  test('a bug tells file, line and the lines of the way there', async () => {
    const source = (await readFile(join(root, FIXTURE, 'src/main.py'), 'utf8')).split('\n')
    const line = source.findIndex((text) => text.includes('raise LookupError')) + 1
    const { message, detail } = await failure('fail', { how: 'cause' })
    expect(message).toBe(`LookupError: no table (src/main.py:${line})`)
    expect(detail).toMatchObject({ file: 'src/main.py', line })
    const { stack } = detail as { stack: string }
    expect(stack).toContain('json.loads("{")')
    expect(stack).toContain('The above exception was the direct cause')
    expect(stack).toContain('raise LookupError("no table") from error')
    expect(stack).not.toMatch(/ap_piece|ap_entry|asyncio/)
  })

  test('what piece.json does not ask for is not imported, and says so', async () => {
    expect(await failure('fail', { how: 'store' })).toMatchObject({
      code: 'not_granted',
      message: 'piece.json does not ask for "store"; add capabilities.store',
    })
    const { logs } = await action('look', { what: 'sleep' })
    expect(logs).toEqual([])
  })
})

describe('the build of a piece in Python', { timeout: BUILD_MS }, () => {
  if (lack !== undefined) return test.skip(lack)

  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-python-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const PIECE = 'from ap_piece import Piece\npiece = Piece("P")\n'
  let made = 0
  async function build(main: string, requirements = '', options = {}) {
    const place = join(folder, `piece-${made++}`)
    await mkdir(join(place, 'src'), { recursive: true })
    await writeFile(join(place, 'piece.json'), '{ "name": "p", "version": "0.1.0", "language": "python" }')
    await writeFile(join(place, 'requirements.txt'), requirements)
    await writeFile(join(place, 'src/main.py'), main)
    return python.build(place, { cacheFolder: TOOL_CACHE, ...options })
  }
  const refusal = (main: string, requirements = '', options = {}): Promise<Record<string, unknown>> =>
    build(main, requirements, options).then(
      () => ({}),
      (error) => error,
    )

  test.each([
    ['a syntax error', 'this is no code', ['File "src/main.py", line 1', 'this is no code', 'SyntaxError']],
    ['a module that is not there', 'import nowhere', ["No module named 'nowhere'", 'line 1, in <module>']],
    ["a module of the build's own machine", `${PIECE}import pip`, ["No module named 'pip'"]],
    [
      'HTTP at module level',
      `${PIECE}from ap_piece import http\nhttp.get("https://a.example")`,
      ['no use at module level'],
    ],
    ['no piece', 'x = 1', ['main.py makes no Piece']],
    ['two pieces', `${PIECE}other = Piece("Q")`, ['main.py makes 2 Pieces']],
    [
      'a definition that is wrong in several places',
      `${PIECE}@piece.action("a b")\ndef one(): ...\n@piece.action("two")\ndef two(x): ...\n@piece.webhook("three")\ndef three(x: set): ...\n@three.on_enable\ndef enable(): ...\n`,
      ['action "a b"', 'main.two: parameter x has no annotation', 'main.three: x: there is no property type for set'],
    ],
  ])('refuses %s in words', async (_, main, words) => {
    const error = await refusal(main)
    expect(error).toMatchObject({ exit: 1, message: 'the modules of the piece could not be loaded' })
    const details = (error.details as string[]).join('\n')
    for (const word of words) expect(details).toContain(word)
    expect(details).not.toMatch(/ap_entry|importlib|\/1\//)
  })

  test.each([
    ['ends the interpreter', 'import os\nos._exit(3)', 'exit'],
    ['writes a file', 'open("/1/made", "w")', 'Read-only file system'],
    ['leaves its folder', 'open("/1/../../../etc/passwd")', 'No such file or directory'],
  ])('a module that %s is refused in words', async (_, main, words) => {
    expect(await refusal(main)).toMatchObject({
      message: 'the modules of the piece could not be loaded',
      details: expect.arrayContaining([expect.stringContaining(words)]),
    })
  })

  test('modules that run for ever end with the build', async () => {
    await build(PIECE)
    expect(await refusal('while True: pass', '', { signal: AbortSignal.timeout(3_000) })).toMatchObject({
      exit: 1,
      message: expect.stringContaining('stopped'),
    })
  })

  test('the same sources make the same bytes, wherever they lie and whenever', async () => {
    const main = `import random, time, uuid\n${PIECE}\nmade = (random.random(), time.time(), uuid.uuid4(), {"a", "b"})\n`
    const [one, other] = [await build(main), await build(main)]
    expect(Buffer.compare(one.component, other.component)).toBe(0)
    const edited = await build(`${main}# A comment.\n`)
    expect(Buffer.compare(one.component, edited.component)).not.toBe(0)
  })

  test('names a native package, and what to use instead', async () => {
    expect(await refusal(PIECE, 'numpy\n')).toMatchObject({
      exit: 1,
      message: 'numpy is native code, which no component can hold',
      remedy: expect.stringContaining('statistics'),
    })
  })

  test('warns where an old release is taken because newer ones are native', async () => {
    const { warnings, tools } = await build(`${PIECE}import pydantic\n`, 'pydantic\n')
    expect(warnings).toEqual([expect.stringMatching(/^pydantic is 1\.10\.\d+ here, not 2\..* native code/)])
    expect(tools).toMatchObject({ pydantic: expect.stringMatching(/^1\.10\./), 'componentize-py': '0.25.1' })
  })

  test('says what a first build needs the network for', async () => {
    const empty = join(folder, 'cache')
    process.env.PIP_NO_INDEX = '1'
    try {
      expect(await refusal(PIECE, '', { cacheFolder: empty })).toMatchObject({
        exit: 3,
        message: 'componentize-py 0.25.1 could not be fetched from PyPI',
        remedy: expect.stringContaining('go online once'),
      })
    } finally {
      delete process.env.PIP_NO_INDEX
    }
  })

  test('the template is 20 MB at most, told by its parts, and leaves nothing behind', async () => {
    const place = join(folder, 'template')
    await cp(join(root, 'templates/python'), place, { recursive: true })
    const { component, parts } = await python.build(place, { cacheFolder: TOOL_CACHE })
    expect(component.length).toBeLessThan(20_000_000)
    expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(component.length)
    expect(parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['CPython 3.14', 'snapshot: standard library', 'snapshot: ap-piece', 'snapshot: your code'],
      ]),
    )
    expect(execFileSync('find', [place, '-name', '__pycache__'], { encoding: 'utf8' })).toBe('')
  })
})
