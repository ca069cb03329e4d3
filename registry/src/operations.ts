/**
 * @module operations: what an operator does beside a registry, running or not: accounts, moderators, backups. Each is a short
 * transaction on the same catalog.
 */
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { backup, restore } from './backup.ts'
import { type Blobs, openBlobs } from './blobs/index.ts'
import { type Catalog, openCatalog } from './catalog/index.ts'
import { RegistryError } from './errors.ts'
import { completeSettings, settingsFromArguments, settingsFromEnvironment } from './settings.ts'

interface Parts {
  catalog: Catalog
  blobs: () => Promise<Blobs>
}

interface Verb {
  usage: string
  run(operand: string, parts: Parts): Promise<string>
}

const VERBS: Readonly<Record<string, Verb>> = {
  account: {
    usage: 'account <name>: makes an account; the password is read from stdin',
    async run(name, { catalog }) {
      await catalog.accounts.add(name, (await text(process.stdin)).trim())
      return `made ${name}`
    },
  },
  password: {
    usage:
      'password <account>: gives an account another password, read from stdin; its sessions end, its passkeys are removed',
    async run(name, { catalog }) {
      const account = await catalog.accounts.setPassword(name, (await text(process.stdin)).trim())
      // Whoever lost the account to somebody has it alone again.
      for (const { id } of await catalog.passkeys.list(account.id)) await catalog.passkeys.remove(account.id, id)
      return `${name} has another password`
    },
  },
  moderator: {
    usage: 'moderator <account>: lets an account read reports and hide pieces',
    async run(name, { catalog }) {
      await catalog.accounts.setRole(name, 'moderator')
      return `${name} is a moderator`
    },
  },
  backup: {
    usage: 'backup <folder>: writes catalog and artifacts there; the next into the same folder adds what is new',
    async run(folder, { catalog, blobs }) {
      const { rows, artifacts } = await backup(catalog.db, await blobs(), folder)
      return `${rows} rows and ${artifacts} artifacts are in ${folder}`
    },
  },
  restore: {
    usage: 'restore <folder>: reads a backup into an empty catalog, whatever the drivers are',
    async run(folder, { catalog, blobs }) {
      const { rows, artifacts } = await restore(catalog.db, await blobs(), folder)
      return `${rows} rows and ${artifacts} artifacts were restored`
    },
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
  const settings = completeSettings({ ...settingsFromEnvironment(process.env), ...settingsFromArguments(flags) })
  const { database, data: folder, sessionMs } = settings
  const catalog = await openCatalog({ database, folder, sessionMs, beside: true, onError: console.error })
  try {
    console.log(await verb.run(operand, { catalog, blobs: () => openBlobs(settings, join(folder, 'blobs')) }))
  } finally {
    await catalog.close()
  }
}
