/** @module host/cli: wasi:cli. Granted variables, output that becomes log lines, and nothing of a process beside them. */
import { Exit, type HostCall, type HostInterface, immediate } from './call.ts'
import { InputStream, OutputStream, WRITE_BYTES } from './io.ts'
import { writeStderr, writeStdout } from './lines.ts'

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

export const environment: HostInterface = {
  'get-environment': immediate((call) => call.env),
  'get-arguments': immediate(() => []),
  'initial-cwd': immediate(() => undefined),
}

export const exit: HostInterface = {
  exit: immediate((_call, status: { tag: 'ok' | 'err' }) => {
    throw new Exit(status.tag === 'ok' ? 0 : 1)
  }),
  'exit-with-code': immediate((_call, code: number) => {
    throw new Exit(code)
  }),
}

export const stdin: HostInterface = { 'get-stdin': immediate(() => new NoInput()) }
export const stdout: HostInterface = { 'get-stdout': immediate(() => new LogOutput(writeStdout)) }
export const stderr: HostInterface = { 'get-stderr': immediate(() => new LogOutput(writeStderr)) }

export const terminalStdin: HostInterface = { 'get-terminal-stdin': immediate(() => undefined) }
export const terminalStdout: HostInterface = { 'get-terminal-stdout': immediate(() => undefined) }
export const terminalStderr: HostInterface = { 'get-terminal-stderr': immediate(() => undefined) }
