/**
 * @module ledger: every call has a row before it runs and its usage before it is answered. What still runs when the
 * executor dies is AP_INTERRUPTED after the next start, and never runs again by itself.
 */
import type { CallResult, LogLine, TriggerHook, Usage } from './call.ts'
import { dropOldest } from './desk/shares.ts'
import { ERRORS, type ErrorCode, PieceError } from './errors.ts'
import { firstCallId } from './ids.ts'
import type { State } from './state.ts'

export interface CallStart {
  callId: string
  tenant: string
  piece: string
  version: string
  digest: string
  kind: 'action' | 'trigger' | 'resolve'
  name: string
  hook?: TriggerHook | undefined
  startedAt: number
  traceparent?: string | undefined
  /** The call whose record this one replays. */
  replayOf?: string | undefined
}

export interface CallRow {
  callId: string
  piece: string
  version: string
  digest: string
  kind: CallStart['kind']
  name: string
  hook?: TriggerHook
  traceparent?: string
  replayOf?: string
  startedAt: string
  endedAt?: string
  state: 'running' | 'ok' | 'failure' | 'error'
  /** Of the failure or the error. */
  code?: string
  detail?: string
  usage?: Usage
  /** More than 1: a cell was lost and the call, which had no effect yet, ran again. */
  attempts?: number
  recorded: boolean
}

export interface CallFilter {
  piece?: string | undefined
  /** Milliseconds since 1970. */
  since?: number | undefined
  ok?: boolean | undefined
  /** The `cursor` of the page before. */
  cursor?: string | undefined
  limit: number
}

export interface UsageSum {
  piece?: string
  day?: string
  calls: number
  failures: number
  errors: number
  /** Calls that ended by a fault of the host: their usage is not in the sums. */
  free: number
  fuel: number
  wallMs: number
  cpuMs: number
  bytesIn: number
  bytesOut: number
}

/** What a sweep leaves. */
export interface LedgerKeep {
  ledgerRetentionMs: number
  logRetentionMs: number
  logStoreBytes: number
  usageRetentionMs: number
}

export type UsageGroup = 'piece' | 'day'
export type Ledger = ReturnType<typeof createLedger>

const DETAIL_CHARS = 4_096
const SWEEP_ROWS = 1_000

/** `fault` of a call that ended in an error; anything else is billed. */
const isFree = (result: CallResult): boolean => 'error' in result && result.error.fault === 'host'

