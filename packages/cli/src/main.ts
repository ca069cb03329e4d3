/** @module main: the only place that prints an error and exits. */
import { readFileSync } from 'node:fs'
import { Command as Commander, CommanderError, Option } from 'commander'
import { type Command, environmentName, type OptionSpec, optionsOf } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { pieceError } from './executor-client.ts'
import { Output, type OutputOptions, printable } from './output.ts'
import { CliError, EXIT, type World } from './world.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const GLOBAL: readonly OptionSpec[] = [
  { flags: '--json', doc: 'print one JSON object on stdout and nothing else' },
  { flags: '--quiet', doc: 'print results and errors only' },
  { flags: '--no-color', doc: 'no colours (also NO_COLOR)' },
]

const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no'])

/** Commander would read its twins from this process; they are the world's. */
function fromEnvironment(made: Commander, world: World): Record<string, unknown> {
  for (const option of made.options) {
    const value = option.envVar === undefined ? undefined : world.env[option.envVar]
    const name = option.attributeName()
    const source = made.getOptionValueSource(name)
    if (value === undefined || (source !== undefined && source !== 'default')) continue
    if (option.isBoolean()) {
      if (!OFF.has(value.toLowerCase())) made.setOptionValueWithSource(name, !option.negate, 'env')
      continue
    }
    const values = option.variadic ? value.split('\n').filter((one) => one !== '') : [value]
    const unknown = option.argChoices && values.find((one) => !option.argChoices!.includes(one))
    if (unknown !== undefined)
      throw new CliError('usage', `${option.envVar} is "${unknown}"`, {
        remedy: `one of: ${option.argChoices!.join(', ')}`,
      })
    made.setOptionValueWithSource(name, option.variadic ? values : value, 'env')
  }
  return made.opts<Record<string, unknown>>()
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.doc)
  if (spec.default !== undefined) option.default(spec.default)
  if (spec.choices) option.choices([...spec.choices])
  return spec.hidden ? option.hideHelp() : option
}

async function define(parent: Commander, command: Command, world: World, argv: readonly string[]): Promise<void> {
  const made = parent.command(command.name).description(command.summary).exitOverride()
  if (command.help) made.addHelpText('after', `\n${command.help}`)
  for (const argument of command.arguments ?? []) made.argument(argument.name, argument.doc)
  const specs = argv.includes(command.name) ? await optionsOf(command) : (command.options ?? [])
  // A noun would take the flags of its verbs.
  for (const spec of command.run ? [...specs, ...GLOBAL] : specs) {
    const option = optionOf(spec)
    made.addOption(option)
    // After it was added: the help shows it, and Commander does not look it up itself.
    if (spec.environment !== false) option.envVar = spec.environment ?? environmentName(option.long ?? spec.flags)
  }
  for (const child of command.commands ?? []) await define(made, child, world, argv)
  const { run } = command
  if (!run) return
  made.action(async (...all: unknown[]) => {
    const args = all.slice(0, -2).flat() as (string | undefined)[]
    const options = fromEnvironment(all.at(-1) as Commander, world)
    await run({ world, args, options, output: new Output(world, options as OutputOptions) })
  })
}

/** Runs one command line; the answer is the exit code. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const program = new Commander('ap-wasm')
    .description('Write automation pieces in any language and run them as WebAssembly components.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (s) => world.stdout.write(s), writeErr: (s) => world.stderr.write(s) })
    .showSuggestionAfterError()
  try {
    for (const command of COMMANDS) await define(program, command, world, argv)
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    return report(error, world, argv.includes('--json') || !OFF.has(world.env.AP_WASM_JSON ?? ''))
  }
}

/** Whatever failed because of it. */
const INTERRUPTED = new CliError('failed', 'interrupted')

async function report(error: unknown, world: World, json: boolean): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  const known = error instanceof CliError ? error : world.signal.aborted ? INTERRUPTED : await pieceError(error)
  const exit = known?.exit ?? EXIT.failed
  const told = known ?? error
  const message = told instanceof Error ? told.message : String(told)
  if (json) {
    const { details = [], remedy, data } = known ?? {}
    world.stdout.write(`${JSON.stringify({ ok: false, error: { message, details, remedy, ...data }, exit })}\n`)
    return exit
  }
  const lines = [`error: ${message}`, ...(known?.details ?? []).map((line) => `  ${line}`)]
  if (known?.remedy) lines.push(`how to solve it: ${known.remedy}`)
  // A bug of ours: the stack belongs in the report that we ask for.
  if (!known && error instanceof Error && error.stack)
    lines.push(error.stack, 'this is a bug of ap-wasm; please report it with the lines above')
  world.stderr.write(`${printable(lines.join('\n'))}\n`)
  return exit
}

/** With this process as the world. */
export async function start(): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const { env, stdin, stdout, stderr } = process
  const { signal } = stop
  process.exitCode = await main(process.argv.slice(2), {
    cwd: process.cwd(),
    env,
    stdin,
    stdout,
    stderr,
    fetch,
    signal,
  })
}
