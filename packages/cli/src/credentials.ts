/** @module credentials: what `ap-wasm login` keeps of each registry: a token, and the key of this machine. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { SigningKey } from '@ap-wasm/executor'
import { type CommandContext, text } from './command.ts'
import { RegistryClient } from './registry-client.ts'
import { CliError, type World } from './world.ts'

export interface Credentials {
  account: string
  token: string
  /** ISO 8601. */
  expiresAt: string
  key: SigningKey
}

type ByOrigin = Record<string, Credentials>

const fileOf = (world: World): string =>
  join(world.env.XDG_CONFIG_HOME || join(world.env.HOME || homedir(), '.config'), 'ap-wasm', 'registries.json')

async function readAll(world: World): Promise<ByOrigin> {
  const file = fileOf(world)
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ByOrigin
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new CliError('environment', 'what `ap-wasm login` kept cannot be read', {
      details: [`${file}: ${(error as Error).message}`],
      remedy: 'delete the file and sign in again',
    })
  }
}

export const credentialsFor = async (world: World, origin: string): Promise<Credentials | undefined> =>
  (await readAll(world))[origin]

/** For this user alone; whole or not at all. Without credentials: forgets those. */
export async function keepCredentials(world: World, origin: string, kept: Credentials | undefined): Promise<void> {
  const { [origin]: _, ...others } = await readAll(world)
  const file = fileOf(world)
  const half = `${file}.${process.pid}`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const text = JSON.stringify(kept ? { ...others, [origin]: kept } : others, null, 2)
  await writeFile(half, `${text}\n`, { mode: 0o600 })
  await rename(half, file)
}

export interface SignedIn {
  client: RegistryClient
  /** Absent with a token from the environment: then nothing is signed. */
  key: SigningKey | undefined
}

/** A client that may publish: by AP_WASM_REGISTRY_TOKEN, or by what `ap-wasm login` kept. */
export async function signedIn(context: CommandContext): Promise<SignedIn> {
  const { world } = context
  const url = text(context, 'registry')!
  const { origin } = new RegistryClient(world, url).url
  const kept = await credentialsFor(world, origin)
  const token = text(context, 'token') ?? kept?.token
  if (token === undefined)
    throw new CliError('failed', `you are not signed in to ${origin}`, {
      remedy: `ap-wasm login --registry ${origin}, or a token in AP_WASM_REGISTRY_TOKEN`,
    })
  return { client: new RegistryClient(world, url, token), key: kept?.key }
}
