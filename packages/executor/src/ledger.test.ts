import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallResult } from './call.ts'
import { callError, NO_USAGE } from './calls/answer.ts'
import { createIdempotency } from './calls/idempotency.ts'
import { equalShare } from './desk/shares.ts'
import { PieceError } from './errors.ts'
import { CALL_ID, firstCallId, newCallId } from './ids.ts'
import { type CallStart, createLedger } from './ledger.ts'
import { createRecords, packRecord } from './records.ts'
import { State } from './state.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-03-10T12:00:00Z')
const KEEP = {
  ledgerRetentionMs: 30 * DAY_MS,
  logRetentionMs: 7 * DAY_MS,
  logStoreBytes: 10_000,
  usageRetentionMs: 365 * DAY_MS,
}

let folder: string
let state: State
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ap-wasm-ledger-'))
  state = State.own(folder)
})
afterEach(() => {
  state.close()
  rmSync(folder, { recursive: true, force: true })
})

const start = (startedAt: number, more: Partial<CallStart> = {}): CallStart => ({
  ...{ callId: newCallId(startedAt), tenant: 't', piece: 'p', version: '1.0.0', digest: 'sha256:0' },
  ...{ kind: 'action', name: 'a', startedAt },
  ...more,
})
const usage = { ...NO_USAGE, fuel: 100, wallMs: 10, cpuMs: 5, bytesIn: 1, bytesOut: 2 }
const results = {
  ok: (call: CallStart): CallResult => ({
    callId: call.callId,
    version: '1.0.0',
    usage,
    ok: true,
    output: 1,
    effects: { files: [] },
  }),
  failure: (call: CallStart): CallResult => ({
    callId: call.callId,
    version: '1.0.0',
    usage,
    ok: false,
    failure: { code: 'no', message: 'no' },
    effects: { files: [] },
  }),
  piece: (call: CallStart): CallResult => ({
    callId: call.callId,
    version: '1.0.0',
    usage,
    ok: false,
    error: callError(new PieceError('AP_TRAPPED', { detail: 'x' })),
  }),
  host: (call: CallStart): CallResult => ({
    callId: call.callId,
    version: '1.0.0',
    usage,
    ok: false,
    error: callError(new PieceError('AP_INTERNAL', {})),
  }),
}
async function write(call: CallStart, outcome: keyof typeof results, log = ''): Promise<CallStart> {
  const ledger = createLedger(state)
  const logs = log === '' ? [] : [{ level: 'info' as const, context: '', message: log, atMs: 0 }]
  await state.commit(() => {
    ledger.begin(call)
    ledger.end(call, results[outcome](call), { endedAt: call.startedAt + 10, attempts: 1, logs })
  })
  return call
}

test('ids sort by their time, and nobody makes one twice', () => {
  const ids = [NOW, NOW + 1, NOW + 5_000].map((ms) => newCallId(ms))
  expect([...ids].sort()).toEqual(ids)
  for (const id of ids) expect(id).toMatch(CALL_ID)
  expect(firstCallId(NOW) <= ids[0]! && ids[0]! < firstCallId(NOW + 1)).toBe(true)
  expect(new Set(Array.from({ length: 1_000 }, () => newCallId(NOW))).size).toBe(1_000)
})

test('sums by day and piece: faults of the host are counted, and free', async () => {
  for (const outcome of ['ok', 'failure', 'piece', 'host'] as const) await write(start(NOW), outcome)
  await write(start(NOW - DAY_MS), 'ok')
  await write(start(NOW, { piece: 'q' }), 'ok')
  await write(start(NOW, { tenant: 'other' }), 'ok')
  const ledger = createLedger(state)
  const day = (by: Parameters<typeof ledger.usage>[3]) => ledger.usage('t', '2026-03-10', '2026-03-10', by)
  expect(day(['piece'])).toEqual([
    {
      piece: 'p',
      calls: 4,
      failures: 1,
      errors: 2,
      free: 1,
      fuel: 300,
      wallMs: 30,
      cpuMs: 15,
      bytesIn: 3,
      bytesOut: 6,
    },
    { piece: 'q', calls: 1, failures: 0, errors: 0, free: 0, fuel: 100, wallMs: 10, cpuMs: 5, bytesIn: 1, bytesOut: 2 },
  ])
  expect(day([])).toMatchObject([{ calls: 5, fuel: 400 }])
  expect(ledger.usage('t', '2026-03-09', '2026-03-10', ['day'])).toMatchObject([
    { day: '2026-03-09', calls: 1 },
    { day: '2026-03-10', calls: 5 },
  ])
  expect(ledger.usage('nobody', '2026-01-01', '2026-12-31', ['piece', 'day'])).toEqual([])
  expect(ledger.usage('nobody', '2026-01-01', '2026-12-31', [])).toEqual([])
})

