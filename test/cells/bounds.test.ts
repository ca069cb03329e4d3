import { describe, expect, it, onTestFinished } from 'vitest'
import { type CallAnswer, Cells } from '../../packages/executor/src/cells.ts'
import { probeLayers } from '../../packages/executor/src/layers.ts'
import * as fixtures from './fixtures.ts'
import { job, Outside, product } from './pieces.ts'
import { CELL_ENTRY, entry, gate, MiB, pool, until } from './pool.ts'

const code = (answer: CallAnswer): string => (answer.kind === 'error' ? answer.error.code : answer.kind)
const limits = { concurrentPerPiece: 2, queued: 3, queuedBytes: 256 * MiB }

describe('the queue', () => {
  it('holds so many calls of a piece, runs so many at once, and refuses the next', async () => {
    const cells = await pool({ limits })
    const door = gate()
    const reads = await product(fixtures.READS)
    const call = (options = {}) => cells.run(job(reads, { answers: { 'store.get': door.wait }, ...options }))
    const taken = Array.from({ length: 5 }, () => call())
    await until(() => door.waiting === 2)
    expect(cells.status).toMatchObject({ running: 2, queued: 3 })
    await expect(call()).rejects.toMatchObject({ code: 'AP_SATURATED', retryAfterMs: expect.any(Number) })
    const other = call({ piece: 'other' })
    const tenant = call({ tenant: 'other' })
    await until(() => door.waiting === 4)
    door.open()
    for (const answer of await Promise.all([...taken, other, tenant])) expect(code(answer)).toBe('output')
    expect(cells.status).toMatchObject({ running: 0, queued: 0, queuedBytes: 0 })
  })

  it('holds so many bytes of all pieces together', async () => {
    const cells = await pool({ limits: { concurrentPerPiece: 1, queued: 100, queuedBytes: 1000 } })
    const door = gate()
    const reads = await product(fixtures.READS)
    const call = (piece: string, length: number) =>
      cells.run(job(reads, { piece, input: `"${'x'.repeat(length)}"`, answers: { 'store.get': door.wait } }))
    const taken = [call('a', 5000), call('a', 600), call('b', 10)]
    await until(() => door.waiting === 2)
    await expect(call('b', 600)).rejects.toMatchObject({
      code: 'AP_SATURATED',
      message: expect.stringMatching(/bytes/),
    })
    taken.push(call('b', 100))
    door.open()
    for (const answer of await Promise.all(taken)) expect(code(answer)).toBe('output')
  })

  it('lets a call go whose deadline or caller ends before its turn', async () => {
    const cells = await pool({ limits: { ...limits, concurrentPerPiece: 1 } })
    const door = gate()
    const reads = await product(fixtures.READS)
    const answers = { 'store.get': door.wait }
    const running = cells.run(job(reads, { answers }))
    const caller = new AbortController()
    const late = cells.run(job(reads, { answers, wallMs: 50 }))
    const left = cells.run(job(reads, { answers, signal: caller.signal }))
    left.catch(() => {})
    await expect(late).rejects.toMatchObject({ code: 'AP_WALL_EXCEEDED' })
    caller.abort()
    await expect(left).rejects.toMatchObject({ code: 'AP_CANCELLED' })
    expect(cells.status).toMatchObject({ running: 1, queued: 0, queuedBytes: 0 })
    door.open()
    expect(code(await running)).toBe('output')
    expect(door.waiting).toBe(1)
  })

  it('has room for a thousand calls that wait at once in one cell', async () => {
    const cells = await pool()
    const door = gate()
    const reads = await product(fixtures.READS)
    const calls = Array.from({ length: 1_000 }, () => cells.run(job(reads, { answers: { 'store.get': door.wait } })))
    await until(() => door.waiting === 1_000)
    expect(cells.status).toMatchObject({ running: 1_000, cells: [{ calls: 1_000 }] })
    const next = cells.run(job(await product()))
    expect(cells.status.queued).toBe(1)
    door.open()
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ kind: 'output', attempts: 1 })
    expect(code(await next)).toBe('output')
  })
})

