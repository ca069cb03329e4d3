/** @module run: runs one of Rust's tools to its end. */
import { spawn } from 'node:child_process'

export interface Ran {
  /** Undefined: it could not be started. */
  code: number | undefined
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd?: string
  /** Undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>
  signal?: AbortSignal | undefined
}

/** What cargo says of each package is one line; this is far above any piece, and bounds what is kept. */
const MAX_CHARS = 16 * 1024 * 1024

export function run(command: string, args: readonly string[], { cwd, env, signal }: RunOptions = {}): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const child = spawn(command, args, {
    cwd,
    signal,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (said[name].length < MAX_CHARS) said[name] += text
    })
  child.on('error', (error) => resolve({ code: undefined, stdout: '', stderr: error.message }))
  child.on('close', (code) => resolve({ code: code ?? undefined, ...said }))
  return promise
}
