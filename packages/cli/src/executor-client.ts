/** @module executor-client: the HTTP API of an executor as commands use it; its problem answers become CliErrors. */
import { CliError, type World } from './world.ts'

export interface Problem {
  code: string
  title: string
  status: number
  detail: string
  fault: 'caller' | 'piece' | 'host'
  remedy: string
  retry: boolean
  reasons?: string[]
  violations?: { path: string; message: string }[]
  callId?: string
}

export interface Reply<T> {
  status: number
  body: T
}

/** Above the longest wall-clock limit that a call may have. */
const TIMEOUT_MS = 660_000

export class ExecutorClient {
  readonly url: URL
  readonly #key: string | undefined
  readonly #world: World

  constructor(world: World, url: string, key: string | undefined) {
    const parsed = URL.parse(url)
    if (!parsed || !/^https?:$/.test(parsed.protocol))
      throw new CliError('usage', `"${url}" is no address of an executor`, {
        remedy: 'for example --to http://127.0.0.1:7780',
      })
    this.url = parsed
    this.#key = key
    this.#world = world
  }

  /** A path below the executor's address; the name of a piece keeps its slash. */
  async send(method: string, path: string, body?: Uint8Array | object): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (this.#key) headers.authorization = `Bearer ${this.#key}`
    if (body) headers['content-type'] = body instanceof Uint8Array ? 'application/wasm' : 'application/json'
    try {
      return await this.#world.fetch(new URL(path, this.url), {
        method,
        headers,
        body:
          body === undefined
            ? null
            : body instanceof Uint8Array
              ? (body as Uint8Array<ArrayBuffer>)
              : JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([this.#world.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
    } catch (error) {
      if (this.#world.signal.aborted) throw new CliError('failed', 'interrupted')
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
      throw new CliError('environment', `no executor answers at ${this.url.origin}`, {
        details: [cause?.code ?? cause?.message ?? (error as Error).message],
        remedy: 'start one with `ap-wasm serve`, or name another with --to',
        cause: error,
      })
    }
  }

  /** Throws the problem answer as an error; a 5xx of the host is the environment's, all else the piece's or the caller's. */
  async json<T>(method: string, path: string, body?: Uint8Array | object): Promise<Reply<T>> {
    const response = await this.send(method, path, body)
    if (response.ok) return { status: response.status, body: (await response.json()) as T }
    throw problemError(await readProblem(response))
  }
}

/** `flag` names the server, `kind` is what it should be. */
export async function readProblem(response: Response, kind = 'executor', flag = '--to'): Promise<Problem> {
  const text = await response.text()
  try {
    const value = JSON.parse(text) as Problem
    if (typeof value.code === 'string') return value
  } catch {
    // Something else answers at that address: its status is all there is to say.
  }
  throw new CliError('environment', `the server at ${new URL(response.url).origin} is no ap-wasm ${kind}`, {
    details: [`it answered ${response.status} ${response.statusText}`],
    remedy: `check the address that ${flag} names`,
  })
}

export function problemError(problem: Problem): CliError {
  const listed = problem.reasons ?? problem.violations?.map((v) => `${v.path}: ${v.message}`)
  return new CliError(
    problem.fault === 'host' ? 'environment' : 'failed',
    listed ? problem.title : `${problem.title}: ${problem.detail}`,
    {
      details: [...(listed ?? []), `${problem.code}${problem.callId ? ` · ${problem.callId}` : ''}`],
      remedy: problem.remedy,
      data: { ...problem },
    },
  )
}

/** The same of an error of the executor in this process. It is told by its shape: most commands never load its code. */
export async function pieceError(error: unknown): Promise<CliError | undefined> {
  const { name, code } = (error ?? {}) as Error & { code?: string }
  if (name !== 'PieceError' || code === undefined) return undefined
  const { ERRORS, PieceError } = await import('@ap-wasm/executor')
  if (!(error instanceof PieceError)) return undefined
  const { fault, retry, status, message, remedy, fields } = error as InstanceType<typeof PieceError>
  if (code === 'AP_SETTING_INVALID') return new CliError('usage', message, { remedy })
  const { title } = ERRORS[code as keyof typeof ERRORS]
  const { reasons, violations } = fields as Pick<Problem, 'reasons' | 'violations'>
  const lists = { ...(reasons ? { reasons } : {}), ...(violations ? { violations } : {}) }
  return problemError({ code, title, detail: message, fault, remedy, retry, status, ...lists })
}
