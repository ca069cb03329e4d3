import type { Command, OptionSpec } from '../command.ts'

/** Of all settings, those that a first look needs; the others work and are in docs/settings.md. */
const SHOWN: ReadonlySet<string> = new Set([
  'host',
  'port',
  'data',
  'cells',
  'isolation',
  'record',
  'egressPrivate',
  'logLevel',
])

export const serve: Command = {
  name: 'serve',
  summary: 'start an executor here',
  help: `Without a key it listens on this machine alone. Every setting of docs/settings.md is a flag.

Examples:
  ap-wasm serve
  ap-wasm key add --tenant acme --role call && ap-wasm serve --host 0.0.0.0 --port 8080`,
  async moreOptions(): Promise<OptionSpec[]> {
    const { environmentOf, flagOf, SETTINGS } = await import('@ap-wasm/executor')
    return (Object.keys(SETTINGS) as (keyof typeof SETTINGS)[])
      .filter((name) => SETTINGS[name].flag !== false)
      .map((name) => ({
        flags: `${flagOf(name)} <value>`,
        doc: SETTINGS[name].doc,
        environment: environmentOf(name),
        hidden: !SHOWN.has(name),
      }))
  },
  async run(context) {
    const { serveHere } = await import('../serving.ts')
    await serveHere(context)
  },
}
