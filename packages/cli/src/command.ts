/** @module command: a command is a value; `main.ts` turns the list of them into the program, its help and its completions. */
import type { Output } from './output.ts'
import type { World } from './world.ts'

export interface OptionSpec {
  /** Commander's form: `--name <value>`, `--dry-run`, `-e, --env <NAME=value...>`. */
  flags: string
  doc: string
  default?: string | boolean
  choices?: readonly string[]
}

export interface Command {
  name: string
  summary: string
  /** Longer help with an example or two. */
  help?: string
  /** Commander's form: `<file>`, `[folder]`. */
  arguments?: readonly { name: string; doc: string }[]
  options?: readonly OptionSpec[]
  /** For a noun with verbs: `key add`, `key list`. */
  commands?: readonly Command[]
  run?(context: CommandContext): Promise<void>
}

export interface CommandContext {
  world: World
  output: Output
  /** Positional arguments in order; a variadic one is the rest. */
  args: readonly (string | undefined)[]
  /** By camelCase name. */
  options: Readonly<Record<string, unknown>>
}

/** The environment twin of a flag: `--dry-run` of any command is `AP_WASM_DRY_RUN`. */
export const environmentName = (longFlag: string): string =>
  `AP_WASM_${longFlag
    .replace(/^--(no-)?/, '')
    .replaceAll('-', '_')
    .toUpperCase()}`
