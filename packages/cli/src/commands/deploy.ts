import type { Command } from '../command.ts'

export const EXECUTOR_OPTIONS = [
  { flags: '--to <url>', doc: 'the executor', default: 'http://127.0.0.1:7780' },
  { flags: '--key <key>', doc: 'a key of it; better in AP_WASM_KEY, which no process list shows' },
] as const

export const deploy: Command = {
  name: 'deploy',
  summary: 'bring the piece in this folder to an executor, and consent to what it asks',
  help: `Shows what the piece may do there and what changes, asks, then grants it. The same bytes again change nothing;
a version is never overwritten.

Examples:
  ap-wasm deploy
  ap-wasm deploy --to https://executor.example.com --env-file .env --yes`,
  arguments: [{ name: '[file]', doc: 'an artifact that was built before' }],
  options: [
    ...EXECUTOR_OPTIONS,
    {
      flags: '--env <NAME=value...>',
      doc: 'values of variables that it asks for; NAME alone takes that of this shell',
    },
    { flags: '--env-file <file>', doc: 'the same from a file of NAME=value lines' },
    { flags: '--yes', doc: 'consent without being asked' },
    { flags: '--dry-run', doc: 'validate and show; change nothing' },
  ],
  async run(context) {
    const { deployPiece } = await import('../deployment.ts')
    await deployPiece(context)
  },
}
