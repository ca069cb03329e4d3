/** @module dev/session: `ap-wasm dev`: the piece as it is in the folder, built again after each change, and called from a page. */
import {
  type Call,
  createOutside,
  createRedactor,
  type Manifest,
  type OutsideEngines,
  PieceError,
  readManifest,
  TRIGGER_HOOKS,
  type TriggerHook,
  usageWords,
} from '@ap-wasm/executor'
import { refusalHtml, resolvedHtml } from '@ap-wasm/executor/forms'
import { buildArtifact, writeArtifact } from '../artifact.ts'
import { type CommandContext, text, texts } from '../command.ts'
import { pieceError } from '../executor-client.ts'
import { withLiveLog } from '../live-log.ts'
import { LocalExecutor } from '../local-executor.ts'
import { type Output, printable } from '../output.ts'
import { readProject } from '../project.ts'
import { logText } from '../single-run.ts'
import { variables } from '../values.ts'
import { changes } from '../watch.ts'
import { CliError, type World } from '../world.ts'
import { type PageState, resultHtml, stateWords } from './page.ts'
import { type Session, startDevServer } from './server.ts'

type Listener = Parameters<Session['listen']>[0]

export async function dev(context: CommandContext): Promise<void> {
  const { world, output } = context
  const port = Number(text(context, 'port'))
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CliError('usage', '--port is a number up to 65535')
  await readProject(world.cwd)
  const env = await variables(world, texts(context, 'env'), text(context, 'envFile'))
  const executor = await LocalExecutor.open(world)
  try {
    const session = new DevSession(world, output, executor, env)
    const server = await startDevServer(session, port)
    output.print(`${server.url}`)
    output.note('builds again after each change; Ctrl-C ends')
    output.data({ ok: true, url: server.url })
    try {
      await session.build()
      for await (const file of changes(world.cwd, world.signal)) {
        output.note(output.style('dim', `${file} changed`))
        await session.build()
      }
    } finally {
      await server.close()
    }
  } finally {
    await executor.close()
  }
}

class DevSession implements Session {
  readonly #world: World
  readonly #output: Output
  readonly #executor: LocalExecutor
  readonly #env: Record<string, string>
  readonly #listeners = new Set<Listener>()
  #current: { manifest: Manifest; executor: LocalExecutor } | undefined
  #problem: PageState['problem']
  #building = false
  #builtAt: Date | undefined
  #builds = 0

  constructor(world: World, output: Output, executor: LocalExecutor, env: Record<string, string>) {
    this.#world = world
    this.#output = output
    this.#executor = executor
    this.#env = env
  }

  get state(): PageState {
    return {
      folder: this.#world.cwd,
      manifest: this.#current?.manifest,
      problem: this.#problem,
      building: this.#building,
      builtAt: this.#builtAt,
    }
  }

  /** What fails is shown, and the build before goes on being called. */
  async build(): Promise<void> {
    this.#building = true
    this.#tell('state', stateWords(this.state))
    try {
      const project = await readProject(this.#world.cwd)
      const built = await buildArtifact(this.#world, this.#output, project, this.#executor)
      const executor = this.#executor.as(`build-${++this.#builds}`)
      await executor.grantAll(await executor.add(built.bytes), this.#env)
      await writeArtifact(project.artifact, built.bytes)
      this.#current = { manifest: readManifest(built.bytes), executor }
      this.#problem = undefined
      this.#builtAt = new Date()
      for (const warning of built.warnings) this.#output.warn(warning)
      this.#output.note(
        `built ${project.piece.name} ${project.piece.version} in ${(built.builtMs / 1000).toFixed(1)} s`,
      )
    } catch (error) {
      if (this.#world.signal.aborted) return
      const known = error instanceof CliError ? error : await pieceError(error)
      if (!known) throw error
      this.#problem = { message: known.message, lines: known.details }
      this.#output.note(printable([`error: ${known.message}`, ...known.details.map((line) => `  ${line}`)].join('\n')))
    } finally {
      this.#building = false
      this.#tell('state', stateWords(this.state))
    }
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  file(id: string, signature: string) {
    return this.#executor.file(id, signature)
  }

  async call(body: unknown): Promise<object> {
    if (!this.#current) return { ok: false, html: refusalHtml('there is no build that runs yet').text }
    const { manifest, executor } = this.#current
    const { target, ...call } = callOf(body, manifest)
    const redactor = createRedactor(call.input.auth, this.#env, (path) => path === 'auth.type')
    try {
      const result = await executor.call(call, {
        outside: (about, engines) =>
          withLiveLog(createOutside(about, { ...engines, store: lasting(engines.store) }), (line) => {
            const shown = { ...line, message: redactor.text(line.message) }
            this.#output.note(logText(this.#output, shown))
            this.#tell('log', shown)
          }),
      })
      this.#output.note(this.#output.style('dim', `${call.kind} ${call.name}  ${usageWords(result.usage)}`))
      // Controls need what the piece offers as it is; what is shown needs no secrets.
      const output = result.ok ? result.output : undefined
      return {
        ok: result.ok,
        html: resultHtml(redactor.value(result)),
        output,
        fields: resolvedHtml(output, target, call.name)?.text,
      }
    } catch (error) {
      const known = error instanceof PieceError ? await pieceError(error) : undefined
      if (!known) throw error
      return { ok: false, html: refusalHtml(known.message, known.details).text }
    }
  }

  #tell: Listener = (event, data) => {
    for (const listener of this.#listeners) listener(event, data)
  }
}

/** State outlives a build, as it outlives a release where the piece is deployed. */
function lasting(store: OutsideEngines['store']): OutsideEngines['store'] {
  const own = <P extends { tenant: string }>(place: P): P => ({ ...place, tenant: 'dev' })
  return {
    get: (place, key) => store.get(own(place), key),
    put: (place, key, value) => store.put(own(place), key, value),
    delete: (place, key) => store.delete(own(place), key),
    keys: (place, prefix, after, limit) => store.keys(own(place), prefix, after, limit),
    close: () => store.close(),
  }
}

function callOf(
  body: unknown,
  { name: piece, version }: Manifest,
): Omit<Call, 'tenant'> & { target: string | undefined } {
  const { kind, name, hook, target, input = {} } = (body ?? {}) as Record<string, unknown>
  if ((kind !== 'action' && kind !== 'trigger' && kind !== 'resolve') || typeof name !== 'string')
    throw new Error('the page sent no call')
  const { props, auth, payload } = input as Record<string, unknown>
  const given = Object.entries({ props, auth, payload }).filter(([, value]) => value !== undefined && value !== null)
  const known = (TRIGGER_HOOKS as readonly unknown[]).includes(hook)
  return {
    ...{ piece, version, kind, name, target: typeof target === 'string' ? target : undefined },
    ...(kind === 'trigger' && known ? { hook: hook as TriggerHook } : {}),
    input: {
      ...Object.fromEntries(given),
      ...(kind === 'resolve' ? {} : { run: { projectId: 'local', flowId: 'local', testing: true } }),
    },
  }
}
