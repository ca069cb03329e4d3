/**
 * @module server/connections: how many clients are connected at once. Who comes beyond that is closed at once: in a process that has
 * no descriptor left, nobody could be told anything, and the event loop would try to accept the same connection for ever.
 */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:net'
import type { Logger } from 'pino'

/** Between two warnings. */
const QUIET_MS = 10_000

/** Descriptors that this process may have; Infinity where the system does not tell. */
function mostDescriptors(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft ?? Infinity)
  } catch {
    return Infinity
  }
}

export interface ConnectionBound {
  atMost: number
  /** And of the files that the process may have open; the others are for cells, upstreams and files. */
  share: number
  log: Logger
  /** Hears of each that was closed. */
  dropped?: () => void
}

export function boundConnections(server: Server, { atMost, share, log, dropped }: ConnectionBound): void {
  server.maxConnections = Math.min(atMost, Math.floor(mostDescriptors() * share))
  let warnedAt = -Infinity
  server.on('drop', () => {
    dropped?.()
    if (performance.now() - warnedAt < QUIET_MS) return
    warnedAt = performance.now()
    log.warn(
      { connections: server.maxConnections },
      'as many clients are connected as --connections and the limit of open files allow: new ones are closed at once',
    )
  })
}
