/** examples/statistics, built and run as any piece: over HTTP, on files as people keep them. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Description, embedManifest, type Manifest } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startServer } from '../api/server.ts'
import { built } from '../built.ts'
import { pythonTools, root, SDK } from '../sdks/python-tools.ts'
import { CACHE_HOME, lacking } from '../toolchains.ts'

const FOLDER = fileURLToPath(new URL('../../examples/statistics', import.meta.url))
const BUILD_MS = 240_000
const lack = await lacking('python')

/** The same numbers each time. */
function* numbers(): Generator<number> {
  for (let x = 1; ; ) yield (x = (Math.imul(x, 1664525) + 1013904223) >>> 0)
}

/** 100,000 rows: an id, a region of four, a price with a decimal comma, a quantity, a day, a note of 50. */
function sales(): { csv: string; prices: number[] } {
  const random = numbers()
  const prices: number[] = []
  const lines = ['id;region;price;quantity;day;note']
  for (let id = 0; id < 100_000; id++) {
    const cents = random.next().value % 10_000
    prices.push(cents / 100)
    const day = `2026-01-${String((id % 28) + 1).padStart(2, '0')}`
    lines.push(
      `${id};${'NSEW'[id % 4]};${(cents / 100).toFixed(2).replace('.', ',')};${id % 10};${day};"note; ${id % 50}"`,
    )
  }
  return { csv: `${lines.join('\r\n')}\r\n`, prices }
}

describe('statistics', { timeout: BUILD_MS }, () => {
  if (lack !== undefined) return test.skip(lack)

  let component: Uint8Array
  let server: Running
  const { csv, prices } = sales()
  const file = { filename: 'sales.csv', mediaType: 'text/csv', data: Buffer.from(`\ufeff${csv}`).toString('base64') }

  beforeAll(async () => {
    component = await built('examples/statistics', 'python')
    server = await startServer({ isolation: 'shared' })
    const { $schema: _, ...piece } = JSON.parse(readFileSync(join(FOLDER, 'piece.json'), 'utf8'))
    const description = (await server.executor.describe('author', component)) as Description
    const deployed = await server.deploy(embedManifest(component, { ...piece, description } as Manifest))
    expect(deployed.status).toBe(201)
    expect((await server.ask('PUT', '/v1/pieces/statistics/grants', piece.capabilities)).status).toBe(200)
  }, BUILD_MS)
  afterAll(() => server?.close())
  const action = async (name: string, props: unknown) =>
    (await server.ask('POST', `/v1/pieces/statistics/0.1.0/actions/${name}`, { props })).body

  test('its component is 20 MB at most', () => {
    expect(component.length).toBeLessThan(20_000_000)
  })

  test('its unit tests pass', async () => {
    const tools = await pythonTools()
    const ran = await tools.run('pytest', ['-q', '-p', 'no:cacheprovider'], { cwd: FOLDER, path: [join(SDK, 'src')] })
    expect(ran).toMatchObject({ code: 0 })
  })

  test('its cases pass in `ap-wasm test`', async () => {
    const launch = join(root, 'packages/cli/src/launch.ts')
    const done = await promisify(execFile)(
      process.execPath,
      ['--conditions=@ap-wasm/source', launch, 'test', '--no-color'],
      { cwd: FOLDER, env: { ...process.env, XDG_CACHE_HOME: CACHE_HOME } },
    )
    expect(done.stdout).toContain('4 passed')
  })

  test('100,000 rows are summarized within the limits of any call', async () => {
    const { output, usage } = await action('summarize', { file })
    expect(output).toMatchObject({ rows: 100_000, encoding: 'utf-8-sig', delimiter: ';', decimal: ',', warnings: [] })
    const sorted = prices.toSorted((a, b) => a - b)
    const sum = prices.reduce((all, price) => all + Math.round(price * 100), 0) / 100
    expect(output.columns.map((column: { type: string }) => column.type)).toEqual([
      ...['number', 'text', 'number', 'number', 'date', 'text'],
    ])
    expect(output.columns[2]).toMatchObject({ present: 100_000, sum, min: sorted[0], max: sorted.at(-1) })
    expect(output.columns[4]).toMatchObject({ first: '2026-01-01', last: '2026-01-28', distinct: 28 })
    expect(output.columns[5]).toMatchObject({ distinct: 50 })
    expect(usage.memoryPeakBytes).toBeLessThan(64 * 1024 ** 2)
  })

  test('100,000 rows are grouped', async () => {
    const { output } = await action('group_by', { file, by: ['region'], value: 'price', measure: 'sum' })
    expect(output.groups).toHaveLength(4)
    const total = output.groups.reduce((sum: number, group: { value: number }) => sum + group.value, 0)
    expect(total).toBeCloseTo(
      prices.reduce((all, price) => all + price, 0),
      4,
    )
  })
})
