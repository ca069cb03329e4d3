/**
 * @module operations: what an operator does on the registry's machine: accounts, moderators. The registry must not run on the
 * same data folder where that is SQLite: one process uses it at a time.
 */
import { text } from 'node:stream/consumers'
import { openCatalog } from './catalog/index.ts'
import { RegistryError } from './errors.ts'
import { completeSettings, settingsFromArguments, settingsFromEnvironment } from './settings.ts'

interface Verb {
  usage: string
  run(operand: string, flags: readonly string[]): Promise<string>
}

async function withCatalog<T>(
  flags: readonly string[],
  work: (catalog: Awaited<ReturnType<typeof openCatalog>>) => Promise<T>,
): Promise<T> {
  const settings = completeSettings({ ...settingsFromEnvironment(process.env), ...settingsFromArguments(flags) })
  const { database, data: folder, sessionMs } = settings
  const catalog = await openCatalog({ database, folder, sessionMs, onError: console.error })
  try {
    return await work(catalog)
  } finally {
    await catalog.close()
  }
}

const VERBS: Readonly<Record<string, Verb>> = {
  account: {
    usage: 'account <name>: makes an account; the password is read from stdin',
    run: (name, flags) =>
      withCatalog(flags, async ({ accounts }) => {
        await accounts.add(name, (await text(process.stdin)).trim())
        return `made ${name}`
      }),
  },
  moderator: {
    usage: 'moderator <account>: lets an account read reports and hide pieces',
    run: (name, flags) =>
      withCatalog(flags, async ({ accounts }) => {
        await accounts.setRole(name, 'moderator')
        return `${name} is a moderator`
      }),
  },
}

export async function operate(name: string, [operand, ...flags]: readonly string[]): Promise<void> {
  const verb = VERBS[name]
  if (!verb || operand === undefined || operand.startsWith('--'))
    throw new RegistryError('AR_SETTING_INVALID', {
      setting: 'the command',
      value: [name, operand ?? ''].join(' ').trim(),
      expected: Object.values(VERBS)
        .map(({ usage }) => usage)
        .join(' · '),
    })
  console.log(await verb.run(operand, flags))
}
