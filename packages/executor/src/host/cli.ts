/** @module host/cli: wasi:cli. Granted variables, output that becomes log lines, and nothing of a process beside them. */
import { Exit, type HostCall, immediate } from './call.ts'
import { InputStream, OutputStream, WRITE_BYTES } from './io.ts'
import { writeStderr, writeStdout } from './lines.ts'
import type { Bindings } from './world.ts'

/** Standard input without a single byte. */
class NoInput extends InputStream {
  protected pull(): void {
    this.end()
  }
}

/** Never waits: lines leave the cell as they come. Belongs to an instance, so it holds nothing of a call. */
class LogOutput extends OutputStream {
  readonly #write: (call: HostCall, bytes: Uint8Array) => void
  constructor(write: (call: HostCall, bytes: Uint8Array) => void) {
    super()
    this.#write = write
  }
  protected room(): number {
    return WRITE_BYTES
  }
  protected put(call: HostCall, bytes: Uint8Array): void {
    this.#write(call, bytes)
  }
  protected drained(): boolean {
    return true
  }
}

export const environment = {
  'get-environment': immediate((call) => call.env),
  'get-arguments': immediate(() => []),
  'initial-cwd': immediate(() => undefined),
} satisfies Bindings<'wasi:cli/environment'>

export const exit = {
  exit: immediate((_call, status) => {
    throw new Exit(status.tag === 'ok' ? 0 : 1)
  }),
  'exit-with-code': immediate((_call, code) => {
    throw new Exit(code)
  }),
} satisfies Bindings<'wasi:cli/exit'>

export const stdin = { 'get-stdin': immediate(() => new NoInput()) } satisfies Bindings<'wasi:cli/stdin'>
export const stdout = {
  'get-stdout': immediate(() => new LogOutput(writeStdout)),
} satisfies Bindings<'wasi:cli/stdout'>
export const stderr = {
  'get-stderr': immediate(() => new LogOutput(writeStderr)),
} satisfies Bindings<'wasi:cli/stderr'>

export const terminalStdin = {
  'get-terminal-stdin': immediate(() => undefined),
} satisfies Bindings<'wasi:cli/terminal-stdin'>
export const terminalStdout = {
  'get-terminal-stdout': immediate(() => undefined),
} satisfies Bindings<'wasi:cli/terminal-stdout'>
export const terminalStderr = {
  'get-terminal-stderr': immediate(() => undefined),
} satisfies Bindings<'wasi:cli/terminal-stderr'>
