/** @module child: runs another program to its end and keeps what it says. */
import { spawn } from 'node:child_process'
import type { World } from './world.ts'

export interface Ran {
  /** Undefined: it could not be started, or was stopped. */
  code: number | undefined
  stdout: string
  /** What it said on both, in order. */
  said: string
}

const MAX_CHARS = 1024 * 1024

export function runChild(
  world: Pick<World, 'cwd' | 'env' | 'signal'>,
  command: string,
  args: readonly string[],
  options: { cwd?: string; timeoutMs?: number; env?: Record<string, string> } = {},
): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const { cwd = world.cwd, timeoutMs } = options
  const signal =
    timeoutMs === undefined ? world.signal : AbortSignal.any([world.signal, AbortSignal.timeout(timeoutMs)])
  const child = spawn(command, args, {
    cwd,
    signal,
    env: { ...world.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Package managers are .cmd files there.
    shell: process.platform === 'win32',
  })
  let stdout = ''
  let said = ''
  const keep = (text: string): void => {
    if (said.length < MAX_CHARS) said += text
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MAX_CHARS) stdout += text
    keep(text)
  })
  child.stderr.setEncoding('utf8').on('data', keep)
  child.on('error', (error) => resolve({ code: undefined, stdout, said: `${said}${error.message}` }))
  child.on('close', (code) => resolve({ code: code ?? undefined, stdout, said }))
  return promise
}
