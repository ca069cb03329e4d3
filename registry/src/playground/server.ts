/**
 * @module playground/server: the playground's own origin: two documents, no cookie, no state. It is another host than the
 * registry's, so that nothing which runs here is that origin, or ever sees what belongs to it.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { brotliCompressSync, constants } from 'node:zlib'
import { scripts } from './bundle.ts'
import { executorOrigin, type FrameDocument, frameDocument } from './document.ts'

/** Documents for executors that visitors name; each is made from a request, so few are kept. */
const KEPT = 100
const HEADERS_TIMEOUT_MS = 30_000

interface Made extends FrameDocument {
  etag: string
  packed: Buffer
}

function make(document: FrameDocument): Made {
  const etag = `"${createHash('sha256')
    .update(document.body)
    .update(document.headers['content-security-policy'] ?? '')
    .digest('base64url')
    .slice(0, 27)}"`
  const packed = brotliCompressSync(document.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
  return { ...document, etag, packed }
}

/** `pages`: where the registry's pages are, known once it listens. */
export function createPlayground(pages: () => string): Server {
  const made = new Map<string, Made>()

  async function documentOf(executor: string | undefined): Promise<Made> {
    const key = `${pages()} ${executor ?? ''}`
    let found = made.get(key)
    if (!found) {
      found = make(frameDocument(await scripts(), { pages: pages(), ...(executor === undefined ? {} : { executor }) }))
      if (made.size >= KEPT) made.delete(made.keys().next().value!)
      made.set(key, found)
    }
    return found
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '', 'http://playground')
    if (!url || (request.method !== 'GET' && request.method !== 'HEAD')) return refuse(response, 405, 'GET')
    if (url.pathname === '/run') return send(request, response, await documentOf(undefined))
    if (url.pathname !== '/through') return refuse(response, 404, 'here are /run and /through')
    const executor = executorOrigin(url.searchParams.get('executor') ?? '')
    if (executor === undefined)
      return refuse(response, 400, '"executor" is an origin: https://executor.example.com, or http:// of this machine')
    return send(request, response, await documentOf(executor))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.headersTimeout = HEADERS_TIMEOUT_MS
  return server
}

function send(request: IncomingMessage, response: ServerResponse, { body, packed, headers, etag }: Made): void {
  const packs = /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''))
  response.setHeaders(
    new Map(Object.entries({ ...headers, etag, vary: 'accept-encoding', 'cache-control': 'public, max-age=60' })),
  )
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
  const bytes = packs ? packed : Buffer.from(body)
  response.writeHead(200, { 'content-length': bytes.length, ...(packs ? { 'content-encoding': 'br' } : {}) })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  })
  response.end(why)
}
