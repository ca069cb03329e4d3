import type { Command } from '../command.ts'
import { EXECUTOR_OPTIONS } from './deploy.ts'
import { MIN_AGE, REGISTRY } from './registry.ts'

/** Absent: a registry is asked. */
const [{ default: _, ...TO }, KEY] = EXECUTOR_OPTIONS

export const inspect: Command = {
  name: 'inspect',
  summary: 'show what an artifact is, and what it may do, without running it',
  help: `A name is looked for in a registry; name@version, where --to (or AP_WASM_TO) is given, in that executor.

Examples:
  ap-wasm inspect dist/github-0.1.0.wasm
  ap-wasm inspect @acme/github --registry https://pieces.example.com
  ap-wasm inspect dist/github-0.2.0.wasm --diff @acme/github@^0.1
  ap-wasm inspect @acme/github@0.1.0 --to https://executor.example.com`,
  arguments: [
    { name: '<piece>', doc: 'a file, or name, name@range or a digest of a registry, or name@version of an executor' },
  ],
  options: [
    { flags: '--diff <piece>', doc: 'what changed since that one: a file, a name, or name@version' },
    REGISTRY,
    MIN_AGE,
    { ...TO, doc: 'an executor, in the place of a registry' },
    KEY,
  ],
  async run(context) {
    const { inspectPiece } = await import('../inspection.ts')
    await inspectPiece(context)
  },
}
