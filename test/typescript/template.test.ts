import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkCase } from '../../packages/cli/src/cases.ts'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import type { CliError } from '../../packages/cli/src/world.ts'
import { checkDescription } from '../../packages/executor/src/description.ts'
import { bytes, type FakeOptions, reply } from '../../packages/executor/src/host/testing.ts'
import { checkPieceJson } from '../../packages/executor/src/index.ts'
import { runner } from './run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const template = join(root, 'templates/typescript')
const toolchain = toolchainOf('typescript')
const read = (file: string) => JSON.parse(readFileSync(join(template, file), 'utf8'))

let component: Uint8Array
beforeAll(async () => {
  component = (await toolchain.build(template)).component
})

test('its types hold', () => {
  // Here the SDK is there as source; a piece of an author sees its declarations.
  const flags = [
    '-p',
    template,
    '--customConditions',
    '@ap-wasm/source',
    '--allowImportingTsExtensions',
    '--types',
    'node',
  ]
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), flags, { cwd: root, encoding: 'utf8' })
  expect(stdout).toBe('')
})

test('its component is small', () => {
  expect(component.length).toBeLessThan(2_000_000)
})

test('the same source gives the same bytes', async () => {
  expect(Buffer.compare((await toolchain.build(template)).component, component)).toBe(0)
})

test('it describes itself, and piece.json is one', async () => {
  const { value } = await runner(component)('describe', [])
  expect(checkDescription(value)).toEqual([])
  expect(checkPieceJson(read('piece.json')).all()).toEqual([])
})

describe('its cases', () => {
  const files = readdirSync(join(template, 'tests'))
  test.each(files)('%s', async (file) => {
    const one = read(`tests/${file}`)
    expect(checkCase(one)).toEqual([])
    const mocks = [...(one.http ?? [])]
    const kept: Record<string, unknown> = { ...one.store?.flow }
    const answer: FakeOptions['answer'] = ({ kind, ask, bytes: body }) => {
      if (kind === 'store.get')
        return ask.key in kept ? reply({ found: true }, bytes(JSON.stringify(kept[ask.key]))) : reply({ found: false })
      if (kind === 'store.put') kept[ask.key] = JSON.parse(new TextDecoder().decode(body))
      if (kind !== 'http.request') return reply({})
      const { request, response } = mocks.shift()
      expect([ask.method, `${ask.scheme}://${ask.authority}${ask.pathWithQuery}`]).toEqual([
        request.method,
        request.url,
      ])
      expect(Object.fromEntries(ask.headers)).toMatchObject(request.headers ?? {})
      return reply(
        { status: response.status, headers: Object.entries(response.headers ?? {}), end: true },
        bytes(response.body),
      )
    }
    const name = one.action ? 'action' : one.trigger ? 'trigger' : 'resolve'
    const args = one.trigger ? [one.trigger, one.hook] : [one.action ?? one.resolve]
    const { props = {}, auth, searchValue } = one
    const { value, usage } = await runner(component)(
      name,
      args,
      { props, auth, searchValue, run: { id: 'r' } },
      { answer },
    )
    if (one.expect.failure) expect(value).toMatchObject(one.expect.failure)
    else expect(value).toEqual(one.expect.output)
    if (one.expect.store) expect(kept).toEqual(one.expect.store.flow)
    if (one.maxFuel) expect(usage.fuel).toBeLessThan(one.maxFuel)
    expect(mocks).toEqual([])
  })
})

describe('a build that fails', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ap-wasm-test-'))
    await cp(template, folder, { recursive: true })
    await cp(join(root, 'sdks/typescript'), join(folder, 'node_modules/@ap-wasm/piece'), { recursive: true })
    const url = 'node_modules/whatwg-url-minimum'
    await cp(join(root, url), join(folder, url), { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const fails = async (source: string): Promise<CliError> => {
    await writeFile(join(folder, 'src/index.ts'), source)
    return toolchain.build(folder).then(
      () => expect.unreachable('it was built'),
      (error) => error,
    )
  }

  test.each([
    [
      'a syntax error, in the words of the compiler',
      'const a = ;',
      /src\/index\.ts:1:10[\s\S]*Unexpected ";"|Unexpected ";"[\s\S]*src\/index\.ts:1:10/,
    ],
    ['a module that is not there', "import 'left-pad'", /Could not resolve "left-pad"/],
    [
      'a module of Node.js',
      "import { readFileSync } from 'node:fs'\nreadFileSync('x')",
      /"node:fs" is part of Node\.js/,
    ],
    ['a module of Node.js by its bare name', "import 'fs'", /"fs" is part of Node\.js/],
    [
      'a bug at module level, with its place',
      "export const piece = 1\n\nthrow new Error('too early')",
      /too early[\s\S]*src\/index\.ts:3/,
    ],
    ['no piece', 'export const nothing = 1', /exports no piece/],
    [
      'a request at module level',
      "export const answer = fetch('https://example.com')\nanswer",
      /no use at module level/,
    ],
    ['random for secrets at module level', 'export const id = crypto.randomUUID()', /no use at module level/],
  ])('says %s', async (_name, source, words) => {
    const error = await fails(source)
    expect(error.name).toBe('CliError')
    expect(error.details.join('\n')).toMatch(words)
  })

  test('says what to install where the SDK is missing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'ap-wasm-test-'))
    await cp(template, empty, { recursive: true })
    await expect(toolchain.build(empty)).rejects.toMatchObject({
      exit: 3,
      remedy: expect.stringContaining('npm install'),
    })
    await rm(empty, { recursive: true })
  })
})

test('what is read while it is built is told when it describes itself', async () => {
  const folder = await mkdtemp(join(root, '.cache/frozen-'))
  try {
    await cp(template, folder, { recursive: true })
    const source =
      "import { createPiece } from '@ap-wasm/piece'\nconst at = Date.now()\nexport const n = Math.random()\nexport const p = createPiece({ displayName: String(at), actions: [], triggers: [] })\n"
    await writeFile(join(folder, 'src/index.ts'), source)
    const { component } = await toolchain.build(folder)
    const { value, logs } = await runner(component)('describe', [])
    expect(logs.map((line) => line.message)).toEqual([
      'The clock is read at module level (src/index.ts:2): the value is fixed when the piece is built',
      'Math.random() is read at module level (src/index.ts:3): the value is fixed when the piece is built',
    ])
    expect(value.displayName).toBe(String(Date.UTC(2026, 0, 1)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
