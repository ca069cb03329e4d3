/** @module cli.suite: a command line in this process, in a temporary folder, with streams that a test reads. */
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { main } from './main.ts'

export interface CliRun {
  exit: number
  stdout: string
  stderr: string
  /** The one object of --json. */
  json(): Record<string, never> & Record<string, unknown>
}

export interface CliOptions {
  cwd: string
  env?: Record<string, string>
  stdin?: string
  fetch?: typeof fetch
  signal?: AbortSignal
}

export async function runCli(argv: readonly string[], options: CliOptions): Promise<CliRun> {
  const { cwd, env = {}, stdin = '', signal = new AbortController().signal } = options
  const [out, err] = [new PassThrough(), new PassThrough()]
  const [stdout, stderr] = [text(out), text(err)]
  const exit = await main(argv, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: join(tmpdir(), 'ap-wasm-test-cache'),
      ...env,
    },
    stdin: Readable.from([stdin]),
    stdout: out,
    stderr: err,
    fetch: options.fetch ?? fetch,
    signal,
  })
  out.end()
  err.end()
  const said = await stdout
  return { exit, stdout: said, stderr: await stderr, json: () => JSON.parse(said) }
}

/** A folder that is gone with the test; files by their path. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'ap-wasm-cli-'))

  async write(files: Record<string, string | Uint8Array | object>): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.path, name)
      await mkdir(dirname(file), { recursive: true })
      const isRaw = typeof content === 'string' || content instanceof Uint8Array
      await writeFile(file, isRaw ? content : JSON.stringify(content))
    }
    return this.path
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
