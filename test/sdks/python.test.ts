/** The Python SDK by Python's own tools: its unit tests, its types against the contract's bindings, its reference. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { componentize, environment } from '../../packages/cli/src/toolchain/python/interpreter.ts'
import { copyWit } from '../../packages/cli/src/toolchain/wit.ts'
import type { Piece } from '../../sdks/typescript/src/index.ts'
import { describePiece } from '../../sdks/typescript/src/testing.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { type PythonTools, pythonTools, root, SDK } from './python-tools.ts'

const lack = await lacking('python')
const SOURCES = join(SDK, 'src')
const TEMPLATE = join(root, 'templates/python')
const TOOL_MS = 240_000

describe('the Python SDK', { timeout: TOOL_MS }, () => {
  if (lack !== undefined) return test.skip(lack)

  let tools: PythonTools
  let work: string
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
    tools = await pythonTools()
  }, TOOL_MS)
  afterAll(() => rm(work, { recursive: true, force: true }))

  const pytest = (folder: string, ...path: string[]) =>
    tools.run('pytest', ['-q', '-p', 'no:cacheprovider'], { cwd: folder, path: [SOURCES, ...path] })

  test('its unit tests pass', async () => {
    expect(await pytest(SDK)).toMatchObject({ code: 0 })
  })

  test('the unit tests of the template pass', async () => {
    expect(await pytest(TEMPLATE)).toMatchObject({ code: 0 })
  })

  test('its types fit each other and the bindings that the contract gives', async () => {
    const [wit, bindings] = [join(work, 'wit'), join(work, 'bindings')]
    await copyWit(wit, '0.2.12')
    const python = await environment({ cacheFolder: TOOL_CACHE })
    const made = await componentize(python, ['-d', wit, '-w', 'piece', 'bindings', bindings], {
      signal: undefined,
      empty: work,
    })
    expect(made).toMatchObject({ code: 0 })
    const checked = await tools.run('mypy', ['--no-incremental', '--cache-dir=/dev/null'], {
      cwd: SDK,
      path: [bindings],
    })
    expect(checked.said).toContain('Success')
  })

  test('the pieces that it is shown with are typed, too', async () => {
    for (const folder of [TEMPLATE, join(root, 'test/conformance/pieces/python'), join(root, 'examples/statistics')]) {
      const args = ['--strict', '--python-version=3.14', '--cache-dir=/dev/null', 'main.py']
      const checked = await tools.run('mypy', args, { cwd: join(folder, 'src'), path: [SOURCES] })
      expect(checked.said).toContain('Success')
    }
  })

  test('its reference is made without a warning', async () => {
    const names = (await readdir(join(SOURCES, 'ap_piece')))
      // The package names some as its own, and pdoc finds those there.
      .filter((name) => /^[a-z]\w*\.py$/.test(name) && !['files.py', 'http.py', 'store.py'].includes(name))
      .map((name) => `ap_piece.${name.replace('.py', '')}`)
    const args = ['-o', join(work, 'reference'), 'ap_piece', ...names]
    expect(await tools.run('pdoc', args, { cwd: work, path: [SOURCES] })).toMatchObject({ code: 0, said: '' })
    expect(await readFile(join(work, 'reference/ap_piece.html'), 'utf8')).toContain('SecretText')
  })

  test("the template describes itself as TypeScript's does", async () => {
    const script =
      'import json; from ap_piece import testing; import main; print(json.dumps(testing.describe(main.piece)))'
    const said = await tools.run('timeit', ['-n', '1', '-r', '1', '-s', script, '0'], {
      cwd: work,
      path: [SOURCES, join(TEMPLATE, 'src')],
    })
    const { sdk, ...description } = JSON.parse(said.stdout.split('\n')[0]!)
    expect(sdk.language).toBe('python')
    const { piece } = (await import(join(root, 'templates/typescript/src/index.ts'))) as { piece: Piece }
    const { sdk: _, ...expected } = describePiece(piece) as { sdk: unknown }
    expect(description).toEqual(expected)
  })
})
