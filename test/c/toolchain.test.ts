/** The C toolchain and its template, where a compiler is here. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import { checkDescription } from '../../packages/executor/src/description.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { built } from '../built.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { runner } from '../typescript/run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const options = { cacheFolder: TOOL_CACHE }
const lack = await lacking('c')

describe.skipIf(lack !== undefined)(lack ?? 'C', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ap-wasm-c-'))
    await cp(join(root, 'templates/c'), folder, { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const build = () => toolchainOf('c').build(folder, options)

  test('the template is small, and every byte is accounted for', async () => {
    const { component, parts, tools } = await build()
    expect(component.length).toBeLessThan(180_000)
    expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(component.length)
    expect(parts.map((part) => part.name)).toEqual(expect.arrayContaining(['yyjson', 'libc', 'ap_piece', 'src/main.c']))
    expect(tools).toEqual({ clang: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
  })

  test('the same source gives the same bytes in another folder, and none of its path', async () => {
    const [here, there] = [await build(), await toolchainOf('c').build(join(root, 'templates/c'), options)]
    expect(Buffer.compare(here.component, there.component)).toBe(0)
    for (const path of [folder, root.slice(0, -1)]) expect(Buffer.from(here.component).includes(path)).toBe(false)
  })

  test('the template describes itself as that in TypeScript does', async () => {
    const described = await Promise.all(
      (['c', 'typescript'] as const).map(async (language) => {
        const { value } = await runner(await built(`templates/${language}`, language))('describe', [])
        const { sdk, ...rest } = value
        expect(sdk.language).toBe(language)
        return rest
      }),
    )
    expect(described[0]).toEqual(described[1])
  })

  test('what the piece does not call is not imported', async () => {
    await rm(join(folder, 'src/words.c'))
    await writeFile(
      join(folder, 'src/main.c'),
      `#include <ap_piece.h>
static yyjson_mut_val *echo(ap_call *call) { return ap_copy(call, call->props); }
const ap_action ap_actions[] = {{"get_post", echo}, {0}};
const ap_trigger ap_triggers[] = {{0}};
const ap_resolver ap_resolvers[] = {{0}};
`,
    )
    const { component } = await build()
    expect(component.length).toBeLessThan(110_000)
    const names = parseComponent(component).imports.filter((one) => one.functions.size > 0)
    expect(names.map((one) => one.name.replace(/@.*/, ''))).toEqual(['wasi:logging/logging'])
    const { value } = await runner(component)('describe', [])
    expect(checkDescription(value)).toEqual([])
  })

  test('a stack that overflows is a trap, and no data is written over', async () => {
    const file = join(folder, 'src/main.c')
    const before = await readFile(file, 'utf8')
    await writeFile(
      file,
      before
        .replace(
          'static yyjson_mut_val *echo',
          'static int deep(volatile int n) { volatile char here[1024]; here[0] = 1; return n + deep(n + 1) + here[0]; }\nstatic yyjson_mut_val *echo',
        )
        .replace('ap_copy(call, call->props)', 'yyjson_mut_int(call->doc, deep(0))'),
    )
    const { component, warnings } = await build()
    await writeFile(file, before)
    expect(warnings?.join('')).toContain('infinite-recursion')
    await expect(runner(component)('action', ['get_post'], { props: {} })).rejects.toThrow(/out of bounds|call stack/)
  })

  test.each([
    [
      'a compile error, in the words of the compiler',
      'src/main.c',
      'int broken = ;\n',
      /src\/main\.c:1:14: error: expected expression/,
    ],
    [
      'a table that is missing, in the words of the linker',
      'src/main.c',
      '#include <ap_piece.h>\n',
      /undefined symbol: ap_actions/,
    ],
    ['a description that is no JSON', 'src/description.json', '{ "displayName": }', /JSON/],
  ])('says %s', async (_name, file, text, words) => {
    const before = await readFile(join(folder, file), 'utf8')
    await writeFile(join(folder, file), text)
    const error = await build().then(
      () => expect.unreachable('it was built'),
      (refused) => refused,
    )
    await writeFile(join(folder, file), before)
    expect(error).toMatchObject({ name: 'CliError', exit: 1 })
    expect([error.message, ...error.details].join('\n')).toMatch(words)
  })

  test('says what is missing', async () => {
    await rm(join(folder, 'src/description.json'))
    await expect(build()).rejects.toMatchObject({ exit: 1, message: 'src/description.json is missing' })
    await rm(join(folder, 'src'), { recursive: true })
    await expect(build()).rejects.toMatchObject({ exit: 1, message: 'src/ holds no .c file' })
  })

  test('doctor finds a compiler that makes a module', async () => {
    const [compiler] = toolchainOf('c').requirements
    expect(await compiler!.found()).toMatch(/^(19|[2-9]\d)\./)
    expect(compiler!.install).toMatch(/install/)
  })
})
