#!/usr/bin/env node
/** @module main: the only place that prints an error and exits. */
import { readFileSync } from 'node:fs'
import { Command as Commander, CommanderError, Option } from 'commander'
import { type Command, environmentName } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { Output, type OutputOptions, printable } from './output.ts'
import { CliError, EXIT, type World } from './world.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const GLOBAL = [
  new Option('--json', 'print one JSON object on stdout and nothing else').env('AP_WASM_JSON'),
  new Option('--quiet', 'print results and errors only').env('AP_WASM_QUIET'),
  new Option('--no-color', 'no colours (also NO_COLOR)').env('AP_WASM_NO_COLOR'),
]

function define(parent: Commander, command: Command, world: World): void {
  const made = parent.command(command.name).description(command.summary)
  if (command.help) made.addHelpText('after', `\n${command.help}`)
  for (const argument of command.arguments ?? []) made.argument(argument.name, argument.doc)
  for (const spec of command.options ?? []) {
    const option = new Option(spec.flags, spec.doc)
    option.env(environmentName(option.long ?? spec.flags))
    if (spec.default !== undefined) option.default(spec.default)
    if (spec.choices) option.choices([...spec.choices])
    made.addOption(option)
  }
  for (const option of GLOBAL) made.addOption(option)
  for (const child of command.commands ?? []) define(made, child, world)
  const { run } = command
  if (!run) return
  made.action(async (...all: unknown[]) => {
    const self = all.at(-1) as Commander
    const args = all.slice(0, -2).flat() as (string | undefined)[]
    const options = self.opts<Record<string, unknown>>()
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
  for (const command of COMMANDS) define(program, command, world)
  for (const command of [program, ...program.commands.flatMap((c) => [c, ...c.commands])]) command.exitOverride()
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    return report(error, world, argv.includes('--json'))
  }
}

function report(error: unknown, world: World, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  const known = error instanceof CliError ? error : undefined
  const exit = known?.exit ?? EXIT.failed
  const message = error instanceof Error ? error.message : String(error)
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

if (import.meta.main) {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  process.exitCode = await main(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    fetch,
    signal: stop.signal,
  })
}
