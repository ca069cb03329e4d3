import type { Command } from '../command.ts'

const DATA = { flags: '--data <folder>', doc: "the executor's data folder; as of `ap-wasm serve` if absent" } as const

export const key: Command = {
  name: 'key',
  summary: 'keys of an executor: who may call, deploy, consent, read',
  help: `They are in the executor's data folder: run this on its machine. A running executor knows a new key at once.

Examples:
  ap-wasm key add --tenant acme --role call --role read
  ap-wasm key list
  ap-wasm key revoke 0f12a9c3d4e5`,
  commands: [
    {
      name: 'add',
      summary: 'make a key; it is shown this once',
      options: [
        { flags: '--tenant <tenant>', doc: 'whose pieces and calls', default: 'default' },
        { flags: '--role <role...>', doc: 'call, deploy, grant, read; several, or "all"' },
        DATA,
      ],
      async run(context) {
        const { addKey } = await import('../keys.ts')
        await addKey(context)
      },
    },
    {
      name: 'list',
      summary: 'show the keys, without their secrets',
      options: [DATA],
      async run(context) {
        const { listKeys } = await import('../keys.ts')
        await listKeys(context)
      },
    },
    {
      name: 'revoke',
      summary: 'end a key now',
      arguments: [{ name: '<id>', doc: 'its id, as `key list` shows it' }],
      options: [DATA],
      async run(context) {
        const { revokeKey } = await import('../keys.ts')
        await revokeKey(context)
      },
    },
  ],
}
