/** @module tools: `ap-wasm doctor`: what a language needs, what was found by running it, and the line that brings it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandContext, isSet, text } from './command.ts'
import { type Output, table } from './output.ts'
import { canAsk, confirm } from './prompt.ts'
import { languages, type Toolchain, toolchainOf } from './toolchain/index.ts'
import { type Checked, checkRequirements, shortfall } from './toolchain/requirements.ts'
import { CliError, type World } from './world.ts'

export async function checkTools(context: CommandContext): Promise<void> {
  const { world, output } = context
  const language = text(context, 'language') ?? (await ownLanguage(world))
  const toolchains = language === undefined ? languages() : [toolchainOf(language)]
  let checked = await output.progress('running the tools', checkRequirements(toolchains))
  print(output, toolchains, checked)
  const missing = checked.filter(({ enough }) => !enough)
  if (missing.length > 0 && (await mayInstall(context, missing))) {
    for (const line of new Set(missing.map(({ install }) => install))) await install(world, output, line)
    checked = await checkRequirements(toolchains)
    print(output, toolchains, checked)
  }
  const still = checked.filter(({ enough }) => !enough)
  if (still.length > 0)
    throw new CliError('environment', `${still.length} of ${checked.length} tools are missing or too old`, {
      details: still.map(shortfall),
      remedy: [...new Set(still.map(({ install }) => install))].join('\n'),
      data: { tools: checked },
    })
  output.data({ ok: true, tools: checked })
}

async function ownLanguage({ cwd }: World): Promise<string | undefined> {
  const piece = await readFile(join(cwd, 'piece.json'), 'utf8').catch(() => undefined)
  try {
    const { language } = JSON.parse(piece ?? '{}') as { language?: unknown }
    return typeof language === 'string' ? language : undefined
  } catch {
    return undefined
  }
}

function print(output: Output, toolchains: readonly Toolchain[], checked: readonly Checked[]): void {
  for (const { language } of toolchains) {
    const own = checked.filter((one) => one.language === language)
    output.print(output.style('bold', language))
    const rows = own.map(({ tool, found, need, enough, install }) => [
      enough ? '✓' : '✗',
      tool,
      found ?? 'not found',
      `needed ${need}`,
      enough ? '' : install,
    ])
    output.print(table(rows, '  ').replace(/ +$/gm, ''))
  }
}

function mayInstall(context: CommandContext, missing: readonly Checked[]): Promise<boolean> | boolean {
  if (isSet(context, 'install')) return true
  if (context.output.json || !canAsk(context.world)) return false
  const lines = [...new Set(missing.map(({ install }) => install))]
  return confirm(context.world, {
    message: `Run this now?\n${lines.map((line) => `  ${line}`).join('\n')}`,
    flag: '--install',
  })
}

/** The line as a person would type it; what it says is shown as it comes. */
async function install({ cwd, env, signal }: World, output: Output, line: string): Promise<void> {
  output.note(`$ ${line}`)
  const child = spawn(line, { cwd, env, signal, shell: true, stdio: ['inherit', 2, 2] })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) output.warn(`that line ended with ${code ?? 'a signal'}`)
}
