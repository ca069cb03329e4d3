/** @module values: JSON values and variables as a shell hands them over: inline, from a file, from stdin. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { parseEnv } from 'node:util'
import { decodeJson } from '@ap-wasm/executor'
import { CliError, type World } from './world.ts'

/** Of the file that a flag or an argument names. */
export async function readGiven(world: World, file: string, flag: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(world.cwd, file))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError('usage', `${flag} names a file that cannot be read`, { details: [`${file}: ${code}`] })
  }
}

/** `{"url": "…"}`, `@props.json`, or `-` for stdin; numbers keep their exact value. */
export async function jsonValue(world: World, source: string, flag: string): Promise<unknown> {
  if (source === '-' && world.stdin.isTTY)
    throw new CliError('usage', `${flag} - reads stdin, and stdin is a terminal`, {
      remedy: `pipe the value in, or write it after the flag: ${flag} '{"name": "value"}'`,
    })
  const bytes =
    source === '-'
      ? await buffer(world.stdin)
      : source.startsWith('@')
        ? await readGiven(world, source.slice(1), flag)
        : new TextEncoder().encode(source)
  try {
    return decodeJson(bytes)
  } catch (error) {
    throw new CliError('usage', `what ${flag} gives is no JSON`, {
      details: [(error as Error).message],
      remedy: `quote it for the shell: ${flag} '{"name": "value"}', or name a file: ${flag} @file.json`,
    })
  }
}

export async function jsonObject(
  world: World,
  source: string | undefined,
  flag: string,
): Promise<Record<string, unknown>> {
  if (source === undefined) return {}
  const value = await jsonValue(world, source, flag)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CliError('usage', `${flag} takes a JSON object`, { remedy: `for example ${flag} '{"name": "value"}'` })
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `NAME=value`, or `NAME` alone for the value that this shell has; flags count before the file. */
export async function variables(
  world: World,
  pairs: readonly string[],
  file: string | undefined,
): Promise<Record<string, string>> {
  const text = file === undefined ? '' : new TextDecoder().decode(await readGiven(world, file, '--env-file'))
  const found: Record<string, string> = { ...parseEnv(text) } as Record<string, string>
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = at < 0 ? pair : pair.slice(0, at)
    const value = at < 0 ? world.env[name] : pair.slice(at + 1)
    if (!NAME.test(name))
      throw new CliError('usage', '--env is not NAME=value', { remedy: 'for example --env GREETING=hello' })
    if (value === undefined)
      throw new CliError('usage', `--env ${name} takes the value from this shell, which has none`, {
        remedy: `export ${name} first, or write --env ${name}=value`,
      })
    found[name] = value
  }
  return found
}
