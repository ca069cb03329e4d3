/** @module registry-client: the HTTP API of a registry as commands use it; its problem answers become CliErrors. */
import { problemError, readProblem } from './executor-client.ts'
import { CliError, type World } from './world.ts'

export interface RegistryRequest {
  method?: string
  body?: Uint8Array | object
  headers?: Record<string, string>
}

const TIMEOUT_MS = 300_000
const REDIRECTS = 2

export class RegistryClient {
  readonly url: URL
  readonly #token: string | undefined
  readonly #world: World

  constructor(world: World, url: string, token?: string) {
    const parsed = URL.parse(url)
    if (!parsed || !/^https?:$/.test(parsed.protocol))
      throw new CliError('usage', `"${url}" is no address of a registry`, {
        remedy: 'for example --registry https://pieces.example.com',
      })
    this.url = parsed
    this.#token = token
    this.#world = world
  }

  /** Follows what leads elsewhere on the same registry, as ranges do. */
  async send(path: string, { method = 'GET', body, headers = {} }: RegistryRequest = {}): Promise<Response> {
    let url = new URL(path, this.url)
    for (let i = 0; ; i++) {
      const response = await this.#fetch(url, method, body, headers)
      const location = response.headers.get('location')
      if (response.status < 300 || response.status >= 400 || location === null) return response
      url = new URL(location, url)
      if (url.origin !== this.url.origin || i === REDIRECTS)
        throw new CliError('environment', `the registry at ${this.url.origin} leads to ${url.origin}`, {
          remedy: 'name that one with --registry, if you trust it',
        })
    }
  }

  async json<T>(path: string, request: RegistryRequest = {}): Promise<T> {
    const response = await this.send(path, request)
    if (response.ok) return (await response.json()) as T
    throw problemError(await readProblem(response, 'registry', '--registry'))
  }

  async #fetch(
    url: URL,
    method: string,
    body: Uint8Array | object | undefined,
    more: Record<string, string>,
  ): Promise<Response> {
    const isBytes = body instanceof Uint8Array
    const headers: Record<string, string> = { accept: 'application/json', ...more }
    if (this.#token) headers.authorization = `Bearer ${this.#token}`
    if (body) headers['content-type'] = isBytes ? 'application/wasm' : 'application/json'
    try {
      return await this.#world.fetch(url, {
        ...{ method, headers, redirect: 'manual' },
        body: body === undefined ? null : isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
        signal: AbortSignal.any([this.#world.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
    } catch (error) {
      if (this.#world.signal.aborted) throw new CliError('failed', 'interrupted')
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
      throw new CliError('environment', `no registry answers at ${this.url.origin}`, {
        details: [cause?.code ?? cause?.message ?? (error as Error).message],
        remedy: 'name another with --registry, or set AP_WASM_REGISTRY',
        cause: error,
      })
    }
  }
}
