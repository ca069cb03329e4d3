import type { Command } from '../command.ts'

export const run: Command = {
  name: 'run',
  summary: 'make one call of the piece in this folder',
  help: `Requests are real; this machine's own addresses may be reached where piece.json asks for them. The result goes
to stdout, the log to stderr, and secrets to neither.

Examples:
  ap-wasm run fetch --props '{"url":"https://example.com"}' --auth @connection.json
  ap-wasm run --trigger new_item --hook test --props @feed.json
  ap-wasm run --resolve actions/choose/props/region --auth -`,
  arguments: [{ name: '[action]', doc: 'the action' }],
  options: [
    { flags: '--trigger <name>', doc: 'call this trigger instead' },
    { flags: '--hook <hook>', doc: 'what of the trigger: run, test, on-enable, on-disable, handshake …' },
    { flags: '--resolve <path>', doc: 'ask for options, dynamic properties, auth/validate …' },
    { flags: '--props <json>', doc: 'the properties: JSON, @file, or - for stdin' },
    { flags: '--auth <json>', doc: 'the connection: JSON, @file, or - for stdin' },
    { flags: '--payload <json>', doc: 'of a webhook: JSON, @file, or - for stdin' },
    { flags: '--search <text>', doc: 'what was typed into a dropdown' },
    { flags: '--env <NAME=value...>', doc: 'variables; NAME alone takes the value of this shell' },
    { flags: '--env-file <file>', doc: 'variables from a file of NAME=value lines' },
  ],
  async run(context) {
    const { runOnce } = await import('../single-run.ts')
    await runOnce(context)
  },
}
