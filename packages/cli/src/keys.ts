/** @module keys: `ap-wasm key`: on the data folder of an executor, running or not. */
import { resolve } from 'node:path'
import { completeSettings, createKeys, type Keys, ROLES, type Role, State } from '@ap-wasm/executor'
import { type CommandContext, text, texts } from './command.ts'
import { table } from './output.ts'
import { CliError } from './world.ts'

async function withKeys<T>(context: CommandContext, work: (keys: Keys, folder: string) => Promise<T>): Promise<T> {
  const given = text(context, 'data')
  const folder = given === undefined ? completeSettings().data : resolve(context.world.cwd, given)
  const state = State.beside(folder)
  try {
    return await work(createKeys(state), folder)
  } finally {
    state.close()
  }
}

export async function addKey(context: CommandContext): Promise<void> {
  const { output } = context
  const roles = rolesOf(texts(context, 'role'))
  await withKeys(context, async (keys, folder) => {
    const made = await keys.add(text(context, 'tenant')!, roles)
    output.note(`key ${made.id} of ${made.tenant} in ${folder}: ${made.roles.join(', ')}`)
    output.note('it is shown this once:')
    output.print(made.key)
    output.data({ ok: true, ...made })
  })
}

function rolesOf(given: readonly string[]): Role[] {
  const unknown = given.find((role) => role !== 'all' && !(ROLES as readonly string[]).includes(role))
  if (unknown === undefined && given.length > 0) return given.includes('all') ? [...ROLES] : (given as Role[])
  throw new CliError('usage', unknown === undefined ? 'a key needs a role' : `"${unknown}" is no role`, {
    remedy: `--role is one or several of: ${ROLES.join(', ')}; or "all"`,
  })
}

export async function listKeys(context: CommandContext): Promise<void> {
  const { output } = context
  await withKeys(context, async (keys, folder) => {
    const all = keys.list()
    if (all.length === 0)
      output.note(
        keys.any()
          ? `no keys in ${folder}, all were revoked: nobody may call until \`ap-wasm key add\` makes one`
          : `no keys in ${folder}: without one, this machine alone may call`,
      )
    else
      output.print(
        table([
          ['id', 'tenant', 'roles', 'made'],
          ...all.map((one) => [one.id, one.tenant, one.roles.join(','), one.createdAt]),
        ]),
      )
    output.data({ ok: true, data: folder, keys: all })
  })
}

export async function revokeKey(context: CommandContext): Promise<void> {
  const { output, args } = context
  const id = args[0]!
  await withKeys(context, async (keys, folder) => {
    if (!(await keys.revoke(id)))
      throw new CliError('failed', `there is no key ${id} in ${folder}`, { remedy: 'ap-wasm key list shows them' })
    output.print(`revoked ${id}`)
    if (keys.list().length === 0)
      output.warn('that was the last key: nobody may call until `ap-wasm key add` makes another')
    output.data({ ok: true, id })
  })
}
