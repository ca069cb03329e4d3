/**
 * @module outside/echo: the servers that programs of others expect. One answers with what it was asked, as Wasmtime's tests
 * have it; the other stands for the public echo service of wstd's.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type { Effect, EffectKind, EffectKinds } from '../../packages/executor/src/effect.ts'

const PUBLIC = 'postman-echo.com'
/** How a request for the public service is told from others at our server. */
const PREFIX = `/${PUBLIC}`

export interface Echo {
  port: number
  /** A request for the public service, as one for ours; others unchanged. */
  redirected<K extends EffectKind>(effect: Effect<K>): Effect<K>
  close(): Promise<void>
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray())
  const path = request.url ?? ''
  if (!path.startsWith(PREFIX)) {
    const length = request.headers['content-length']
    response.writeHead(200, {
      'x-wasmtime-test-method': request.method ?? '',
      'x-wasmtime-test-uri': path,
      ...(length === undefined ? {} : { 'content-length': length }),
    })
    response.end(body)
    return
  }
  const seconds = /\/delay\/(\d+)$/.exec(path)?.[1]
  if (seconds !== undefined) await after(Number(seconds) * 1_000)
  const isJson = /json/.test(request.headers['content-type'] ?? '')
  const said = {
    url: `https://${path.slice(1)}`,
    headers: request.headers,
    ...(request.method === 'POST' ? { json: isJson ? JSON.parse(body.toString()) : null } : {}),
  }
  const text = JSON.stringify(said)
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

export async function startEcho(): Promise<Echo> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    redirected(effect) {
      if (effect.kind !== 'http.request') return effect
      const ask = effect.ask as EffectKinds['http.request']['ask']
      if (ask.authority !== PUBLIC) return effect
      const local = { scheme: 'http', authority: `localhost:${port}`, pathWithQuery: PREFIX + ask.pathWithQuery }
      return { ...effect, ask: { ...ask, ...local } as typeof effect.ask }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
