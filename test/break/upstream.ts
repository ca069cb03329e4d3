/** @module upstream: an HTTP server under the test's control: it counts what reaches it, holds it back, and lies. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface Heard {
  method: string
  path: string
  /** Who asked, where the body is the input of a call. */
  callId: string | undefined
  body: string
}

export interface Upstream {
  /** `127.0.0.1:<port>` */
  host: string
  /** Requests that came in whole. */
  heard: Heard[]
  /** Requests that are held. */
  readonly held: number
  /** The most that were held at once. */
  readonly heldAtMost: number
  /** Requests that were held until their client closed the connection. */
  readonly abandoned: number
  /** Answers what is held, and from now on whatever comes. */
  release(): void
  /** Holds again. */
  hold(): void
  /** Answers held requests when so many are there. */
  holdFor(count: number): void
  /** Hears of each request when it is whole. */
  onHeard: (heard: Heard) => void
  close(): Promise<void>
}

/** 64 MiB of nothing. */
const GZIP_BOMB = gzipSync(Buffer.alloc(64 << 20))
const FOREVER_PART = Buffer.alloc(16 * 1024, 'x')

/** What a path does; others are answered at once. */
const MANNERS: Readonly<Record<string, (response: ServerResponse, argument: string) => void>> = {
  '/bytes': (response, count) => void response.end(Buffer.alloc(Number(count), 'x')),
  '/never': () => {},
  '/head': (response) => void response.writeHead(200).write('x'),
  '/reset': (response) => void (response.socket as Socket).resetAndDestroy(),
  '/reset-late': (response) => {
    response.writeHead(200)
    response.write('x', () => (response.socket as Socket).resetAndDestroy())
  },
  '/close': (response) => void response.socket?.end(),
  '/short': (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx')
  },
  '/long': (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxxxxxxxx')
  },
  '/garbage': (response) => {
    response.socket?.end('\u0000\u0001 this is no HTTP\r\n\r\n')
  },
  '/coding': (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nno gz')
  },
  '/two-lengths': (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx')
  },
  '/bomb': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(GZIP_BOMB)
  },
  '/endless': (response) => {
    response.writeHead(200)
    const more = (): void => {
      while (!response.destroyed && response.write(FOREVER_PART));
    }
    response.on('drain', more)
    more()
  },
  '/drip': (response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  },
}

export async function startUpstream(): Promise<Upstream> {
  const waiting = new Set<ServerResponse>()
  let open = true
  let batch = Number.POSITIVE_INFINITY
  let heldAtMost = 0
  let abandoned = 0

  const answerAll = (): void => {
    const all = [...waiting]
    waiting.clear()
    for (const response of all) response.end('ok')
  }
  const hold = (response: ServerResponse): void => {
    if (open) return void response.end('ok')
    waiting.add(response)
    heldAtMost = Math.max(heldAtMost, waiting.size)
    if (waiting.size >= batch) answerAll()
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    response.on('close', () => {
      if (waiting.delete(response)) abandoned++
    })
    let body = ''
    try {
      for await (const part of request) body += part
    } catch {
      return
    }
    const heard = { method: request.method ?? '', path: request.url ?? '', callId: callIdOf(body), body }
    upstream.heard.push(heard)
    upstream.onHeard(heard)
    const [, manner = '', argument = ''] = /^(\/[^/]*)(?:\/(.*))?$/.exec(heard.path) ?? []
    if (manner === '/hold') hold(response)
    else if (Object.hasOwn(MANNERS, manner)) MANNERS[manner]?.(response, argument)
    else response.end('ok')
  }

  const server = createServer((request, response) => void take(request, response))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
  const upstream: Upstream = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: [],
    get held() {
      return waiting.size
    },
    get heldAtMost() {
      return heldAtMost
    },
    get abandoned() {
      return abandoned
    },
    release() {
      open = true
      answerAll()
    },
    hold() {
      open = false
      batch = Number.POSITIVE_INFINITY
      heldAtMost = 0
    },
    holdFor(count) {
      upstream.hold()
      batch = count
    },
    onHeard: () => {},
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return upstream
}

function callIdOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { run?: { id?: string } }).run?.id
  } catch {
    return undefined
  }
}
