/** @module world: what a command may touch. It is handed in, so that a test is one call in a temporary folder. */
import type { Readable, Writable } from 'node:stream'

export interface World {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number }
  readonly stderr: Writable & { isTTY?: boolean; columns?: number }
  readonly fetch: typeof fetch
  /** Aborted by Ctrl-C; a second Ctrl-C ends the process. */
  readonly signal: AbortSignal
}

/** Exit codes are part of the interface: scripts branch on them. */
export const EXIT = {
  /** The piece or the call failed. */
  failed: 1,
  /** The command was used wrongly. */
  usage: 2,
  /** Something outside is missing: a tool, a server. */
  environment: 3,
} as const

/** An end that was foreseen: what happened, where, and how to solve it. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exit: number
  /** The value, the place, the compiler's own words: printed as they are. */
  readonly details: readonly string[]
  readonly remedy: string | undefined
  /** Machine-readable twin for --json. */
  readonly data: Record<string, unknown>

  constructor(
    exit: keyof typeof EXIT,
    message: string,
    more: { details?: readonly string[]; remedy?: string; data?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.exit = EXIT[exit]
    this.details = more.details ?? []
    this.remedy = more.remedy
    this.data = more.data ?? {}
  }
}
