/**
 * @module effects/log: the lines of one call. The cell cuts lines as they are written; the budget is enforced again here,
 * because a cell may be hostile. Lines of the host itself (context `host`) have a budget of their own, so that a piece
 * cannot flood away what explains its refusals.
 */
import type { LogLevel, LogLine } from '../call.ts'
import { utf8Length } from '../codec/utf8.ts'
import type { Limits } from '../limits.ts'
import { type Answers, reply } from './state.ts'

const HOST_LINES = 100
/** They quote what a cell asked for. */
const HOST_LINE_LENGTH = 2_000
/** What the cell cut from a line it notes behind it; that must not be cut off again. */
const NOTE_BYTES = 64
const encoder = new TextEncoder()

/** At most `bytes` bytes of UTF-8, never half a character. */
function cut(text: string, bytes: number): { text: string; bytes: number } {
  if (text.length * 3 <= bytes) return { text, bytes: utf8Length(text) }
  const whole = utf8Length(text)
  if (whole <= bytes) return { text, bytes: whole }
  const { read, written } = encoder.encodeInto(text, new Uint8Array(Math.max(0, bytes)))
  return { text: text.slice(0, read), bytes: written }
}

export class CallLog {
  readonly lines: LogLine[] = []
  readonly #limits: Pick<Limits, 'logBytes' | 'logLineBytes'>
  readonly #startedAt: number
  readonly #said = new Set<string>()
  #left: number
  #full = false

  constructor(limits: Pick<Limits, 'logBytes' | 'logLineBytes'>, startedAt: number) {
    this.#limits = limits
    this.#left = limits.logBytes
    this.#startedAt = startedAt
  }

  /** A line of the piece. */
  add(line: LogLine): void {
    if (this.#full) return
    const { logLineBytes } = this.#limits
    const isLong = utf8Length(line.message) > logLineBytes + NOTE_BYTES
    const allowed = Math.min(isLong ? logLineBytes : logLineBytes + NOTE_BYTES, this.#left)
    const context = cut(line.context, Math.min(256, allowed))
    const message = cut(line.message, allowed - context.bytes)
    const note = isLong ? ` … (cut: logLineBytes is ${logLineBytes})` : ''
    // A line costs at least one byte: empty lines are bounded like all others.
    this.#left -= Math.max(1, context.bytes + message.bytes)
    this.lines.push({ level: line.level, context: context.text, message: message.text + note, atMs: line.atMs })
    if (this.#left > 0) return
    this.#full = true
    this.lines.push({
      level: 'warn',
      context: 'host',
      message: `the log ends here: logBytes is ${this.#limits.logBytes}`,
      atMs: line.atMs,
    })
  }

  /** A line of the host's own, once. */
  say(level: LogLevel, text: string): void {
    const message = text.slice(0, HOST_LINE_LENGTH)
    if (this.#said.size >= HOST_LINES || this.#said.has(message)) return
    this.#said.add(message)
    this.lines.push({ level, context: 'host', message, atMs: Date.now() - this.#startedAt })
  }
}

export const log: Answers<'log'> = {
  log: (call, line) => {
    call.log.add(line as LogLine)
    return reply({})
  },
}
