/**
 * @module dev/server: the page's server. It holds an author's connections, so it talks to this machine alone: it listens on
 * loopback, and a request must name it by a loopback name and come from its own page.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { CliError } from '../world.ts'
import { type PageState, page, styleSheet } from './page.ts'

export interface Session {
  readonly state: PageState
  /** What the page's script sends; the answer is JSON. */
  call(body: unknown): Promise<object>
  file(
    id: string,
    signature: string,
  ): Promise<{ filename: string; mediaType: string; content(): AsyncIterable<Uint8Array> }>
  /** `listen` is told what happens until what it returns is called. */
  listen(listen: (event: 'log' | 'state', data: object) => void): () => void
}

export interface DevServer {
  url: string
  close(): Promise<void>
}

/** A call's input, and a file in it as base64. */
const BODY_BYTES = 48 * 1024 ** 2
const PING_MS = 15_000

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** A page of elsewhere may know this address: it must get nothing, and start nothing. */
export function refusal(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  port: number,
): string | undefined {
  const url = URL.parse(`http://${headers.host ?? ''}`)
  if (!url || !LOOPBACK.test(url.hostname) || Number(url.port || 80) !== port)
    return `Host "${headers.host}" is not this server`
  if (headers.origin !== undefined && headers.origin !== url.origin)
    return `Origin "${headers.origin}" is not this server`
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'the request comes from another site'
  if (method === 'POST' && !/^application\/json\b/.test(headers['content-type'] ?? ''))
    return 'a POST sends application/json'
  return undefined
}

async function script(): Promise<string> {
  const isSource = import.meta.url.endsWith('.ts')
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL(isSource ? './browser.ts' : './browser.js', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: isSource ? ['@ap-wasm/source'] : [],
    logLevel: 'error',
  })
  return bundled.outputFiles[0]!.text
}

export async function startDevServer(session: Session, port: number): Promise<DevServer> {
  let own = port
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const reason = refusal(request, own)
    if (reason !== undefined) return void send(response, 403, 'text/plain', reason)
    answer(session, request, response, streams).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else send(response, 500, 'text/plain', error instanceof Error ? error.message : String(error))
    })
  })
  own = await listening(server, port)
  const ping = setInterval(() => {
    for (const stream of streams) stream.write(': here\n\n')
  }, PING_MS).unref()
  return {
    url: `http://127.0.0.1:${own}`,
    close: async () => {
      clearInterval(ping)
      for (const stream of streams) stream.end()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CliError('environment', `port ${port} cannot be listened on`, {
          details: [String(error.code)],
          remedy: 'name another: --port 7790; 0 takes a free one',
        }),
      ),
    )
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

async function answer(
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
  streams: Set<ServerResponse>,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const route = `${request.method} ${url.pathname}`
  if (route === 'GET /') return send(response, 200, 'text/html', page(session.state))
  if (route === 'GET /style.css') return send(response, 200, 'text/css', styleSheet)
  if (route === 'GET /script.js') return send(response, 200, 'text/javascript', await script())
  if (route === 'GET /icon') return sendIcon(response, session.state.manifest?.icon)
  if (route === 'GET /events') return stream(session, response, streams)
  if (route === 'POST /call') return sendJson(response, await session.call(await body(request)))
  const file = /^\/v1\/files\/([\w-]+)$/.exec(url.pathname)?.[1]
  if (request.method === 'GET' && file !== undefined)
    return sendFile(session, response, file, url.searchParams.get('sig') ?? '')
  send(response, 404, 'text/plain', 'there is nothing here')
}

async function body(request: IncomingMessage): Promise<unknown> {
  const length = Number(request.headers['content-length'])
  if (!(length <= BODY_BYTES)) throw new Error(`the input is larger than ${BODY_BYTES} bytes`)
  return JSON.parse((await buffer(request)).toString('utf8'))
}

function send(response: ServerResponse, status: number, type: string, text: string | Uint8Array): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type })
  response.end(text)
}

const sendJson = (response: ServerResponse, value: object): void =>
  send(response, 200, 'application/json', JSON.stringify(value))

function sendIcon(response: ServerResponse, icon: string | undefined): void {
  if (icon === undefined) response.writeHead(204, HEADERS).end()
  else send(response, 200, 'image/png', Uint8Array.fromBase64(icon))
}

function stream(session: Session, response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
  const stop = session.listen((event, data) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  })
  streams.add(response)
  response.write(`retry: 1000\n\n`)
  response.on('close', () => {
    stop()
    streams.delete(response)
  })
}

async function sendFile(session: Session, response: ServerResponse, id: string, signature: string): Promise<void> {
  const { filename, mediaType, content } = await session.file(id, signature)
  response.writeHead(200, {
    ...HEADERS,
    'content-type': mediaType,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
  })
  for await (const part of content()) response.write(part)
  response.end()
}
