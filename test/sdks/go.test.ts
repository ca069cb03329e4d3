/** The Go SDK and its template by Go's own tools: format, vet, their tests; what the template is built into. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import type { CliError } from '../../packages/cli/src/world.ts'
import { built } from '../built.ts'
import { prepared } from '../cells/pieces.ts'
import { innerCell } from '../pictures/cell.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { runner } from '../typescript/run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sdk = join(root, 'sdks/go')
const template = join(root, 'templates/go')
const lack = await lacking('go')

/** What a tool says, and how it ends. */
async function said(cwd: string, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GOCACHE: `${TOOL_CACHE}/go-build`, GOPROXY: 'off', GOFLAGS: '' }
  return promisify(execFile)(command, args, { cwd, env }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `failed\n${error.stdout}${error.stderr}`,
  )
}

describe.skipIf(lack !== undefined)(lack === undefined ? 'the SDK' : `the SDK: ${lack}`, () => {
  test('is formatted', async () => {
    expect(await said(sdk, 'gofmt', '-l', '.')).toBe('')
  })

  test('needs nothing beyond the standard library', async () => {
    const modules = await said(sdk, 'env', 'GOWORK=off', 'go', 'list', '-m', 'all')
    expect(modules.trim()).toBe('github.com/ap-wasm/piece-go')
  })

  test('has no fault that vet finds, for the machine and for wasm', { timeout: 300_000 }, async () => {
    expect(await said(sdk, 'go', 'vet', './...')).toBe('')
  })

  test('passes its tests', { timeout: 300_000 }, async () => {
    expect(await said(sdk, 'go', 'test', './...')).not.toMatch(/failed|FAIL/)
  })
})

describe.skipIf(lack !== undefined)(lack === undefined ? 'the template' : `the template: ${lack}`, () => {
  test('is formatted, without a fault that vet finds, and passes its unit tests', { timeout: 300_000 }, async () => {
    expect(await said(template, 'gofmt', '-l', '.')).toBe('')
    expect(await said(template, 'go', 'vet', './...')).toBe('')
    expect(await said(template, 'go', 'test', './...')).not.toMatch(/failed|FAIL/)
  })

  test('is the sample piece: its description is that of TypeScript but for the SDK', async () => {
    const [go, typescript] = await Promise.all(
      ['go', 'typescript'].map(async (language) => {
        const { value } = await runner(await built(`templates/${language}`, language))('describe', [])
        return { ...value, sdk: undefined }
      }),
    )
    expect(go).toEqual(typescript)
    for (const kind of ['actions', 'triggers'])
      expect(JSON.stringify(namesIn(go[kind]))).toBe(JSON.stringify(namesIn(typescript[kind])))
  }, 300_000)

  test('has the same cases', () => {
    const cases = (language: string) => {
      const folder = join(root, 'templates', language, 'tests')
      const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
      return names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])
    }
    expect(cases('go')).toEqual(cases('typescript'))
  })

  test('is small', async () => {
    expect((await built('templates/go', 'go')).length).toBeLessThan(5_000_000)
  }, 300_000)

  test('gives the same bytes in another folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-go-'))
    try {
      await cp(template, join(folder, 'piece'), { recursive: true })
      await cp(sdk, join(folder, 'sdk'), { recursive: true })
      await writeFile(join(folder, 'go.work'), 'go 1.26\n\nuse (\n\t./sdk\n\t./piece\n)\n')
      const { component, parts } = await toolchainOf('go').build(join(folder, 'piece'), { cacheFolder: TOOL_CACHE })
      expect(Buffer.compare(component, await built('templates/go', 'go'))).toBe(0)
      expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(component.length)
      expect(Buffer.from(component).includes(folder)).toBe(false)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }, 300_000)
})

