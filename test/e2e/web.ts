/** @module web: a small web on a loopback port, that answers as real servers do: its pages are a table of paths. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

const CODINGS = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }

/** What stands at a path. */
export interface Site {
  status?: number
  headers?: Record<string, string>
  /** A file of the folder, or a text. */
  file?: string
  body?: string | Uint8Array
  coding?: keyof typeof CODINGS
  /** Answers 304 to whom has seen this. */
  etag?: string
  lastModified?: string
  /** Begins to answer, and never ends. */
  hangs?: 'before' | 'within'
}

export interface Web {
  origin: string
  /** What was asked, in order. */
  asked: { path: string; headers: IncomingMessage['headers'] }[]
  put(path: string, site: Site): void
  close(): Promise<void>
}

export async function startWeb(folder: string): Promise<Web> {
  const sites = new Map<string, Site>()
  const asked: Web['asked'] = []
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    asked.push({ path, headers: request.headers })
    const site = sites.get(path)
    if (!site) return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
    if (site.hangs === 'before') return undefined
    const headers: Record<string, string> = { ...site.headers }
    if (site.etag !== undefined) headers.etag = site.etag
    if (site.lastModified !== undefined) headers['last-modified'] = site.lastModified
    const isKnown =
      (site.etag !== undefined && request.headers['if-none-match'] === site.etag) ||
      (site.lastModified !== undefined && request.headers['if-modified-since'] === site.lastModified)
    if (isKnown) return response.writeHead(304, headers).end()
    const bytes = site.file === undefined ? (site.body ?? '') : readFileSync(join(folder, site.file))
    const accepted = site.coding !== undefined && String(request.headers['accept-encoding']).includes(site.coding)
    if (site.coding !== undefined && accepted) headers['content-encoding'] = site.coding
    response.writeHead(site.status ?? 200, headers)
    if (site.hangs === 'within') return response.write(Buffer.from(bytes))
    return response.end(site.coding !== undefined && accepted ? CODINGS[site.coding](bytes) : bytes)
  }
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    put: (path, site) => void sites.set(path, site),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
