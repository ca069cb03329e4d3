/**
 * @module sdk: the dependency of a new piece on its language's SDK. A registry's package counts only if it is, byte for byte,
 * the one that this CLI carries: a name that nobody has taken yet can be taken by anybody.
 */
import { cp, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { packedSdksFolder } from '../assets.ts'
import type { World } from '../world.ts'
import { c } from './c.ts'
import { go } from './go.ts'
import { python } from './python.ts'
import { rust } from './rust.ts'
import { typescript } from './typescript.ts'

export interface Installed {
  /** The piece can be built. */
  done: boolean
  /** What went wrong on the way; empty: nothing did. */
  said: string
}

export interface Sdk {
  /** The package as this CLI carries it, a file or a folder; in the clone it may be packed into `folder`. */
  packed(world: World, folder: string): Promise<string>
  /** Whether the registry's package of that name is the same, byte for byte. */
  isPublished(world: World, packed: string): Promise<boolean>
  /** Points the piece at the copy below it: `.ap-wasm/sdk/<name>`. */
  depend(folder: string, copy: string): Promise<void>
  /** The line that fetches what the piece needs, as its author types it later; left out where a build fetches it. */
  installLine?: string
  install?(world: World, folder: string): Promise<Installed>
}

/** Where a copy of the SDK is, below the piece: it belongs to its sources. */
export const OWN_FOLDER = '.ap-wasm/sdk'

const SDKS: Readonly<Record<string, Sdk>> = { c, go, python, rust, typescript }

/** Undefined: the template of this language names its dependencies itself. */
export async function addSdk(world: World, language: string, folder: string): Promise<string | undefined> {
  const sdk = SDKS[language]
  if (!sdk) return undefined
  const own = join(folder, OWN_FOLDER)
  await mkdir(own, { recursive: true })
  const packed = await sdk.packed(world, own)
  if (packedSdksFolder !== undefined && (await sdk.isPublished(world, packed))) return undefined
  const name = basename(packed)
  if (packed !== join(own, name)) await cp(packed, join(own, name), { recursive: true })
  await sdk.depend(folder, `${OWN_FOLDER}/${name}`)
  return `${OWN_FOLDER}/${name}`
}

/** Undefined: this language fetches what it needs when it builds. */
export const installLine = (language: string): string | undefined => SDKS[language]?.installLine

export const installDependencies = async (
  world: World,
  language: string,
  folder: string,
): Promise<Installed | undefined> => SDKS[language]?.install?.(world, folder)
