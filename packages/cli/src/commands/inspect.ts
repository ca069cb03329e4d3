import type { Command } from '../command.ts'
import { EXECUTOR_OPTIONS } from './deploy.ts'

export const inspect: Command = {
  name: 'inspect',
  summary: 'show what an artifact is, and what it may do, without running it',
  help: `Examples:
  ap-wasm inspect dist/github-0.1.0.wasm
  ap-wasm inspect dist/github-0.2.0.wasm --diff github@0.1.0
  ap-wasm inspect @acme/github@0.1.0 --to https://executor.example.com`,
  arguments: [{ name: '<piece>', doc: 'a file, or name@version of an executor' }],
  options: [
    { flags: '--diff <piece>', doc: 'what changed since that one: a file, or name@version' },
    ...EXECUTOR_OPTIONS,
  ],
  async run(context) {
    const { inspectPiece } = await import('../inspection.ts')
    await inspectPiece(context)
  },
}
