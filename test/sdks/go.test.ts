/** The Go SDK by Go's own tools: format, vet, its tests, a doc comment on everything exported. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { lacking, TOOL_CACHE } from '../toolchains.ts'

const sdk = fileURLToPath(new URL('../../sdks/go', import.meta.url))
const lack = await lacking('go')

/** What a tool says, and how it ends. */
async function said(command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GOCACHE: `${TOOL_CACHE}/go-build`, GOPROXY: 'off', GOFLAGS: '' }
  return promisify(execFile)(command, args, { cwd: sdk, env }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `failed\n${error.stdout}${error.stderr}`,
  )
}

describe.skipIf(lack !== undefined)(lack === undefined ? 'the SDK' : `the SDK: ${lack}`, () => {
  test('is formatted', async () => {
    expect(await said('gofmt', '-l', '.')).toBe('')
  })

  test('needs nothing beyond the standard library', async () => {
    expect((await said('go', 'list', '-m', 'all')).trim()).toBe('github.com/ap-wasm/piece-go')
  })

  test('has no fault that vet finds, for the machine and for wasm', { timeout: 300_000 }, async () => {
    expect(await said('go', 'vet', './...')).toBe('')
  })

  test('passes its tests', { timeout: 300_000 }, async () => {
    expect(await said('go', 'test', './...')).not.toMatch(/failed|FAIL/)
  })
})
