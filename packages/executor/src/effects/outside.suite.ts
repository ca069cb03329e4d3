/** @module effects/outside.suite: a call's outside with real servers on loopback, for the tests of this folder. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import { createServer as createRawServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { EffectKinds, HttpErrorCode } from '../effect.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { type CallOutside, createEngines, createOutside, type EngineSettings, type OutsideEngines } from './index.ts'
import type { Grants, OutsideContext } from './state.ts'

export const NONE = new Uint8Array(0)
export const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'latin1'))
export const text = (content: Uint8Array): string => Buffer.from(content).toString('latin1')

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Engines that may reach loopback, and names under `.example` that all are 127.0.0.1. */
export async function engines(settings: Partial<EngineSettings> = {}): Promise<OutsideEngines> {
  const made = await createEngines({
    filesFolder: await temporaryFolder(),
    fileRetentionMs: 60_000,
    fileStoreBytes: 1e9,
    fileBytesPerTenant: 1e9,
    store: ':memory:',
    storeBytesPerPiece: 1e9,
    egressPrivate: ['127.0.0.0/8', '::1/128'],
    userAgent: 'ap-wasm/test',
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...settings,
  })
  onTestFinished(() => made.close())
  return made
}

export interface CallOptions extends Partial<Omit<OutsideContext, 'grants' | 'limits'>> {
  grants?: Partial<Grants>
  limits?: Partial<Limits>
}

export function call(using: OutsideEngines, options: CallOptions = {}): CallOutside {
  const { grants, limits, ...context } = options
  const outside = createOutside(
    {
      tenant: 'acme',
      piece: 'fixture',
      callId: 'call_1',
      encoding: 'json',
      auth: undefined,
      run: { projectId: 'default' },
      testing: false,
      startedAt: Date.now(),
      ...context,
      grants: { http: [], env: {}, store: [], files: [], run: [], ...grants },
      limits: { ...defaultLimits(), ...limits },
    },
    using,
  )
  onTestFinished(() => outside.close())
  return outside
}

type Listening = (HttpServer | Server) & { port: number }

async function listening(server: HttpServer | Server, host: string): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return Object.assign(server, { port: (server.address() as { port: number }).port })
}

export const httpServer = (listener: RequestListener, host = '127.0.0.1'): Promise<Listening> =>
  listening(createServer(listener), host)

/** A server that speaks for itself: it is handed each socket, and keeps what was sent to it. */
export async function rawServer(
  onRequest: (socket: Socket, received: string) => void,
  host = '127.0.0.1',
): Promise<Listening & { received: () => string; connections: () => number }> {
  let received = ''
  let connections = 0
  const server = createRawServer((socket) => {
    connections++
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      onRequest(socket, received)
    })
  })
  return Object.assign(await listening(server, host), { received: () => received, connections: () => connections })
}

/** A raw server that answers the first bytes of each connection with these, and then closes or stays. */
export const answering = (response: string | Uint8Array, then: 'close' | 'stay' = 'close') =>
  rawServer((socket) => {
    socket.removeAllListeners('data')
    if (then === 'close') socket.end(response)
    else socket.write(response)
  })

export interface RequestOptions extends Partial<Omit<EffectKinds['http.request']['ask'], 'exchange' | 'headers'>> {
  headers?: Record<string, string> | [string, string][]
  content?: Uint8Array
}

const exchanges = new WeakMap<CallOutside, number>()

/** Sends a request and answers with its number, so that its body and its response can be asked for. */
export function send(outside: CallOutside, url: string, options: RequestOptions = {}) {
  const exchange = (exchanges.get(outside) ?? 0) + 1
  exchanges.set(outside, exchange)
  const [, scheme, authority, pathWithQuery] = /^([^:]*):\/\/([^/?]*)(.*)$/s.exec(url)!
  const { headers = {}, content = NONE, ...ask } = options
  const head = outside.ask({
    kind: 'http.request',
    bytes: content,
    ask: {
      exchange,
      method: 'GET',
      scheme: scheme!,
      authority: authority!,
      pathWithQuery: pathWithQuery!,
      headers: Array.isArray(headers) ? headers : Object.entries(headers),
      body: content.length > 0 ? 'whole' : 'none',
      ...ask,
    },
  })
  return { exchange, head }
}

export const read = (outside: CallOutside, exchange: number, max = 1 << 20) =>
  outside.ask({ kind: 'http.read', ask: { exchange, max }, bytes: NONE })

export type Outcome =
  | { status: number; headers: Record<string, string>; body: string }
  | { error: HttpErrorCode; status?: number; body?: string }

/** The whole exchange; what was read before a failure is kept beside its error. */
export async function request(outside: CallOutside, url: string, options: RequestOptions = {}): Promise<Outcome> {
  const { exchange, head } = send(outside, url, options)
  const { answer, bytes: first } = await head
  if ('error' in answer) return answer
  const parts = [first]
  for (let end = answer.end; !end; ) {
    const part = await read(outside, exchange)
    const body = () => text(Buffer.concat(parts))
    if ('error' in part.answer) return { error: part.answer.error, status: answer.status, body: body() }
    parts.push(part.bytes)
    end = part.answer.end
  }
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: text(Buffer.concat(parts)) }
}
