import { type Command, text } from '../command.ts'

export const build: Command = {
  name: 'build',
  summary: 'make the artifact of the piece in this folder',
  help: 'Runs the build of the language, asks the piece to describe itself, judges it as an executor will, and writes\ndist/<name>-<version>.wasm.',
  options: [{ flags: '--out <file>', doc: 'write the artifact there instead' }],
  async run(context) {
    const { buildToFile } = await import('../build-report.ts')
    await buildToFile(context, text(context, 'out'))
  },
}
