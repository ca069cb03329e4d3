/** @module desk/shares: room that all tenants share. Where it is full, those who hold most give way, and nobody else. */
import type { State } from '../state.ts'

const BATCH_ROWS = 1_000

/** What each may hold at most so that all fit into `bytes`; Infinity where they do. */
export function equalShare(held: Iterable<number>, bytes: number): number {
  const sizes = [...held].sort((a, b) => a - b)
  let room = bytes
  for (const [i, size] of sizes.entries()) {
    const share = Math.floor(room / (sizes.length - i))
    if (size > share) return share
    room -= size
  }
  return Infinity
}

/**
 * Within a commit: a table of (call_id, tenant, created_at, bytes) shrinks to `bytes`: whoever is above the share loses
 * its own oldest rows. True while there is more to do.
 */
export function dropOldest(state: State, table: 'call_logs' | 'records', bytes: number): boolean {
  const holders = state.all(`SELECT tenant, sum(bytes) AS held FROM ${table} GROUP BY tenant`)
  const share = equalShare(
    holders.map(({ held }) => Number(held)),
    bytes,
  )
  let more = false
  for (const { tenant, held } of holders) {
    let excess = Number(held) - share
    if (excess <= 0) continue
    const oldest = state.all(
      `SELECT call_id, bytes FROM ${table} WHERE tenant = ? ORDER BY created_at LIMIT ?`,
      String(tenant),
      BATCH_ROWS,
    )
    for (const row of oldest) {
      if (excess <= 0) break
      state.run(`DELETE FROM ${table} WHERE call_id = ?`, String(row.call_id))
      excess -= Number(row.bytes)
    }
    more ||= excess > 0
  }
  return more
}
