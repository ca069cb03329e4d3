/** @module author: the command line as its users have it: a process, from what ships, in a folder outside the clone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { CACHE_HOME } from '../toolchains.ts'

export const LAUNCH = fileURLToPath(new URL('../../packages/cli/dist/launch.js', import.meta.url))

export interface Said {
  exit: number | null
  stdout: string
  stderr: string
}

export class Author {
  readonly home = mkdtempSync(join(tmpdir(), 'ap-wasm-author-'))
  readonly #launch: string
  readonly #servers: ChildProcess[] = []
  readonly env: Record<string, string>

  constructor(launch = LAUNCH) {
    if (!existsSync(launch)) throw new Error(`${launch} is missing: npm run build makes it`)
    this.#launch = launch
    // No registry: what an author needs comes with the command line, or was fetched by an earlier build on this machine.
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      XDG_CACHE_HOME: CACHE_HOME,
      AP_WASM_DATA: join(this.home, 'data'),
      npm_config_offline: 'true',
      npm_config_registry: 'http://127.0.0.1:1',
      npm_config_cache: join(this.home, 'npm'),
      PIP_NO_INDEX: '1',
      GOPROXY: 'off',
    }
  }

  /** Of the last server. */
  get serverPid(): number {
    return this.#servers.at(-1)!.pid!
  }

  async run(cwd: string, ...argv: string[]): Promise<Said> {
    const child = this.#spawn(cwd, argv)
    const [stdout, stderr, [exit]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
    return { exit: exit as number | null, stdout, stderr }
  }

  /** The address that it says it listens on. */
  async serve(...argv: string[]): Promise<string> {
    const child = this.#spawn(this.home, ['serve', '--port', '0', ...argv])
    this.#servers.push(child)
    child.stderr!.resume()
    for await (const line of createInterface(child.stdout!)) {
      const [url] = /http:\/\/\S+/.exec(line) ?? []
      if (url !== undefined) return url
    }
    throw new Error('the server ended before it listened')
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      await ended
    }
    rmSync(this.home, { recursive: true, force: true })
  }

  #spawn(cwd: string, argv: readonly string[]): ChildProcess {
    return spawn(process.execPath, [this.#launch, ...argv], { cwd, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}
