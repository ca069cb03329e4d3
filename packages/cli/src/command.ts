/**
 * @module command: a command is a value; `main.ts` turns the list of them into the program, its help and its completions. A
 * command's file imports what its help needs; `run` loads the rest, so that `--help` does not wait for the executor's code.
 */
import type { Output } from './output.ts'
import type { World } from './world.ts'

export interface OptionSpec {
  /** Commander's form: `--name <value>`, `--dry-run`, `-e, --env <NAME=value...>`. */
  flags: string
  doc: string
  default?: string | boolean
  choices?: readonly string[]
  /** Its environment twin, where the usual name means something else already; false: it has none. */
  environment?: string | false
  /** Accepted, completed, and left out of the help. */
  hidden?: boolean
}

export interface Command {
  name: string
  summary: string
  /** Longer help with an example or two. */
  help?: string
  /** Commander's form: `<file>`, `[folder]`. */
  arguments?: readonly { name: string; doc: string }[]
  options?: readonly OptionSpec[]
  /** Options that come from a table elsewhere: loaded when the command is run, helped with or completed. */
  moreOptions?(): Promise<readonly OptionSpec[]>
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
  `AP_WASM_${longFlag.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`

export const optionsOf = async (command: Command): Promise<OptionSpec[]> => [
  ...(command.options ?? []),
  ...((await command.moreOptions?.()) ?? []),
]

/** Options as their command reads them: absent, a text, a list or a switch. */
export const text = (context: CommandContext, name: string): string | undefined =>
  context.options[name] as string | undefined
export const texts = (context: CommandContext, name: string): readonly string[] =>
  (context.options[name] as string[] | undefined) ?? []
export const isSet = (context: CommandContext, name: string): boolean => context.options[name] === true
