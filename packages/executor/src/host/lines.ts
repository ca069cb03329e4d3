/** @module host/lines: what a guest prints and logs, cut into lines, cleaned and kept within the call's budget. */
import type { LogLevel } from '../call.ts'
import type { HostCall } from './call.ts'
import { perCall } from './state.ts'

/** What a line costs beside its text, so that empty lines are no way around logBytes. */
const LINE_COST = 16
const CONTEXT_CHARACTERS = 200
/** The end of stderr that a trap's error may quote. */
const TAIL_LINES = 40
const TAIL_CHARACTERS = 4096

/** Control characters except tab, and what reorders or breaks a line of text: they forge output and drive terminals. */
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Shows what must not be printed as an escape. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** The first `max` bytes of a text in UTF-8, cut at a character. */
function firstBytes(bytes: Uint8Array, max: number): Uint8Array {
  if (bytes.length <= max) return bytes
  let end = max
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

/** One of the two standard outputs of a call. Holds at most one unfinished line, of at most logLineBytes. */
class Output {
  readonly #log: CallLog
  readonly #level: LogLevel
  readonly #context: string
  #line: Uint8Array | undefined
  #length = 0
  /** Bytes of the unfinished line that no longer fit. */
  #over = 0

  constructor(log: CallLog, level: LogLevel, context: string) {
    this.#log = log
    this.#level = level
    this.#context = context
  }

  write(bytes: Uint8Array): void {
    let from = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      this.#finish(bytes.subarray(from, end))
      from = end + 1
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from))
  }

  /** The unfinished line, at the end of the call. */
  flush(): void {
    if (this.#length + this.#over > 0) this.#finish(new Uint8Array(0))
  }

  #keep(part: Uint8Array): void {
    this.#line ??= new Uint8Array(this.#log.lineBytes)
    const fits = part.subarray(0, this.#line.length - this.#length)
    this.#line.set(fits, this.#length)
    this.#length += fits.length
    this.#over += part.length - fits.length
  }

  #finish(rest: Uint8Array): void {
    let line = rest
    if (this.#length + this.#over > 0) {
      this.#keep(rest)
      line = this.#line!.subarray(0, this.#length)
    }
    const over = this.#over
    this.#length = 0
    this.#over = 0
    if (over === 0 && line.at(-1) === CARRIAGE_RETURN) line = line.subarray(0, -1)
    this.#log.line(this.#level, this.#context, line, over)
  }
}

/** The log of one call. */
class CallLog {
  readonly #call: HostCall
  readonly lineBytes: number
  readonly stdout = new Output(this, 'info', 'stdout')
  readonly stderr = new Output(this, 'warn', 'stderr')
  #left: number
  /** Bytes of the lines that were dropped, each with its end: that of empty ones is told too. */
  #cut = 0
  #tail: string[] = []

  constructor(call: HostCall) {
    this.#call = call
    this.lineBytes = call.limits.logLineBytes
    this.#left = call.limits.logBytes
  }

  /** `over`: bytes of the line that were not kept. */
  line(level: LogLevel, context: string, bytes: Uint8Array, over = 0): void {
    const quoted = context === 'stderr'
    if (this.#left <= 0 && !quoted) {
      this.#cut += bytes.length + over + 1
      return
    }
    const fits = firstBytes(bytes, this.lineBytes)
    const cut = bytes.length - fits.length + over
    const text = printable(decoder.decode(fits))
    if (quoted) {
      this.#tail.push(text.slice(0, TAIL_CHARACTERS))
      if (this.#tail.length > TAIL_LINES) this.#tail.shift()
    }
    const cost = LINE_COST + context.length + fits.length
    if (cost > this.#left) {
      this.#left = 0
      this.#cut += bytes.length + over + 1
      return
    }
    this.#left -= cost
    const note = cut > 0 ? ` … (${cut} bytes cut: logLineBytes is ${this.lineBytes})` : ''
    this.#post(level, context, text + note)
  }

  text(level: LogLevel, context: string, message: string): void {
    const short = printable(context.slice(0, CONTEXT_CHARACTERS))
    for (const line of linesOf(message, this.#left)) {
      // What is past the budget is counted, not encoded.
      if (this.#left <= 0) this.#cut += line.length + 1
      else
        this.line(
          level,
          short,
          encoder.encode(line.slice(0, this.lineBytes)),
          Math.max(0, line.length - this.lineBytes),
        )
    }
  }

  flush(): void {
    this.stdout.flush()
    this.stderr.flush()
    if (this.#cut === 0) return
    this.#post('warn', 'log', `${this.#cut} bytes of log cut: logBytes is ${this.#call.limits.logBytes}`)
    this.#cut = 0
  }

  tail(): string {
    this.stderr.flush()
    return this.#tail.join('\n').slice(-TAIL_CHARACTERS)
  }

  #post(level: LogLevel, context: string, message: string): void {
    const { clock } = this.#call
    this.#call.post('log', { level, context, message, atMs: clock.peek() - clock.startMs })
  }
}

/** Lines of a message; after `max` of them the rest is one. */
function* linesOf(message: string, max: number): Generator<string> {
  let from = 0
  for (let count = 0; count < max; count++) {
    const end = message.indexOf('\n', from)
    if (end === -1) break
    yield message.slice(from, message[end - 1] === '\r' ? end - 1 : end)
    from = end + 1
  }
  yield message.slice(from)
}

const callLog = perCall('log', (call) => new CallLog(call))

export const writeStdout = (call: HostCall, bytes: Uint8Array): void => callLog(call).stdout.write(bytes)
export const writeStderr = (call: HostCall, bytes: Uint8Array): void => callLog(call).stderr.write(bytes)
export const logMessage = (call: HostCall, level: LogLevel, context: string, message: string): undefined => {
  callLog(call).text(level, context, message)
}

/** At the end of a call, before its last message: unfinished lines, and how much was cut. */
export const flushLines = (call: HostCall): void => callLog(call).flush()
/** The last of stderr: where a language's panic names file and line. */
export const stderrTail = (call: HostCall): string => callLog(call).tail()
