/** @module completion: words for the shell's Tab key, made from the list of commands. */
import { type Command, optionsOf } from '../command.ts'
import { CliError } from '../world.ts'

interface Node {
  path: string
  command: Command
  commands: readonly Command[]
  flags: readonly string[]
}

const longFlags = async (command: Command): Promise<string[]> => [
  ...(await optionsOf(command)).flatMap((o) => /--[a-z][a-z-]*/.exec(o.flags)?.[0] ?? []),
  '--json',
  '--quiet',
  '--no-color',
  '--help',
]

/** Every command path with what may follow it: `key` → add, list, revoke. */
async function nodes(commands: readonly Command[], path = ''): Promise<Node[]> {
  const found = commands.map(async (command) => {
    const here = `${path}${path ? ' ' : ''}${command.name}`
    const own = { path: here, command, commands: command.commands ?? [], flags: await longFlags(command) }
    return [own, ...(await nodes(command.commands ?? [], here))]
  })
  return (await Promise.all(found)).flat()
}

const names = (commands: readonly Command[]) => commands.map((c) => c.name).join(' ')

async function bash(commands: readonly Command[]): Promise<string> {
  const cases = (await nodes(commands)).map(
    (n) => `    "${n.path}") words="${[names(n.commands), ...n.flags].filter(Boolean).join(' ')}"; break ;;`,
  )
  return `_ap_wasm() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words="${names(commands)} --help --version"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac; done
  # The longest beginning of the words so far that is a command.
  while [ -n "$path" ]; do
    case "$path" in
${cases.join('\n')}
    *" "*) path="\${path% *}" ;;
    *) path="" ;;
    esac
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _ap_wasm ap-wasm
`
}

const zsh = async (commands: readonly Command[]): Promise<string> =>
  `#compdef ap-wasm\nautoload -U +X bashcompinit && bashcompinit\n${await bash(commands)}`

async function fish(commands: readonly Command[]): Promise<string> {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`
  const lines = (await nodes(commands)).flatMap(({ path, command, flags }) => {
    const [first, second] = path.split(' ') as [string, string | undefined]
    if (second !== undefined)
      return [
        `complete -c ap-wasm -n '__fish_seen_subcommand_from ${first}' -f -a ${second} -d ${quote(command.summary)}`,
      ]
    return [
      `complete -c ap-wasm -n __fish_use_subcommand -f -a ${first} -d ${quote(command.summary)}`,
      ...flags.map((flag) => `complete -c ap-wasm -n '__fish_seen_subcommand_from ${first}' -l ${flag.slice(2)}`),
    ]
  })
  return [...lines, ''].join('\n')
}

const SHELLS: Record<string, (commands: readonly Command[]) => Promise<string>> = { bash, zsh, fish }

export const completion: Command = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  help: 'Examples:\n  ap-wasm completion bash > /etc/bash_completion.d/ap-wasm\n  ap-wasm completion fish > ~/.config/fish/completions/ap-wasm.fish',
  arguments: [{ name: '<shell>', doc: 'bash, zsh or fish' }],
  async run({ args, world, output }) {
    const make = SHELLS[args[0] ?? '']
    if (!make)
      throw new CliError('usage', `"${args[0]}" is no shell that is known here`, {
        remedy: `one of: ${Object.keys(SHELLS).join(', ')}`,
      })
    // The list holds this command too: it is read when the command runs, not when the modules load.
    const { COMMANDS } = await import('./index.ts')
    const script = await make(COMMANDS)
    if (output.json) output.data({ ok: true, shell: args[0], script })
    else world.stdout.write(script)
  },
}
