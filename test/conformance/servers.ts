/** @module servers: what the pieces talk to: three origins of the same real server, one of them in no grant, and a port that refuses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'

export interface Seen {
  /** The server's name. */
  at: string
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

export interface Servers {
  /** By name: `a` and `b` are granted, `stranger` is not, `closed` (granted) is an origin where nobody listens. */
  origins: Record<'a' | 'b' | 'stranger' | 'closed', string>
  /** Since the last call of this. */
  seen(): Seen[]
  close(): Promise<void>
}

type Route = (response: ServerResponse, request: Seen, argument: string, query: URLSearchParams) => void
const text = { 'content-type': 'text/plain; charset=utf-8' }

const meetings = new Map<string, ServerResponse[]>()

const ROUTES: Record<string, Route> = {
  echo: (response, request) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...request, at: undefined })),
  /** Any status; `after` is its Retry-After, `body` or so many `x` its body. */
  status: (response, _request, status, query) => {
    const after = query.get('after')
    response
      .writeHead(Number(status), { ...text, ...(after !== null && { 'retry-after': after }) })
      .end(query.get('body') ?? 'x'.repeat(Number(query.get('chars') ?? 0)))
  },
  to: (response, _request, status, query) =>
    response.writeHead(Number(status), { location: query.get('location') ?? '/echo' }).end('elsewhere'),
  round: (response) => response.writeHead(302, { location: '/round' }).end(),
  /** `<n>`: n redirects, then an answer. */
  hops: (response, _request, left) =>
    Number(left) > 0
      ? response.writeHead(302, { location: `/hops/${Number(left) - 1}` }).end()
      : response.writeHead(200, text).end('arrived'),
  bytes: (response, _request, count) => response.writeHead(200, text).end('x'.repeat(Number(count))),
  zip: (response) => response.writeHead(200, { ...text, 'content-encoding': 'gzip' }).end(gzipSync('unzipped ä')),
  /** A character of four bytes that arrives in four parts. */
  parts: (response) => {
    response.writeHead(200, text)
    const bytes = [...Buffer.from('😀')]
    const next = () => {
      const byte = bytes.shift()
      if (byte === undefined) response.end()
      else response.write(Buffer.from([byte]), () => setImmediate(next))
    }
    next()
  },
  never: () => {},
  /** A head and a part of the body, then the connection is gone. */
  torn: (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setTimeout(() => response.destroy(), 20)
  },
  drop: (response) => response.destroy(),
  /** `<n>`: answers nobody until n requests are here. */
  meet: (response, request, count) => {
    const there = [...(meetings.get(count) ?? []), response]
    meetings.set(count, there)
    response.writeHead(200, text)
    response.write(request.path)
    if (there.length < Number(count)) return
    meetings.delete(count)
    for (const one of there) one.end()
  },
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function startServers(): Promise<Servers> {
  let seen: Seen[] = []
  const servers = ['a', 'b', 'stranger', 'closed'].map((at) =>
    createServer(async (request, response) => {
      const path = request.url ?? '/'
      const body = (await buffer(request)).toString('utf8')
      const one = { at, method: request.method ?? '', path, headers: headersOf(request), body }
      seen.push(one)
      const url = new URL(path, 'http://here')
      const [, route = '', argument = ''] = url.pathname.split('/')
      const answer = ROUTES[route]
      if (answer) answer(response, one, argument, url.searchParams)
      else response.writeHead(404, text).end('no such route')
    }),
  )
  const [a = '', b = '', stranger = '', closed = ''] = await Promise.all(servers.map(listen))
  servers.pop()!.close()
  return {
    origins: { a, b, stranger, closed },
    seen() {
      const before = seen
      seen = []
      return before
    },
    async close() {
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}
