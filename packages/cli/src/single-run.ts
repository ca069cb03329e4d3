/** @module single-run: `ap-wasm run`: one call from the shell, with the real outside and this machine's own addresses. */
import {
  byteWords,
  type Call,
  type CallResult,
  createOutside,
  createRedactor,
  ERRORS,
  encodeJson,
  type LogLine,
  type Manifest,
  readManifest,
  TRIGGER_HOOKS,
  type TriggerHook,
  usageWords,
} from '@ap-wasm/executor'
import { currentArtifact } from './artifact.ts'
import { type CommandContext, text, texts } from './command.ts'
import { withLiveLog } from './live-log.ts'
import { LocalExecutor } from './local-executor.ts'
import { type Output, printable } from './output.ts'
import { readProject } from './project.ts'
import { jsonObject, jsonValue, variables } from './values.ts'
import { CliError } from './world.ts'

export async function runOnce(context: CommandContext): Promise<void> {
  const { world, output } = context
  const project = await readProject(world.cwd)
  const target = targetOf(context)
  const input = await inputOf(context)
  const env = await variables(world, texts(context, 'env'), text(context, 'envFile'))
  const executor = await LocalExecutor.open(world)
  try {
    const artifact = await currentArtifact(world, output, project, executor)
    const manifest = readManifest(artifact)
    const called = target ?? suggest(manifest)
    await executor.grantAll(await executor.add(artifact), env)
    const redactor = createRedactor(input.auth, env, (path) => path === 'auth.type')
    const logs: LogLine[] = []
    const result = await executor.call(
      {
        piece: manifest.name,
        version: manifest.version,
        ...called,
        input: withRun(called, input),
        signal: world.signal,
      },
      {
        outside: (about, engines) =>
          withLiveLog(createOutside(about, engines), (line) => {
            const shown = { ...line, message: redactor.text(line.message) }
            logs.push(shown)
            output.note(logText(output, shown))
          }),
      },
    )
    report(output, redactor.value(result), logs)
  } finally {
    await executor.close()
  }
}

type Target = Pick<Call, 'kind' | 'name' | 'hook'>

function targetOf(context: CommandContext): Target | undefined {
  const [action] = context.args
  const trigger = text(context, 'trigger')
  const path = text(context, 'resolve')
  const hook = text(context, 'hook')
  const named = [action, trigger, path].filter((one) => one !== undefined)
  if (named.length > 1) throw new CliError('usage', 'name one of an action, --trigger and --resolve')
  if (trigger === undefined && hook !== undefined) throw new CliError('usage', '--hook belongs to --trigger <name>')
  if (path !== undefined) return { kind: 'resolve', name: path }
  if (trigger === undefined) return action === undefined ? undefined : { kind: 'action', name: action }
  if (!(TRIGGER_HOOKS as readonly (string | undefined)[]).includes(hook))
    throw new CliError('usage', hook === undefined ? '--trigger needs --hook' : `"${hook}" is no hook of a trigger`, {
      remedy: `--hook is one of: ${TRIGGER_HOOKS.join(', ')}`,
    })
  return { kind: 'trigger', name: trigger, hook: hook as TriggerHook }
}

function suggest({ description }: Manifest): never {
  throw new CliError('usage', 'nothing to run was named', {
    details: [
      `actions: ${Object.keys(description.actions).join(', ') || 'none'}`,
      `triggers: ${Object.keys(description.triggers).join(', ') || 'none'}`,
    ],
    remedy: 'ap-wasm run <action>, or ap-wasm run --trigger <name> --hook test',
  })
}

async function inputOf(context: CommandContext): Promise<Call['input']> {
  const { world } = context
  const stdins = ['props', 'auth', 'payload'].filter((name) => context.options[name] === '-')
  if (stdins.length > 1)
    throw new CliError('usage', `only one of ${stdins.map((one) => `--${one}`).join(', ')} can read stdin`)
  const value = async (name: string): Promise<unknown> => {
    const given = text(context, name)
    return given === undefined ? undefined : jsonValue(world, given, `--${name}`)
  }
  const search = text(context, 'search')
  const [auth, payload] = [await value('auth'), await value('payload')]
  return {
    props: await jsonObject(world, text(context, 'props'), '--props'),
    ...(auth === undefined ? {} : { auth }),
    ...(payload === undefined ? {} : { payload }),
    ...(search === undefined ? {} : { searchValue: search }),
  }
}

/** Some paths take no properties, and none takes a run. */
function withRun({ kind }: Target, { props, ...input }: Call['input']): Call['input'] {
  if (kind === 'resolve') return Object.keys(props ?? {}).length === 0 ? input : { ...input, props: props! }
  return { ...input, props: props!, run: { projectId: 'local', flowId: 'local', testing: true } }
}

const STYLES = { warn: 'yellow', error: 'red', critical: 'red' } as const

export function logText(output: Output, { level, message }: LogLine): string {
  const style = STYLES[level as keyof typeof STYLES] ?? 'dim'
  return `${output.style(style, level.padEnd(8))} ${printable(message)}`
}

const pretty = (value: unknown): string =>
  JSON.stringify(JSON.parse(new TextDecoder().decode(encodeJson(value))), null, 2)

function report(output: Output, result: CallResult, logs: readonly LogLine[]): void {
  const plain = JSON.parse(new TextDecoder().decode(encodeJson({ ...result, logs }))) as Record<string, unknown>
  output.note(output.style('dim', usageWords(result.usage)))
  if (result.ok) {
    output.print(printable(pretty(result.output ?? null)))
    const { files, ...asked } = result.effects
    if (Object.keys(asked).length > 0) output.note(`asked of its run: ${pretty(asked)}`)
    for (const { filename, mediaType, size } of files)
      output.note(`wrote ${filename}  ${mediaType}  ${byteWords(size)}`)
    output.data(plain)
    return
  }
  if ('failure' in result) {
    const { code, message, retryAfterMs, detail } = result.failure
    throw new CliError('failed', `the piece answers with the failure ${code}: ${message}`, {
      details: [
        ...(retryAfterMs === undefined ? [] : [`it asks to wait ${retryAfterMs} ms`]),
        ...(detail === undefined ? [] : pretty(detail).split('\n')),
      ],
      data: plain,
    })
  }
  const { code, detail } = result.error
  throw new CliError(result.error.fault === 'host' ? 'environment' : 'failed', detail, {
    details: [code],
    remedy: ERRORS[code].remedy,
    data: plain,
  })
}
