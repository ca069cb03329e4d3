import type { Command } from '../command.ts'
import { EXECUTOR_OPTIONS } from './deploy.ts'

export const replay: Command = {
  name: 'replay',
  summary: 'run a recorded call again, against the piece in this folder',
  help: `Nothing is sent anywhere: every question of the piece is answered from the record. Exit code 1 says that the
outcome differs. An executor keeps records with AP_WASM_RECORD=errors or all.

Examples:
  ap-wasm replay call_01m7z22fm2g6sv1bzsxmdmxq6m
  ap-wasm replay record.json --against dist/github-0.1.0.wasm`,
  arguments: [{ name: '<call>', doc: 'the id of a call, or a file with its record' }],
  options: [
    { flags: '--against <file>', doc: 'the artifact that made the record; an executor knows it' },
    { flags: '--save <file>', doc: 'write the record there' },
    ...EXECUTOR_OPTIONS,
  ],
  async run(context) {
    const { replayCall } = await import('../replaying.ts')
    await replayCall(context)
  },
}
