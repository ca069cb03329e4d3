/** @module test-run: `ap-wasm test`: builds what changed, runs the cases, tells what differs and what it spent. */
import { writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { costWords, countWords, type Manifest, readManifest, usageWords } from '@ap-wasm/executor'
import { currentArtifact } from './artifact.ts'
import { recordCase, type Secrets } from './case-recording.ts'
import { type CaseRun, runCase } from './case-run.ts'
import { type CaseFile, readCases, writeCase } from './cases.ts'
import { type CommandContext, isSet, text, texts } from './command.ts'
import { junit } from './junit.ts'
import { LocalExecutor } from './local-executor.ts'
import { type Output, printable } from './output.ts'
import { readProject } from './project.ts'
import { jsonValue, variables } from './values.ts'
import { changes } from './watch.ts'
import { CliError, type World } from './world.ts'

interface TestOptions {
  filter: string
  record: Secrets | undefined
  update: boolean
  junit: string | undefined
}

interface Ran extends CaseRun {
  name: string
  written?: boolean
}

export async function test(context: CommandContext): Promise<void> {
  const { world, output, args } = context
  const auth = text(context, 'auth')
  const secrets: Secrets = {
    auth: auth === undefined ? undefined : await jsonValue(world, auth, '--auth'),
    env: await variables(world, texts(context, 'env'), text(context, 'envFile')),
  }
  const record = isSet(context, 'record')
  if (!record && (auth !== undefined || Object.keys(secrets.env).length > 0))
    throw new CliError('usage', '--auth and --env are for --record', { remedy: 'a case names its own auth and env' })
  const options: TestOptions = {
    filter: args[0] ?? '',
    record: record ? secrets : undefined,
    update: isSet(context, 'update'),
    junit: text(context, 'junit'),
  }
  const executor = await LocalExecutor.open(world)
  try {
    if (isSet(context, 'watch')) return await watched(world, output, executor, options)
    const ran = await once(world, output, executor, options)
    const failed = ran.filter((one) => one.problems.length > 0)
    if (failed.length > 0)
      throw new CliError('failed', `${failed.length} of ${ran.length} cases failed`, {
        details: output.json ? [] : failed.map((one) => one.name),
        remedy: 'mend the piece, or write what it answers now into the cases: ap-wasm test --update',
        data: { cases: ran.map(caseData) },
      })
    output.data({ ok: true, cases: ran.map(caseData) })
  } finally {
    await executor.close()
  }
}

/** Until Ctrl-C; what fails is told and does not end it. */
async function watched(world: World, output: Output, executor: LocalExecutor, options: TestOptions): Promise<void> {
  const again = changes(world.cwd, world.signal, ['tests'])
  do {
    try {
      await once(world, output, executor, options)
    } catch (error) {
      if (world.signal.aborted) return
      if (!(error instanceof CliError)) throw error
      output.note(printable([`error: ${error.message}`, ...error.details.map((line) => `  ${line}`)].join('\n')))
    }
    output.note(output.style('dim', '\nwaiting for a change; Ctrl-C ends'))
  } while (!(await again.next()).done)
}

let builds = 0

async function once(world: World, output: Output, executor: LocalExecutor, options: TestOptions): Promise<Ran[]> {
  const project = await readProject(world.cwd)
  const artifact = await currentArtifact(world, output, project, executor)
  // Each build of a version is added for a tenant of its own.
  const manifest = readManifest(artifact)
  const own = executor.as(`build-${++builds}`)
  await own.add(artifact)
  const files = await readCases(project.casesFolder, options.filter)
  if (files.length === 0)
    throw new CliError(
      'usage',
      options.filter ? `no case in tests/ has "${options.filter}" in its name` : 'there are no cases in tests/',
      {
        remedy: 'write one: tests/<name>.json with { "action": "…", "props": {} }, then run ap-wasm test --update',
      },
    )
  const ran: Ran[] = []
  for (const file of files) {
    world.signal.throwIfAborted()
    const one = await output.progress(file.name, runOne(own, file, manifest, options))
    ran.push(one)
    printCase(output, own, one, Math.max(...files.map(({ name }) => name.length)))
  }
  printSum(output, ran)
  if (options.junit) await writeJunit(world, options.junit, manifest, ran)
  return ran
}

async function runOne(executor: LocalExecutor, file: CaseFile, manifest: Manifest, options: TestOptions): Promise<Ran> {
  const { name } = file
  let one = file.value
  if (options.record) {
    const recording = await recordCase(executor, one, manifest, options.record)
    if (recording.problems.length > 0) return { ...recording, name }
    one = options.update ? { ...recording.recorded, expect: recording.answered } : recording.recorded
    await writeCase(file.file, one)
    // What was written is what must pass from now on.
    return { ...(await runCase(executor, one, manifest)), name, written: true }
  }
  const ran = await runCase(executor, one, manifest)
  if (!options.update || ran.problems.length === 0) return { ...ran, name }
  await writeCase(file.file, { ...one, expect: kept(one.expect, ran.answered) })
  return { ...(await runCase(executor, { ...one, expect: ran.answered }, manifest)), name, written: true }
}

/** A case goes on comparing what it compared. */
function kept(expect: CaseFile['value']['expect'], answered: NonNullable<CaseFile['value']['expect']>) {
  if (expect?.effects !== undefined || answered.effects === undefined || expect === undefined) return answered
  const { effects: _, ...rest } = answered
  return rest
}

function printCase(
  output: Output,
  executor: LocalExecutor,
  { name, problems, usage, callId, written }: Ran,
  width: number,
): void {
  const passed = problems.length === 0
  const sign = passed ? output.style('green', '✓') : output.style('red', '✗')
  const notes = [usage ? output.style('dim', usageWords(usage)) : '', written ? output.style('yellow', 'written') : '']
  const line = `${sign} ${name.padEnd(width)}  ${notes.filter(Boolean).join('  ')}`.trimEnd()
  if (passed) {
    output.detail(line)
    return
  }
  output.print([line, ...problems.map((problem) => `    ${printable(problem)}`)].join('\n'))
  for (const log of callId === undefined ? [] : executor.logs(callId))
    output.print(printable(`    log ${log.level}: ${log.message}`))
}

function printSum(output: Output, ran: readonly Ran[]): void {
  const failed = ran.filter((one) => one.problems.length > 0).length
  const spent = ran.flatMap(({ usage }) => (usage ? [usage.fuel] : []))
  const fuel = spent.reduce((sum, one) => sum + one, 0)
  const parts = [`${ran.length - failed} passed`, ...(failed > 0 ? [output.style('red', `${failed} failed`)] : [])]
  output.detail(`\n${parts.join(', ')} · ${countWords(fuel)} fuel`)
  if (spent.length > 0) output.detail(output.style('dim', costWords(fuel / spent.length)))
}

async function writeJunit(world: World, file: string, { name }: Manifest, ran: readonly Ran[]): Promise<void> {
  const cases = ran.map((one) => ({ name: one.name, seconds: one.wallMs / 1000, problems: one.problems }))
  const path = resolve(world.cwd, file)
  await writeFile(path, junit(name, cases)).catch((error: Error) => {
    throw new CliError('usage', `--junit ${relative(world.cwd, path)} cannot be written`, { details: [error.message] })
  })
}

const caseData = ({ name, problems, usage, answered, written }: Ran) => ({
  ...{ name, passed: problems.length === 0, problems, answered, written: written ?? false },
  ...(usage ? { usage } : {}),
})
