import type { Command } from '../command.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'check the tools that each language needs, by running them',
  help: 'Examples:\n  ap-wasm doctor\n  ap-wasm doctor --language rust --install',
  options: [
    { flags: '--language <language>', doc: 'this language alone; in the folder of a piece, its own' },
    { flags: '--install', doc: 'run the lines that install what is missing' },
  ],
  async run(context) {
    const { checkTools } = await import('../tools.ts')
    await checkTools(context)
  },
}
