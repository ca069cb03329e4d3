import type { Command } from '../command.ts'

export const init: Command = {
  name: 'init',
  summary: 'make a new piece that builds, tests and runs as it is',
  help: `Asks what no flag says. It never writes into a folder that holds something.

Examples:
  ap-wasm init
  ap-wasm init github --language typescript
  ap-wasm init --name @acme/github --language typescript`,
  arguments: [{ name: '[folder]', doc: 'where; made if it is not there' }],
  options: [
    { flags: '--name <name>', doc: 'the name of the piece: github or @acme/github' },
    { flags: '--language <language>', doc: 'the language it is written in' },
    { flags: '--template <template>', doc: 'the template to begin with' },
    { flags: '--no-install', doc: 'do not fetch dependencies' },
  ],
  async run(context) {
    const { init } = await import('../new-piece.ts')
    await init(context)
  },
}