export function createLedger(state: State) {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

  function addToDay(tenant: string, piece: string, startedAt: number, sums: Omit<UsageSum, 'piece' | 'day'>): void {
    state.run(
      `INSERT INTO usage_days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failures = failures + excluded.failures,
         errors = errors + excluded.errors, free = free + excluded.free, fuel = fuel + excluded.fuel,
         wall_ms = wall_ms + excluded.wall_ms, cpu_ms = cpu_ms + excluded.cpu_ms,
         bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out`,
      tenant,
      piece,
      day(startedAt),
      sums.calls,
      sums.failures,
      sums.errors,
      sums.free,
      sums.fuel,
      sums.wallMs,
      sums.cpuMs,
      sums.bytesIn,
      sums.bytesOut,
    )
  }

  return {
    /** Within a commit: the row that says the call runs. */
    begin(call: CallStart): void {
      state.run(
        `INSERT INTO calls (id, tenant, piece, version, digest, kind, name, hook, traceparent, replay_of, started_at, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')`,
        call.callId,
        call.tenant,
        call.piece,
        call.version,
        call.digest,
        call.kind,
        call.name,
        call.hook ?? null,
        call.traceparent ?? null,
        call.replayOf ?? null,
        call.startedAt,
      )
    },

    /** Within a commit: the usage row. */
    end(
      call: CallStart,
      result: CallResult,
      more: { endedAt: number; attempts: number; logs: readonly LogLine[] },
    ): void {
      const outcome = outcomeOf(result)
      state.run(
        'UPDATE calls SET ended_at = ?, state = ?, code = ?, detail = ?, usage = ?, attempts = ? WHERE id = ?',
        more.endedAt,
        outcome.state,
        outcome.code ?? null,
        outcome.detail?.slice(0, DETAIL_CHARS) ?? null,
        JSON.stringify(result.usage),
        more.attempts,
        call.callId,
      )
      if (more.logs.length > 0) {
        const lines = JSON.stringify(more.logs)
        state.run(
          'INSERT INTO call_logs (call_id, tenant, created_at, bytes, lines) VALUES (?, ?, ?, ?, ?)',
          call.callId,
          call.tenant,
          more.endedAt,
          Buffer.byteLength(lines),
          lines,
        )
      }
      const { usage } = result
      const free = isFree(result)
      const billed = (value: number): number => (free ? 0 : value)
      addToDay(call.tenant, call.piece, call.startedAt, {
        calls: 1,
        failures: outcome.state === 'failure' ? 1 : 0,
        errors: outcome.state === 'error' ? 1 : 0,
        free: free ? 1 : 0,
        fuel: billed(usage.fuel),
        wallMs: billed(usage.wallMs),
        cpuMs: billed(usage.cpuMs),
        bytesIn: billed(usage.bytesIn),
        bytesOut: billed(usage.bytesOut),
      })
    },

    /** Within a commit, once at the start: what the executor before left running. */
    interrupt(now: number): string[] {
      const left = state.all("SELECT id, tenant, piece, started_at FROM calls WHERE state = 'running'")
      for (const row of left) {
        const callId = String(row.id)
        state.run(
          "UPDATE calls SET state = 'error', ended_at = ?, code = 'AP_INTERRUPTED', detail = ? WHERE id = ?",
          now,
          ERRORS.AP_INTERRUPTED.message({ callId }),
          callId,
        )
        addToDay(String(row.tenant), String(row.piece), Number(row.started_at), {
          ...{ calls: 1, failures: 0, errors: 1, free: 1 },
          ...{ fuel: 0, wallMs: 0, cpuMs: 0, bytesIn: 0, bytesOut: 0 },
        })
      }
      return left.map((row) => String(row.id))
    },

    /** Newest first. `cursor` is absent on the last page. */
    list(tenant: string, filter: CallFilter): { calls: CallRow[]; cursor?: string } {
      const where = ['tenant = ?']
      const values: (string | number)[] = [tenant]
      const add = (clause: string, value: string): void => {
        where.push(clause)
        values.push(value)
      }
      if (filter.piece !== undefined) add('piece = ?', filter.piece)
      if (filter.since !== undefined) add('id >= ?', firstCallId(filter.since))
      if (filter.cursor !== undefined) add('id < ?', filter.cursor)
      if (filter.ok === true) where.push("state = 'ok'")
      if (filter.ok === false) where.push("state IN ('failure', 'error')")
      const rows = state.all(
        `SELECT *, EXISTS (SELECT 1 FROM records WHERE call_id = id) AS recorded FROM calls
         WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
        ...values,
        filter.limit + 1,
      )
      const calls = rows.slice(0, filter.limit).map(toRow)
      const last = calls.at(-1)
      return { calls, ...(rows.length > filter.limit && last ? { cursor: last.callId } : {}) }
    },

    /** What was called last, each once. Of many calls only the newest are looked at. */
    recent(limit: number): { tenant: string; digest: string }[] {
      const rows = state.all(
        `SELECT tenant, digest FROM (SELECT id, tenant, digest FROM calls ORDER BY id DESC LIMIT 1000)
         GROUP BY tenant, digest ORDER BY max(id) DESC LIMIT ?`,
        limit,
      )
      return rows.map(({ tenant, digest }) => ({ tenant: String(tenant), digest: String(digest) }))
    },

    get(tenant: string, callId: string): CallRow & { logs: LogLine[] } {
      const row = state.get(
        `SELECT *, EXISTS (SELECT 1 FROM records WHERE call_id = id) AS recorded FROM calls WHERE tenant = ? AND id = ?`,
        tenant,
        callId,
      )
      if (!row) throw new PieceError('AP_CALL_NOT_FOUND', { callId })
      const logs = state.get('SELECT lines FROM call_logs WHERE call_id = ?', callId)?.lines
      return { ...toRow(row), logs: logs === undefined ? [] : JSON.parse(String(logs)) }
    },

    /** Sums of the days `from` to `to` (both included, `YYYY-MM-DD`, UTC). */
    usage(tenant: string, from: string, to: string, by: readonly UsageGroup[]): UsageSum[] {
      const groups = [...new Set(by)]
      const columns = groups.length > 0 ? `${groups.join(', ')}, ` : ''
      const rows = state.all(
        `SELECT ${columns}sum(calls) AS calls, sum(failures) AS failures, sum(errors) AS errors, sum(free) AS free,
           sum(fuel) AS fuel, sum(wall_ms) AS wallMs, sum(cpu_ms) AS cpuMs, sum(bytes_in) AS bytesIn, sum(bytes_out) AS bytesOut
         FROM usage_days WHERE tenant = ? AND day BETWEEN ? AND ?
         ${groups.length > 0 ? `GROUP BY ${groups.join(', ')} ORDER BY ${groups.join(', ')}` : 'HAVING count(*) > 0'}`,
        tenant,
        from,
        to,
      )
      return rows.map((row) => ({ ...row }) as unknown as UsageSum)
    },

    /** Within a commit: forgets what is older than its retention or over its size; true while there is more to do. */
    sweep(now: number, keep: LedgerKeep): boolean {
      const calls = state.run(
        `DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE id < ? AND state <> 'running' LIMIT ?)`,
        firstCallId(now - keep.ledgerRetentionMs),
        SWEEP_ROWS,
      )
      const logs = state.run(
        'DELETE FROM call_logs WHERE call_id IN (SELECT call_id FROM call_logs WHERE created_at < ? LIMIT ?)',
        now - keep.logRetentionMs,
        SWEEP_ROWS,
      )
      const sums = state.run(
        'DELETE FROM usage_days WHERE rowid IN (SELECT rowid FROM usage_days WHERE day < ? LIMIT ?)',
        day(now - keep.usageRetentionMs),
        SWEEP_ROWS,
      )
      return [calls, logs, sums].includes(SWEEP_ROWS) || dropOldest(state, 'call_logs', keep.logStoreBytes)
    },
  }
}

function outcomeOf(result: CallResult): { state: CallRow['state']; code?: string; detail?: string } {
  if (result.ok) return { state: 'ok' }
  if ('failure' in result) return { state: 'failure', code: result.failure.code, detail: result.failure.message }
  return { state: 'error', code: result.error.code satisfies ErrorCode, detail: result.error.detail }
}

function toRow(row: Record<string, unknown>): CallRow {
  const optional = (key: string, value: unknown): Record<string, unknown> => (value === null ? {} : { [key]: value })
  return {
    callId: row.id,
    piece: row.piece,
    version: row.version,
    digest: row.digest,
    kind: row.kind,
    name: row.name,
    ...optional('hook', row.hook),
    ...optional('traceparent', row.traceparent),
    ...optional('replayOf', row.replay_of),
    startedAt: new Date(Number(row.started_at)).toISOString(),
    ...(row.ended_at === null ? {} : { endedAt: new Date(Number(row.ended_at)).toISOString() }),
    state: row.state,
    ...optional('code', row.code),
    ...optional('detail', row.detail),
    ...(row.usage === null ? {} : { usage: JSON.parse(String(row.usage)) }),
    ...optional('attempts', row.attempts),
    recorded: row.recorded === 1,
  } as unknown as CallRow
}
