import type { Command } from '../command.ts'

export const test: Command = {
  name: 'test',
  summary: 'run the cases in tests/ in the real executor',
  help: `A case is a file: tests/<name>.json. Its requests are answered by its mocks: nothing leaves the machine,
except with --record, which asks the real servers and writes what they answered.

Examples:
  ap-wasm test                       all cases
  ap-wasm test feed --watch          those with "feed" in their name, again after each change
  ap-wasm test fetch --record --auth @connection.json`,
  arguments: [{ name: '[filter]', doc: 'run the cases that have this in their name' }],
  options: [
    {
      flags: '--record',
      doc: 'send real requests and write what was answered into the cases; secrets become their names',
      // AP_WASM_RECORD is the executor's setting.
      environment: 'AP_WASM_TEST_RECORD',
    },
    { flags: '--update', doc: 'write what the piece answers now into the cases', environment: 'AP_WASM_TEST_UPDATE' },
    { flags: '--watch', doc: 'run again after each change' },
    { flags: '--junit <file>', doc: 'write the results as JUnit XML' },
    { flags: '--auth <json>', doc: 'with --record: the real connection: JSON, @file or - for stdin' },
    { flags: '--env <NAME=value...>', doc: 'with --record: variables; NAME alone takes the value of this shell' },
    { flags: '--env-file <file>', doc: 'with --record: variables from a file of NAME=value lines' },
  ],
  async run(context) {
    const { test } = await import('../test-run.ts')
    await test(context)
  },
}
