/** examples/html, built and run as any piece; its crates come from the registry, so it is skipped where they cannot be had. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { built } from '../built.ts'
import { CACHE_HOME, lacking } from '../toolchains.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'examples/html')
const LONG_MS = 900_000

const run = (command: string, args: readonly string[], env: Record<string, string>) =>
  spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } })

async function lack(): Promise<string | undefined> {
  const missing = await lacking('rust')
  if (missing !== undefined) return missing
  const { status, stderr } = run('cargo', ['fetch', '--quiet'], { CARGO_NET_RETRY: '0' })
  if (status === 0) return undefined
  if (process.env.AP_WASM_TOOLCHAINS === 'required') throw new Error(stderr)
  return 'the crates of examples/html cannot be fetched'
}

const lacks = await lack()

describe.skipIf(lacks !== undefined)(lacks ?? 'examples/html', { timeout: LONG_MS }, () => {
  test('its unit tests pass', () => {
    const { status, stdout, stderr } = run('cargo', ['test', '--quiet'], {
      CARGO_TARGET_DIR: join(root, '.cache/rust'),
    })
    expect(status, stdout + stderr).toBe(0)
  })

  test('its component is 4 MB at most and asks for nothing', async () => {
    const component = await built('examples/html', 'rust')
    expect(component.length).toBeLessThan(4_000_000)
    const names = parseComponent(component).imports.filter((one) => one.functions.size > 0)
    const packages = new Set(names.map(({ name }) => name.split('/')[0]))
    expect(
      [...packages].filter(
        (name) => !['wasi:logging', 'wasi:random', 'wasi:clocks', 'wasi:cli', 'wasi:io'].includes(name!),
      ),
    ).toEqual([])
  })

  test('its cases pass in `ap-wasm test`', () => {
    const launch = join(root, 'packages/cli/src/launch.ts')
    const args = ['--conditions=@ap-wasm/source', launch, 'test', '--no-color']
    const { status, stdout, stderr } = run(process.execPath, args, { XDG_CACHE_HOME: CACHE_HOME })
    expect(stdout + stderr).toContain('4 passed')
    expect(status).toBe(0)
  })
})
