/** @module replaying: `ap-wasm replay`: a record against two builds, the one that made it and the one in this folder. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  type CallRecord,
  type CallResult,
  compare,
  countWords,
  type Difference,
  decodeJson,
  differenceLines,
  digestOf,
  encodeJson,
  readManifest,
} from '@ap-wasm/executor'
import { currentArtifact } from './artifact.ts'
import { outcomeWords } from './case-run.ts'
import { type CommandContext, text } from './command.ts'
import { downloadArtifact } from './download.ts'
import { ExecutorClient } from './executor-client.ts'
import { LocalExecutor } from './local-executor.ts'
import { type Output, printable } from './output.ts'
import { readProject } from './project.ts'
import { logText } from './single-run.ts'
import { readGiven } from './values.ts'
import { CliError } from './world.ts'

interface Source {
  record: CallRecord
  /** The artifact that made it, where it is at hand. */
  artifact: Uint8Array | undefined
  /** How the call ended, where the ledger tells. */
  ended?: string
}

const CALL_ID = /^call_[0-9a-hjkmnp-tv-z]{26}$/

export async function replayCall(context: CommandContext): Promise<void> {
  const { world, output, args } = context
  const project = await readProject(world.cwd)
  const { record, artifact, ended } = await sourceOf(context, args[0]!)
  if (record.call.piece !== project.piece.name)
    throw new CliError('usage', `that call was one of ${record.call.piece}; this folder is ${project.piece.name}`, {
      remedy: `change to the folder of ${record.call.piece}`,
    })
  const save = text(context, 'save')
  if (save !== undefined) await writeFile(resolve(world.cwd, save), `${JSON.stringify(record, null, 2)}\n`)

  const executor = await LocalExecutor.open(world)
  try {
    const bytes = await currentArtifact(world, output, project, executor)
    const then = artifact === undefined ? undefined : await replayed(executor.as('then'), artifact, record)
    const now = await replayed(executor.as('now'), bytes, record)
    if (then && ended !== undefined && endOf(then) !== ended)
      output.warn(
        `the call ended with ${ended}, and its replay in the same bytes with ${endOf(then)}: a secret that the record names only may be the reason`,
      )
    for (const line of executor.as('now').logs(now.callId)) output.note(logText(output, line))
    report(output, record, then, now, artifact !== undefined && digestOf(artifact) === digestOf(bytes))
  } finally {
    await executor.close()
  }
}

async function replayed(executor: LocalExecutor, artifact: Uint8Array, record: CallRecord): Promise<CallResult> {
  await executor.add(artifact)
  return executor.replay(record, readManifest(artifact).version)
}

async function sourceOf(context: CommandContext, call: string): Promise<Source> {
  const { world } = context
  const against = text(context, 'against')
  const given = against === undefined ? undefined : await readGiven(world, against, '--against')
  if (!CALL_ID.test(call))
    return { record: recordIn(call, await readGiven(world, call, 'the argument')), artifact: given }
  const client = new ExecutorClient(world, text(context, 'to')!, text(context, 'key'))
  const { body } = await client.json<{ record?: CallRecord; state: string; code?: string }>('GET', `/v1/calls/${call}`)
  if (!body.record)
    throw new CliError('failed', `the executor keeps no record of ${call}`, {
      remedy: 'start it with AP_WASM_RECORD=errors, or all, and make the call again',
    })
  const { piece, version } = body.record.call
  const ended = [body.state, body.code].filter(Boolean).join(' ')
  return { record: body.record, artifact: given ?? (await downloadArtifact(client, piece, version)), ended }
}

/** As the ledger says it: `ok`, `failure not_found`, `error AP_TRAPPED`. */
function endOf(result: CallResult): string {
  if (result.ok) return 'ok'
  return 'failure' in result ? `failure ${result.failure.code}` : `error ${result.error.code}`
}

/** A record, or an answer of `GET /v1/calls/{id}` that holds one. */
function recordIn(file: string, bytes: Uint8Array): CallRecord {
  const invalid = (reason: string): CliError =>
    new CliError('usage', `${file} holds no record of a call`, {
      details: [reason],
      remedy: 'ap-wasm replay <call> --save <file> writes one',
    })
  let value: { record?: unknown; format?: unknown } | null
  try {
    value = decodeJson(bytes) as typeof value
  } catch (error) {
    throw invalid((error as Error).message)
  }
  const record = (value?.record ?? value) as CallRecord | null
  if (record?.format !== 1) throw invalid('its "format" is not 1')
  return record
}

const plain = (value: unknown): unknown => JSON.parse(new TextDecoder().decode(encodeJson(value ?? null)))

/** What a caller sees of it, but for what differs in each run. */
function outcomeOf(result: CallResult): Record<string, unknown> {
  if (result.ok) {
    const { files, ...effects } = result.effects
    const written = files.map(({ filename, mediaType, size }) => ({ filename, mediaType, size }))
    return plain({ output: result.output ?? null, effects: { ...effects, files: written } }) as Record<string, unknown>
  }
  return plain(
    'failure' in result
      ? { failure: result.failure }
      : { error: { code: result.error.code, detail: result.error.detail } },
  ) as Record<string, unknown>
}

function report(
  output: Output,
  { call }: CallRecord,
  then: CallResult | undefined,
  now: CallResult,
  same: boolean,
): void {
  const differences: Difference[] = then
    ? Object.keys({ ...outcomeOf(then), ...outcomeOf(now) }).flatMap((key) =>
        compare(key, outcomeOf(then)[key], outcomeOf(now)[key]),
      )
    : []
  const fuel = now.usage.fuel
  const before = then?.usage.fuel
  output.print(
    `${call.piece} ${call.version} ${call.kind} ${call.name} → ${now.version} here${same ? ', the same bytes' : ''}`,
  )
  output.print(`  outcome  ${printable(outcomeWords(now))}`)
  output.print(`  fuel     ${before === undefined ? countWords(fuel) : fuelWords(before, fuel)}`)
  const data = {
    call,
    now: { ...outcomeOf(now), fuel },
    ...(then ? { before: { ...outcomeOf(then), fuel: before } } : {}),
    differences,
  }
  if (differences.length > 0)
    throw new CliError('failed', 'the outcome differs: - then, + now', {
      details: differenceLines(differences).map(printable),
      data,
    })
  if ('error' in now) throw new CliError('failed', now.error.detail, { details: [now.error.code], data })
  output.print(then ? '  the same outcome' : `\n${printable(JSON.stringify(outcomeOf(now), null, 2))}`)
  output.data({ ok: true, ...data })
}

function fuelWords(before: number, after: number): string {
  if (before === after) return `${countWords(after)}, as then`
  const percent = ((after - before) / before) * 100
  return `${countWords(before)} → ${countWords(after)} (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`
}
