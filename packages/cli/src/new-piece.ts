/** @module new-piece: `ap-wasm init`: a folder with a piece that builds, tests and runs as it is. */
import { mkdir, readdir, rename } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { checkPieceJson } from '@ap-wasm/executor'
import { runChild } from './child.ts'
import { type CommandContext, text } from './command.ts'
import { askText, canAsk, choose } from './prompt.ts'
import { addSdk, installDependencies, installLine } from './sdk/index.ts'
import { type Template, templates, writeTemplate } from './templates.ts'
import { CliError, type World } from './world.ts'

export async function init(context: CommandContext): Promise<void> {
  const { world, output, args, options } = context
  const name = await pieceName(context)
  const template = await chosenTemplate(context)
  const folder = resolve(world.cwd, args[0] ?? name.replace(/^@[^/]+\//, ''))
  await checkEmpty(world, folder)

  await mkdir(folder, { recursive: true })
  await writeTemplate(template, folder, name)
  // npm leaves files of that name out of a package.
  await rename(join(folder, '_gitignore'), join(folder, '.gitignore')).catch(() => {})
  const sdk = await output.progress('adding the SDK', addSdk(world, template.language, folder))
  const installed =
    options.install === false
      ? undefined
      : await output.progress('fetching dependencies', installDependencies(world, template.language, folder))
  const git = await gitInit(world, folder)

  const place = relative(world.cwd, folder) || '.'
  output.print(`made ${name} in ${place}/ (${template.language})`)
  if (sdk) output.note(output.style('dim', `the SDK is not on a registry yet: the piece depends on ${sdk}`))
  const line = installLine(template.language)
  if (installed?.said)
    output.warn(`${line} did not get everything; run it again when you are online\n  ${installed.said.split('\n')[0]}`)
  const steps = [
    ...(place === '.' ? [] : [`cd ${place}`]),
    ...(line !== undefined && !installed?.done ? [line] : []),
    'ap-wasm test',
  ]
  output.note(`\nnext:\n${steps.map((step) => `  ${step}`).join('\n')}`)
  output.data({ ok: true, name, folder, language: template.language, template: template.name, sdk, git, next: steps })
}

const nameFault = (name: string): string | undefined =>
  checkPieceJson({ name, version: '0.1.0', language: 'c' }).all()[0]?.message

async function pieceName(context: CommandContext): Promise<string> {
  const { world, args } = context
  const given = text(context, 'name')
  const fromFolder =
    args[0] === undefined
      ? undefined
      : basename(resolve(world.cwd, args[0]))
          .toLowerCase()
          .replace(/[^a-z0-9-]+/g, '-')
  const fits = fromFolder !== undefined && nameFault(fromFolder) === undefined
  let name = given ?? (fits && !canAsk(world) ? fromFolder : undefined)
  name ??= await askText(world, {
    message: 'Name of the piece',
    flag: '--name <name>',
    initial: fits ? fromFolder! : 'my-piece',
    validate: nameFault,
  })
  const fault = nameFault(name)
  if (fault) throw new CliError('usage', fault, { remedy: 'for example --name github or --name @acme/github' })
  return name
}

async function chosenTemplate(context: CommandContext): Promise<Template> {
  const { world } = context
  const all = await templates()
  const languages = [...new Set(all.map((one) => one.language))]
  const pick = async (what: string, values: readonly string[], flag: string): Promise<string> => {
    const given = text(context, what)
    if (given !== undefined && !values.includes(given))
      throw new CliError('usage', `there is no ${what} "${given}"`, { remedy: `one of: ${values.join(', ')}` })
    if (given !== undefined || values.length === 1) return given ?? values[0]!
    return choose(world, {
      message: what.charAt(0).toUpperCase() + what.slice(1),
      flag,
      options: values.map((value) => ({ value, label: value })),
    })
  }
  const language = await pick('language', languages, '--language <language>')
  const own = all.filter((one) => one.language === language)
  const name = await pick(
    'template',
    own.map((one) => one.name),
    '--template <template>',
  )
  return own.find((one) => one.name === name)!
}

async function checkEmpty(world: World, folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new CliError('usage', `${relative(world.cwd, folder)} is no folder`, { details: [String(error.code)] })
  })
  if (entries.some((name) => name !== '.git'))
    throw new CliError('usage', `${relative(world.cwd, folder) || 'this folder'} is not empty`, {
      details: [`it holds ${entries.slice(0, 5).join(', ')}${entries.length > 5 ? ' …' : ''}`],
      remedy: 'name a new folder: ap-wasm init <folder>',
    })
}

/** Not inside another repository, and not without git. */
async function gitInit(world: World, folder: string): Promise<boolean> {
  const inside = await runChild(world, 'git', ['rev-parse', '--is-inside-work-tree'], { cwd: folder })
  if (inside.code === undefined || inside.code === 0) return false
  return (await runChild(world, 'git', ['init', '--quiet'], { cwd: folder })).code === 0
}