describe.skipIf(lack !== undefined)(lack === undefined ? 'a picture' : `a picture: ${lack}`, () => {
  /** An action that answers with random numbers of each kind, beside what `declares` draws at package level. */
  const source = (declares: string) => `package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	random "math/rand/v2"

	"github.com/ap-wasm/piece-go/piece"
)

${declares}

func draw(*piece.Context, struct{}) (map[string]any, error) {
	order := ""
	all := map[int]bool{}
	for i := range 64 {
		all[i] = true
	}
	for i := range all {
		order += fmt.Sprint(i, " ")
	}
	secret := make([]byte, 8)
	rand.Read(secret)
	return map[string]any{
		"number": fmt.Sprint(random.Uint64()), "hash": fmt.Sprint(maphash.String(maphash.MakeSeed(), "x")),
		"order": order, "secret": hex.EncodeToString(secret),
	}, nil
}

func main() {
	piece.Define(piece.Info{Title: "Draws"})
	piece.Action("draw", piece.Spec{Title: "Draw"}, draw)
}
`
  const programOf = async (declares: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-go-'))
    try {
      await writeFile(join(folder, 'go.mod'), 'module draws\n\ngo 1.26\n')
      await writeFile(join(folder, 'main.go'), source(declares))
      await writeFile(join(folder, 'go.work'), `go 1.26\n\nuse (\n\t.\n\t${sdk}\n)\n`)
      const { component } = await toolchainOf('go').build(folder, { cacheFolder: TOOL_CACHE })
      return prepared(component)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  const drawn = async (declares: string) => {
    const program = await programOf(declares)
    const cell = innerCell()
    const answers: Record<string, string>[] = []
    const instances = new Set()
    const logs: string[] = []
    for (let n = 0; n < 4; n++) {
      const ended = await cell.call(program, { name: 'draw' })
      answers.push(JSON.parse(ended.output))
      instances.add(ended.instance)
      logs.push(...ended.logs)
    }
    expect(cell.unequal).toEqual([])
    // Whatever serves a call, no two of them draw the same.
    for (const kind of ['number', 'hash', 'order', 'secret'])
      expect(new Set(answers.map((one) => one[kind]))).toHaveProperty('size', answers.length)
    return { instances: instances.size, logs: [...new Set(logs)] }
  }

  test('serves calls that each draw numbers of their own', async () => {
    expect(await drawn('')).toEqual({ instances: 1, logs: [] })
  }, 300_000)

  test.each([
    ['for secrets', 'var key = func() (b [16]byte) { rand.Read(b[:]); return }()'],
    ['as text', 'var name = rand.Text()'],
  ])(
    'is not taken of a piece that draws at package level: %s',
    async (_name, declares) => {
      expect(await drawn(declares)).toEqual({
        instances: 4,
        logs: [expect.stringContaining('at package level')],
      })
    },
    300_000,
  )
})

describe.skipIf(lack !== undefined)(lack === undefined ? 'a build that fails' : `a build that fails: ${lack}`, () => {
  const MODULE = 'module wrong\n\ngo 1.26\n'
  const fails = async (files: Record<string, string>): Promise<CliError> => {
    const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-go-'))
    try {
      for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
      return await toolchainOf('go')
        .build(folder, { cacheFolder: TOOL_CACHE })
        .then(
          () => expect.unreachable('it was built'),
          (error) => error,
        )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'in the words of the compiler',
      { 'go.mod': MODULE, 'main.go': 'package main\n\nfunc main() { x := 1 }\n' },
      /main\.go:3:15: declared and not used: x/,
    ],
    [
      'a package that is not there',
      { 'go.mod': MODULE, 'main.go': 'package main\n\nimport _ "example.com/none"\n\nfunc main() {}\n' },
      /no required module provides package example\.com\/none/,
    ],
    [
      'a library that is no program',
      { 'go.mod': MODULE, 'lib.go': 'package lib\n' },
      /requires exactly one main package/,
    ],
    ['no sources', { 'go.mod': MODULE }, /no Go files/],
  ])(
    'says %s',
    async (_name, files, words) => {
      const error = await fails(files)
      expect(error).toMatchObject({ exit: 1, message: 'go build failed' })
      expect(error.details.join('\n')).toMatch(words)
    },
    120_000,
  )

  test('says what a program lacks that is no piece', async () => {
    expect(await fails({ 'go.mod': MODULE, 'main.go': 'package main\n\nfunc main() {}\n' })).toMatchObject({
      exit: 1,
      message: 'the compiled module is no piece',
      remedy: expect.stringContaining('piece.Define'),
    })
  }, 120_000)

  test('says how to begin where there is no module', async () => {
    expect(await fails({})).toMatchObject({ exit: 1, remedy: expect.stringContaining('ap-wasm init --language go') })
  })

  test('names the tool that is missing, and the line that installs it', async () => {
    const { PATH } = process.env
    process.env.PATH = '/nowhere'
    try {
      expect(await fails({ 'go.mod': MODULE })).toMatchObject({
        exit: 3,
        message: 'go was not found; needed: >=1.26',
        remedy: expect.stringMatching(/go1\.26|brew install go/),
      })
    } finally {
      process.env.PATH = PATH
    }
  })
})

/** Objects as lists of their keys, in order. */
function namesIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value as Record<string, { props?: object }>).map(([name, one]) => [
    name,
    Object.keys(one.props ?? {}),
  ])
}
