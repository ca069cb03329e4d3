/**
 * @module desk/wake: after a restart, the pieces that were called last are read, compiled and started before somebody waits for them.
 * Each is asked to describe itself, in a cell of its tenant and with nothing granted: a call like any other, that nobody is
 * billed for.
 */

import type { Desk } from '../desk.ts'
import { describe } from './deploy.ts'

const MOST_CPU_MS = 1_000

/** One after the other; what cannot be woken is not missed: its next call says why. Ends early where the desk drains. */
export async function wake(desk: Desk): Promise<void> {
  const { settings, ledger, pieces, engine, artifacts, cells, log } = desk
  const known = pieces.digests()
  const tenants = new Set<string>()
  for (const { tenant, digest } of ledger.recent(settings.wakePieces)) {
    // Tenants beyond the cells would push each other out.
    if (settings.isolation === 'tenant' && !tenants.has(tenant) && tenants.size === settings.cells) continue
    tenants.add(tenant)
    if (!known.has(digest) || cells.status.draining) continue
    try {
      await describe(desk, tenant, await engine.product(digest, () => artifacts.get(digest)), MOST_CPU_MS)
    } catch (error) {
      log.debug({ err: error, tenant, digest }, 'a piece could not be woken')
    }
  }
}
