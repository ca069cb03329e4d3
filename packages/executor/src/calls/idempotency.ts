/**
 * @module calls/idempotency: one key, one call, one answer. The row stands before the call, in the same transaction as the
 * ledger's; an answer is kept with the usage row; a call that a crash interrupted is never run a second time.
 */
import type { CallResult } from '../call.ts'
import { decodeMsgpack, encodeMsgpack } from '../codec.ts'
import { equalShare } from '../desk/shares.ts'
import { PieceError } from '../errors.ts'
import type { State } from '../state.ts'

const KEY_CHARS = 255
const ASK_AGAIN_MS = 1_000
const SWEEP_ROWS = 1_000

export interface IdempotentCall {
  tenant: string
  key: string
  /** SHA-256 of what was asked. */
  request: Uint8Array
}

export type Idempotency = ReturnType<typeof createIdempotency>

export function createIdempotency(state: State, keep: { retentionMs: number; bytes: number }) {
  /** Bytes of kept answers, by tenant: counted as they come, measured at each sweep. */
  const measure = (): Map<string, number> =>
    new Map(
      state
        .all('SELECT tenant, sum(bytes) AS held FROM idempotency GROUP BY tenant HAVING held > 0')
        .map((row) => [String(row.tenant), Number(row.held)]),
    )
  let held = measure()

  function demandRoom(tenant: string): void {
    const own = held.get(tenant) ?? 0
    const share = equalShare(held.values(), keep.bytes)
    if (own >= share)
      throw new PieceError('AP_SATURATED', { waiting: own, max: share, what: 'bytes of kept answers of this tenant' })
  }

  return {
    /** The kept answer; undefined where the call has to run; throws for another body, a running or an interrupted call. */
    find({ tenant, key, request }: IdempotentCall, now: number): CallResult | undefined {
      if (key.length === 0 || key.length > KEY_CHARS)
        throw new PieceError('AP_BAD_REQUEST', {
          detail: `Idempotency-Key has ${key.length} characters; 1 to ${KEY_CHARS} are allowed`,
        })
      const row = state.get(
        `SELECT request, call_id, answer, (SELECT state FROM calls WHERE id = call_id) AS state FROM idempotency
         WHERE tenant = ? AND key = ? AND created_at >= ?`,
        tenant,
        key,
        now - keep.retentionMs,
      )
      if (!row) return undefined
      if (Buffer.compare(row.request as Uint8Array, request) !== 0)
        throw new PieceError('AP_IDEMPOTENCY_MISMATCH', { key })
      const callId = String(row.call_id)
      if (row.answer !== null) return unpacked(row.answer as Uint8Array)
      if (row.state === 'running')
        throw new PieceError('AP_IDEMPOTENCY_RUNNING', { key, callId }, { retryAfterMs: ASK_AGAIN_MS })
      throw new PieceError('AP_INTERRUPTED', { callId })
    },

    /** Within a commit, beside the ledger's row. Of two that arrive at once the second is told that the first runs. */
    begin({ tenant, key, request }: IdempotentCall, callId: string, now: number): void {
      demandRoom(tenant)
      const old = state.get('SELECT call_id, created_at FROM idempotency WHERE tenant = ? AND key = ?', tenant, key)
      if (old && Number(old.created_at) >= now - keep.retentionMs)
        throw new PieceError(
          'AP_IDEMPOTENCY_RUNNING',
          { key, callId: String(old.call_id) },
          { retryAfterMs: ASK_AGAIN_MS },
        )
      state.run(
        `INSERT INTO idempotency (tenant, key, request, call_id, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET request = excluded.request, call_id = excluded.call_id,
           created_at = excluded.created_at, bytes = 0, answer = NULL`,
        tenant,
        key,
        request,
        callId,
        now,
      )
    },

    /** Within a commit, beside the usage row; bytes of the answer, to be counted once they are committed. */
    keep({ tenant, key }: IdempotentCall, result: CallResult): number {
      const answer = packed(result)
      state.run(
        'UPDATE idempotency SET answer = ?, bytes = ? WHERE tenant = ? AND key = ?',
        answer,
        answer.length,
        tenant,
        key,
      )
      return answer.length
    },

    count({ tenant }: IdempotentCall, bytes: number): void {
      held.set(tenant, (held.get(tenant) ?? 0) + bytes)
    },

    /** Within a commit: the key is free again, because nothing happened that a second run could repeat. */
    forget({ tenant, key }: IdempotentCall): void {
      state.run('DELETE FROM idempotency WHERE tenant = ? AND key = ?', tenant, key)
    },

    /** Within a commit: true while there is more to forget. */
    sweep(now: number): boolean {
      const old = state.all(
        'SELECT tenant, key FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?',
        now - keep.retentionMs,
        SWEEP_ROWS,
      )
      for (const row of old) {
        state.run('DELETE FROM idempotency WHERE tenant = ? AND key = ?', String(row.tenant), String(row.key))
      }
      held = measure()
      return old.length === SWEEP_ROWS
    },
  }
}

// An output may be nested as deep as the codec allows: it is encoded by itself, not as a part of its envelope.
const packed = (result: CallResult): Uint8Array =>
  encodeMsgpack(result.ok ? { ...result, output: encodeMsgpack(result.output) } : result)

function unpacked(bytes: Uint8Array): CallResult {
  const result = decodeMsgpack(bytes) as CallResult
  return result.ok ? { ...result, output: decodeMsgpack(result.output as Uint8Array) } : result
}
