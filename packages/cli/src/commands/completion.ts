/** @module completion: words for the shell's Tab key, made from the list of commands. */
import type { Command } from '../command.ts'
import { CliError } from '../world.ts'

interface Node {
  path: string
  commands: readonly Command[]
  flags: readonly string[]
}

const longFlags = (command: Command): string[] => [
  ...(command.options ?? []).flatMap((o) => /--[a-z][a-z-]*/.exec(o.flags)?.[0] ?? []),
  '--json',
  '--quiet',
  '--no-color',
  '--help',
]

/** Every command path with what may follow it: `key` → add, list, revoke. */
function nodes(commands: readonly Command[], path = ''): Node[] {
  return commands.flatMap((command) => {
    const here = `${path}${path ? ' ' : ''}${command.name}`
    return [
      { path: here, commands: command.commands ?? [], flags: longFlags(command) },
      ...nodes(command.commands ?? [], here),
    ]
  })
}

const names = (commands: readonly Command[]) => commands.map((c) => c.name).join(' ')

function bash(commands: readonly Command[]): string {
  const cases = nodes(commands).map(
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

const zsh = (commands: readonly Command[]): string =>
  `#compdef ap-wasm\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`

function fish(commands: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`
  const top = commands.map((c) => `complete -c ap-wasm -n __fish_use_subcommand -f -a ${c.name} -d ${quote(c.summary)}`)
  const below = commands.flatMap((c) => [
    ...(c.commands ?? []).map(
      (v) => `complete -c ap-wasm -n '__fish_seen_subcommand_from ${c.name}' -f -a ${v.name} -d ${quote(v.summary)}`,
    ),
    ...longFlags(c).map((f) => `complete -c ap-wasm -n '__fish_seen_subcommand_from ${c.name}' -l ${f.slice(2)}`),
  ])
  return [...top, ...below, ''].join('\n')
}

const SHELLS: Record<string, (commands: readonly Command[]) => string> = { bash, zsh, fish }

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
    const script = make(COMMANDS)
    if (output.json) output.data({ ok: true, shell: args[0], script })
    else world.stdout.write(script)
  },
}
