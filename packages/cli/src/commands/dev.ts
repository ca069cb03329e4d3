import type { Command } from '../command.ts'

export const dev: Command = {
  name: 'dev',
  summary: 'a page to call the piece in this folder, built again after each change',
  help: `While a build fails, the one before goes on running. Requests are real; the page is for this machine alone.

Examples:
  ap-wasm dev
  ap-wasm dev --port 0 --env-file .env`,
  options: [
    {
      flags: '--port <port>',
      doc: 'where the page is; 0 takes a free port',
      default: '7781',
      environment: 'AP_WASM_DEV_PORT',
    },
    { flags: '--env <NAME=value...>', doc: 'variables; NAME alone takes the value of this shell' },
    { flags: '--env-file <file>', doc: 'variables from a file of NAME=value lines' },
  ],
  async run(context) {
    const { dev } = await import('../dev/session.ts')
    await dev(context)
  },
}
