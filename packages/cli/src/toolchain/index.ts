/** @module toolchain: the languages that a piece can be written in. What differs between them in a build is a row here. */
import { CliError } from '../world.ts'
import { c } from './c.ts'
import { go } from './go.ts'
import { python } from './python.ts'
import { rust } from './rust.ts'
import { typescript } from './typescript.ts'

/** A tool that has to be on the author's machine. */
export interface Requirement {
  tool: string
  /** The version needed, as a person writes it. */
  need: string
  /** The version found by running the tool; undefined when it is missing. */
  found(): Promise<string | undefined>
  /** The line that installs it. */
  install: string
}

export interface BuildOptions {
  /** Ends the build. */
  signal?: AbortSignal
  /** Where tools keep what serves again. */
  cacheFolder?: string
}

export interface Built {
  /** Without a manifest: describing, validating and embedding are the same for each language. */
  component: Uint8Array
  /** Where its bytes go; they add up to the component's. */
  parts: { name: string; bytes: number }[]
  /** Versions of the tools that made it. */
  tools: Record<string, string>
  /** What its author should know, though it was built. */
  warnings?: readonly string[]
}

export interface Toolchain {
  /** The word in piece.json. */
  language: string
  requirements: readonly Requirement[]
  /** Puts into the cache what a build takes from there, so that builds need no network; a build does it where it was not done. */
  prepare?(options: BuildOptions): Promise<void>
  /** Throws a CliError that holds the compiler's own words. */
  build(folder: string, options?: BuildOptions): Promise<Built>
}

const TOOLCHAINS: readonly Toolchain[] = [typescript, rust, python, go, c]

export const languages = (): readonly Toolchain[] => TOOLCHAINS

export function toolchainOf(language: string): Toolchain {
  const found = TOOLCHAINS.find((toolchain) => toolchain.language === language)
  if (found) return found
  const known = TOOLCHAINS.map((toolchain) => toolchain.language).join(', ')
  throw new CliError('usage', `there is no toolchain for "${language}"`, {
    remedy: `set language in piece.json to one of: ${known}`,
  })
}
