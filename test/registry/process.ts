/** @module process: the registry's program as it is run, from its sources. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { environmentOf, type Settings } from '@ap-wasm/registry'

export const MAIN = fileURLToPath(new URL('../../registry/src/main.ts', import.meta.url))

export type Program = ChildProcessByStdio<Writable, Readable, Readable>

export const start = (settings: Partial<Settings>, ...args: string[]): Program =>
  spawn(process.execPath, ['--conditions=@ap-wasm/source', '--disable-warning=ExperimentalWarning', MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      ...Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [environmentOf(name as keyof Settings), String(value)]),
      ),
    },
  })

/** Serving, on ports of its own. */
export async function startServing(settings: Partial<Settings>): Promise<{ child: Program; url: string }> {
  const child = start({ port: 0, playgroundPort: 0, logLevel: 'silent', ...settings })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /listens on (\S+)/.exec(String(line))?.[1]
  if (url === undefined) throw new Error(`the registry said: ${line}`)
  return { child, url }
}