test('what grows old goes: calls, log lines, records, keys; sums stay', async () => {
  const ledger = createLedger(state)
  const records = createRecords(state, { retentionMs: 7 * DAY_MS, bytes: 1024 ** 2 })
  const idempotency = createIdempotency(state, { retentionMs: DAY_MS, bytes: 1024 ** 2 })
  const ancient = await write(start(NOW - 40 * DAY_MS), 'ok', 'a line')
  const old = await write(start(NOW - 10 * DAY_MS), 'ok', 'a line')
  const fresh = await write(start(NOW - 1_000), 'ok', 'a line')
  const packed = await packRecord({ format: 1 } as never)
  const keyed = (call: CallStart) => ({ tenant: 't', key: call.callId, request: new Uint8Array(32) })
  await state.commit(() => {
    for (const call of [old, fresh]) {
      records.put(call, packed, call.startedAt)
      idempotency.begin(keyed(call), call.callId, call.startedAt)
      idempotency.keep(keyed(call), results.ok(call))
    }
  })
  await state.commit(() => [ledger.sweep(NOW, KEEP), records.sweep(NOW), idempotency.sweep(NOW)])

  expect(() => ledger.get('t', ancient.callId)).toThrow(expect.objectContaining({ code: 'AP_CALL_NOT_FOUND' }))
  expect(ledger.get('t', old.callId)).toMatchObject({ logs: [], recorded: false })
  expect(ledger.get('t', fresh.callId)).toMatchObject({ logs: [{ message: 'a line' }], recorded: true })
  expect(records.get(fresh.callId)).toEqual({ format: 1 })
  expect(idempotency.find(keyed(old), NOW)).toBeUndefined()
  expect(idempotency.find(keyed(fresh), NOW)).toEqual(results.ok(fresh))
  expect(ledger.usage('t', '2026-01-01', '2026-12-31', [])).toMatchObject([{ calls: 3 }])
})

test('sums by day go after a retention of their own', async () => {
  const ledger = createLedger(state)
  for (const days of [366, 365, 1]) await write(start(NOW - days * DAY_MS), 'ok')
  await state.commit(() => ledger.sweep(NOW, KEEP))
  expect(ledger.usage('t', '2000-01-01', '2026-12-31', ['day'])).toMatchObject([
    { day: '2025-03-10', calls: 1 },
    { day: '2026-03-09', calls: 1 },
  ])
})

test('a key that has expired is free at once, swept or not', async () => {
  const idempotency = createIdempotency(state, { retentionMs: DAY_MS, bytes: 1024 ** 2 })
  const call = await write(start(NOW), 'ok')
  const keyed = { tenant: 't', key: 'k', request: new Uint8Array(32) }
  await state.commit(() => idempotency.begin(keyed, call.callId, NOW))
  expect(() => idempotency.find(keyed, NOW + DAY_MS)).toThrow(expect.objectContaining({ code: 'AP_INTERRUPTED' }))
  expect(idempotency.find(keyed, NOW + DAY_MS + 1)).toBeUndefined()
  await state.commit(() => idempotency.begin({ ...keyed, request: new Uint8Array(16) }, call.callId, NOW + DAY_MS + 1))
})

test('kept answers have a bound; an output nested as deep as values go is kept', async () => {
  const idempotency = createIdempotency(state, { retentionMs: DAY_MS, bytes: 600 })
  const call = await write(start(NOW), 'ok')
  let output: unknown = 1
  for (let i = 0; i < 512; i++) output = [output]
  const keyed = (key: string) => ({ tenant: 't', key, request: new Uint8Array(32) })
  const deep = { ...results.ok(call), output } as CallResult
  const bytes = await state.commit(() => {
    idempotency.begin(keyed('a'), call.callId, NOW)
    return idempotency.keep(keyed('a'), deep)
  })
  idempotency.count(keyed('a'), bytes)
  expect(idempotency.find(keyed('a'), NOW)).toEqual(deep)
  await expect(state.commit(() => idempotency.begin(keyed('b'), call.callId, NOW))).rejects.toMatchObject({
    code: 'AP_SATURATED',
  })
})

