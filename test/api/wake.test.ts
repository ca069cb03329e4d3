/** After a restart, what was called last is ready before it is called. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createExecutor, type Executor, type Settings } from '@ap-wasm/executor'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DESCRIPTION } from '../fixture.ts'
import { artifact } from './server.ts'

let data: string
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'ap-wasm-wake-'))
})
afterEach(() => rm(data, { recursive: true, force: true }))

async function during<T>(settings: Partial<Settings>, work: (executor: Executor) => Promise<T>): Promise<T> {
  const executor = await createExecutor({ data, cells: 1, logLevel: 'silent', ...settings })
  try {
    return await work(executor)
  } finally {
    await executor.close()
  }
}

const call = (executor: Executor, piece: string, tenant = 'default') =>
  executor.call({ tenant, piece, version: 'latest', kind: 'action', name: 'echo', input: {} })

/** Each piece has bytes of its own. */
const named = (name: string) =>
  artifact({ name }, { description: { ...DESCRIPTION, displayName: `The piece ${name}` } })

/** A figure of the metrics, once it is what it must become; a test's time limit ends the wait. */
async function until(executor: Executor, figures: Record<string, number>): Promise<void> {
  for (;;) {
    const text = await executor.metrics.text()
    const all = Object.entries(figures).every(([name, value]) => text.includes(`\n${name} ${value}\n`))
    if (all) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('pieces that were called last are woken; others, and those of a setting of 0, are not', async () => {
  await during({}, async (executor) => {
    for (const name of ['one', 'two', 'three']) await executor.add('default', await named(name))
    for (const name of ['one', 'two', 'one']) await call(executor, name)
  })
  await during({ wakePieces: 0 }, async (executor) => {
    expect((await call(executor, 'one')).usage.coldStart).toBe(true)
  })
  await during({}, async (executor) => {
    await until(executor, { ap_wasm_programs: 2, ap_wasm_calls_running: 0 })
    for (const [name, cold] of [
      ['one', false],
      ['two', false],
      ['three', true],
    ] as const)
      expect((await call(executor, name)).usage.coldStart).toBe(cold)
  })
  await during({ wakePieces: 1 }, async (executor) => {
    await until(executor, { ap_wasm_programs: 1, ap_wasm_calls_running: 0 })
    expect((await call(executor, 'two')).usage.coldStart).toBe(true)
    expect((await call(executor, 'three')).usage.coldStart).toBe(false)
  })
})

test('a piece that cannot be read any more keeps nobody else asleep', async () => {
  const gone = await during({}, async (executor) => {
    await executor.add('default', await named('good'))
    const { digest } = await executor.add('default', await named('gone'))
    for (const name of ['good', 'gone']) await call(executor, name)
    return digest.slice('sha256:'.length)
  })
  await rm(join(data, 'cache'), { recursive: true })
  const artifacts = join(data, 'artifacts')
  const files = (await readdir(artifacts, { recursive: true })).filter((name) => name.includes(gone))
  expect(files).toHaveLength(1)
  await rm(join(artifacts, files[0]!))
  await during({}, async (executor) => {
    await until(executor, { ap_wasm_programs: 1, ap_wasm_calls_running: 0 })
    expect((await call(executor, 'good')).usage.coldStart).toBe(false)
  })
})

test('where tenants have cells of their own, those of the last callers are woken, as many as there are cells', async () => {
  await during({}, async (executor) => {
    for (const [tenant, name] of [
      ['acme', 'one'],
      ['acme', 'two'],
      ['other', 'one'],
    ] as const) {
      await executor.add(tenant, await named(name))
      await call(executor, name, tenant)
    }
    await call(executor, 'two', 'acme')
  })
  await during({}, async (executor) => {
    await until(executor, { ap_wasm_programs: 2, ap_wasm_calls_running: 0 })
    for (const name of ['one', 'two']) expect((await call(executor, name, 'acme')).usage.coldStart).toBe(false)
  })
})
