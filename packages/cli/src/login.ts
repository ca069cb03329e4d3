/** @module login: `ap-wasm login`: a code here, consent in a browser, a token and a registered key afterwards. */
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { newSigningKey } from '@ap-wasm/executor'
import { type CommandContext, isSet, text } from './command.ts'
import { credentialsFor, keepCredentials } from './credentials.ts'
import { RegistryClient } from './registry-client.ts'
import { CliError } from './world.ts'

interface Begun {
  deviceCode: string
  userCode: string
  verificationUrl: string
  intervalMs: number
  expiresAt: string
}

interface Granted {
  token: string
  account: string
  scope: string
  expiresAt: string
}

const DAY_MS = 86_400_000

export async function logIn(context: CommandContext): Promise<void> {
  const { world, output } = context
  const client = new RegistryClient(world, text(context, 'registry')!)
  const { origin } = client.url
  if (isSet(context, 'forget')) {
    await keepCredentials(world, origin, undefined)
    output.print(`forgot ${origin}; revoke the token there, on the page /account`)
    return output.data({ ok: true, registry: origin, forgotten: true })
  }
  const days = Number(text(context, 'days'))
  if (!Number.isInteger(days) || days < 1)
    throw new CliError('usage', `--days ${text(context, 'days')} is no number of days`)
  // The same machine keeps its key: what it signed stays its own.
  const key = (await credentialsFor(world, origin))?.key ?? newSigningKey()
  const begun = await client.json<Begun>('/api/v1/login/device', {
    method: 'POST',
    body: { label: hostname(), scope: text(context, 'scope'), lifetimeMs: days * DAY_MS, publicKey: key.publicKey },
  })
  output.note(`open ${begun.verificationUrl}\nand compare the code: ${output.style('bold', begun.userCode)}`)
  const { token, account, scope, expiresAt } = await output.progress(
    'waiting for your consent',
    granted(context, client, begun),
  )
  await keepCredentials(world, origin, { account, token, expiresAt, key })
  const reach = scope === '*' ? 'all that it owns' : scope
  output.print(`signed in to ${origin} as ${account}: ${reach}, until ${expiresAt.slice(0, 10)}`)
  output.data({ ok: true, registry: origin, account, scope, expiresAt, keyId: key.id })
}

async function granted({ world }: CommandContext, client: RegistryClient, begun: Begun): Promise<Granted> {
  for (;;) {
    await wait(begun.intervalMs, undefined, { signal: world.signal }).catch(() => {
      throw new CliError('failed', 'interrupted')
    })
    try {
      return await client.json<Granted>('/api/v1/login/token', {
        method: 'POST',
        body: { deviceCode: begun.deviceCode },
      })
    } catch (error) {
      if (!(error instanceof CliError) || error.data.code !== 'AR_LOGIN_PENDING') throw error
    }
  }
}