describe('a call', () => {
  it('ends when its caller goes away, with its usage, and its outside is closed', async () => {
    const cells = await pool()
    const caller = new AbortController()
    const door = gate()
    const outside = new Outside({ 'store.get': door.wait })
    const piece = await product(fixtures.READS_THEN_LOOPS)
    const looping = cells.run(job(piece, { signal: caller.signal, outside: () => outside }))
    await until(() => door.waiting === 1)
    door.open()
    setTimeout(() => caller.abort(), 50)
    const answer = await looping
    expect(outside.closed).toBe(1)
    expect(answer).toMatchObject({ error: { code: 'AP_CANCELLED', fault: 'caller' } })
    expect(answer.usage.fuel).toBeGreaterThan(0)
    expect(code(await cells.run(job(await product())))).toBe('output')
    expect(cells.status.lost.stuck).toBe(0)
  })

  it('is not begun for a caller who has gone', async () => {
    const cells = await pool()
    await expect(cells.run(job(await product(), { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'AP_CANCELLED',
    })
  })

  it('ends with AP_INTERNAL where an effect of ours fails, and the cell lives', async () => {
    const cells = await pool()
    const answer = await cells.run(job(await product(fixtures.READS)))
    expect(answer).toMatchObject({ error: { code: 'AP_INTERNAL', fault: 'host' } })
    expect(code(await cells.run(job(await product())))).toBe('output')
  })

  it('ends with AP_INTERNAL where its program cannot be read', async () => {
    const cells = await pool()
    const echo = await product()
    const broken = { ...echo, key: 'broken', modules: [{ hash: '00', bytes: () => Promise.reject(new Error('disk')) }] }
    expect(await cells.run(job(broken))).toMatchObject({ error: { code: 'AP_INTERNAL' } })
    expect(code(await cells.run(job(echo)))).toBe('output')
  })
})

describe('the end of the pool', () => {
  it('lets calls finish that it took, waiting ones too, and takes no more', async () => {
    const cells = await pool({ limits: { ...limits, concurrentPerPiece: 1 } })
    const door = gate()
    const reads = await product(fixtures.READS)
    const calls = [1, 2].map(() => cells.run(job(reads, { answers: { 'store.get': door.wait } })))
    await until(() => door.waiting === 1)
    const drained = cells.drain()
    expect(cells.status).toMatchObject({ ready: false, draining: true })
    await expect(cells.run(job(reads))).rejects.toMatchObject({ code: 'AP_DRAINING' })
    door.open()
    await drained
    expect((await Promise.all(calls)).map(code)).toEqual(['output', 'output'])
    await cells.drain()
  })

  it('interrupts calls that still run when it closes', async () => {
    const cells = await pool({ limits: { ...limits, concurrentPerPiece: 1 } })
    const door = gate()
    const reads = await product(fixtures.READS)
    const running = cells.run(job(reads, { answers: { 'store.get': door.wait } }))
    const waiting = cells.run(job(reads))
    waiting.catch(() => {})
    await until(() => door.waiting === 1)
    await cells.close()
    expect(code(await running)).toBe('AP_INTERRUPTED')
    await expect(waiting).rejects.toMatchObject({ code: 'AP_INTERRUPTED' })
  })
})

describe('cells', () => {
  it('are not shared by tenants, and the group used least recently gives way', async () => {
    const cells = await pool({ cells: 2, isolation: 'tenant' })
    const echo = await product()
    const groups = () => cells.status.cells.map((cell) => cell.group).sort()
    for (const tenant of ['a', 'b']) await cells.run(job(echo, { tenant }))
    expect(groups()).toEqual(['tenant a', 'tenant b'])
    await cells.run(job(echo, { tenant: 'c' }))
    expect(groups()).toEqual(['tenant b', 'tenant c'])
  })

  it('that are busy give way with their last call', async () => {
    const cells = await pool({ cells: 1, isolation: 'tenant' })
    const door = gate()
    const reads = await product(fixtures.READS)
    const first = cells.run(job(reads, { tenant: 'a', answers: { 'store.get': door.wait } }))
    await until(() => door.waiting === 1)
    const second = cells.run(job(await product(), { tenant: 'b' }))
    const third = cells.run(job(await product(), { tenant: 'a' }))
    expect(cells.status).toMatchObject({ queued: 2, cells: [{ group: 'tenant a', retiring: true }] })
    door.open()
    for (const call of [first, second, third]) expect(await call).toMatchObject({ kind: 'output', attempts: 1 })
  })

  it('are started up to their number while calls crowd, and stop when idle', async () => {
    const cells = await pool({ cells: 2, idleMs: 100 })
    const door = gate()
    const reads = await product(fixtures.READS)
    const calls = Array.from({ length: 12 }, () => cells.run(job(reads, { answers: { 'store.get': door.wait } })))
    await until(() => door.waiting === 12)
    expect(cells.status.cells.map((cell) => cell.calls)).toEqual([6, 6])
    door.open()
    await Promise.all(calls)
    await until(() => cells.status.cells.length === 0)
    expect(cells.status.lost.stopped).toBe(2)
  })

  it('forget programs that are not used, to take others', async () => {
    const cells = await pool({ memoryBytes: 64 * MiB })
    const padded = (n: number) =>
      product({ definitions: `(data (i32.const 60000) "${`${n}`.padEnd(3_000_000, 'x')}")`, memory: '80' })
    for (const n of [1, 2, 3, 4, 5, 6, 1]) expect(code(await cells.run(job(await padded(n))))).toBe('output')
    const [cell] = cells.status.cells
    expect(cell!.programs).toBeLessThan(6)
    expect(cell!.programBytes).toBeLessThan(0.2 * 64 * MiB + 1)
  })
})

describe('layers', () => {
  it('that are demanded and missing refuse the start, and say why', async () => {
    const layers = await probeLayers({ entry: CELL_ENTRY, memoryBytes: MiB, calls: 1, without: ['seccomp'] })
    onTestFinished(() => layers.close())
    const start = (requireLayers: string[]) =>
      Cells.start({ cells: 1, memoryBytes: MiB, isolation: 'shared', limits, layers, requireLayers })
    await expect(start(['permission', 'seccomp'])).rejects.toMatchObject({
      code: 'AP_LAYER_MISSING',
      message: expect.stringMatching(/seccomp \(.+\)/),
    })
    await expect(start(['moat'])).rejects.toMatchObject({ message: expect.stringContaining('no such layer') })
  })

  it('are not believed to stand where node does not even run', async () => {
    const broken = probeLayers({ entry: entry('this is no script'), memoryBytes: MiB, calls: 1 })
    await expect(broken).rejects.toMatchObject({ code: 'AP_NO_CELL' })
  })
})