test('a tenant that filled the room for answers is refused; another, below an equal share, is not', async () => {
  const keep = { retentionMs: DAY_MS, bytes: 600 }
  const call = await write(start(NOW), 'ok')
  const output = 'x'.repeat(600)
  const keyed = (tenant: string, key: string) => ({ tenant, key, request: new Uint8Array(32) })
  let idempotency = createIdempotency(state, keep)
  const store = async (tenant: string, key: string) => {
    const bytes = await state.commit(() => {
      idempotency.begin(keyed(tenant, key), call.callId, NOW)
      return idempotency.keep(keyed(tenant, key), { ...results.ok(call), output } as CallResult)
    })
    idempotency.count(keyed(tenant, key), bytes)
  }
  await store('greedy', 'a')
  await store('modest', 'a')
  for (const tenant of ['greedy', 'modest']) {
    const refused = { code: 'AP_SATURATED', message: expect.stringMatching(/ of this tenant .* 300$/) }
    await expect(store(tenant, 'b')).rejects.toMatchObject(refused)
  }
  idempotency = createIdempotency(state, keep)
  await expect(store('greedy', 'b')).rejects.toMatchObject({ code: 'AP_SATURATED' })
  await store('third', 'a')
})

test('of too many log lines the oldest go first', async () => {
  const ledger = createLedger(state)
  const calls: CallStart[] = []
  for (let i = 0; i < 5; i++) calls.push(await write(start(NOW + i), 'ok', 'x'.repeat(4_000)))
  await state.commit(() => ledger.sweep(NOW, KEEP))
  expect(calls.map((call) => ledger.get('t', call.callId).logs.length)).toEqual([0, 0, 0, 1, 1])
})

test.each(['log lines', 'records'] as const)('of too many %s those of the tenant that holds most go', async (kind) => {
  const ledger = createLedger(state)
  const records = createRecords(state, { retentionMs: DAY_MS, bytes: 10_000 })
  const calls: CallStart[] = []
  for (const [i, tenant] of ['modest', 'modest', 'greedy', 'greedy', 'greedy', 'greedy'].entries()) {
    const call = await write(start(NOW + i, { tenant }), 'ok', kind === 'records' ? '' : 'x'.repeat(2_000))
    if (kind === 'records') await state.commit(() => records.put(call, new Uint8Array(2_050), call.startedAt))
    calls.push(call)
  }
  await state.commit(() => (kind === 'records' ? records.sweep(NOW) : ledger.sweep(NOW, KEEP)))
  const kept = calls.map(({ tenant, callId }) => {
    const { logs, recorded } = ledger.get(tenant, callId)
    return kind === 'records' ? recorded : logs.length === 1
  })
  expect(kept).toEqual([true, true, false, false, true, true])
})

test.each([
  { held: [], bytes: 10, share: Infinity },
  { held: [10], bytes: 10, share: Infinity },
  { held: [11], bytes: 10, share: 10 },
  { held: [9, 1], bytes: 9, share: 8 },
  { held: [1, 100, 100], bytes: 101, share: 50 },
])('what each may hold of $bytes where they hold $held', ({ held, bytes, share }) => {
  expect(equalShare(held, bytes)).toBe(share)
})

test('what was running at the end is interrupted, once, and free', async () => {
  const ledger = createLedger(state)
  const call = start(NOW)
  await state.commit(() => ledger.begin(call))
  expect(await state.commit(() => ledger.interrupt(NOW + 5))).toEqual([call.callId])
  expect(await state.commit(() => ledger.interrupt(NOW + 9))).toEqual([])
  expect(ledger.get('t', call.callId)).toMatchObject({ state: 'error', code: 'AP_INTERRUPTED' })
  expect(ledger.usage('t', '2026-03-10', '2026-03-10', [])).toMatchObject([{ calls: 1, errors: 1, free: 1, fuel: 0 }])
})
