/** @module serving: `ap-wasm serve`: an executor in this process, until Ctrl-C and the end of its calls. */
import { once } from 'node:events'
import { resolve } from 'node:path'
import { flagOf, SETTINGS, serve, settingsFromArguments, settingsFromEnvironment } from '@ap-wasm/executor'
import type { CommandContext } from './command.ts'

export async function serveHere({ world, output, options }: CommandContext): Promise<void> {
  // A listener of ours keeps the signal from opening a debugger in the process that holds the secrets.
  process.on('SIGUSR1', () => {})
  const flags = (Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]).flatMap((name) => {
    const value = options[name]
    return typeof value === 'string' ? [flagOf(name), value] : []
  })
  // Lines of JSON are for programs: who looks at a terminal is told what needs looking at.
  const quiet = world.stderr.isTTY ? { logLevel: 'warn' as const } : {}
  const settings = { ...settingsFromEnvironment(world.env), ...settingsFromArguments(flags) }
  const folder = settings.data === undefined ? {} : { data: resolve(world.cwd, settings.data) }
  const serving = await serve({ ...quiet, ...settings, ...folder })
  try {
    const { data } = serving.executor.settings
    const open = !serving.executor.keys.any()
    output.print(`ap-wasm listens on ${serving.url}`)
    output.note(`data in ${data}${open ? '; no key yet: this machine alone may call' : ''}; Ctrl-C ends`)
    output.data({ ok: true, url: serving.url, data, open })
    if (!world.signal.aborted) await once(world.signal, 'abort')
  } finally {
    await serving.close()
    output.note('stopped')
  }
}
