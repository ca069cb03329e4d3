/** @module download: gets a document within bounds. */
import { ensureOk, Failure } from '@ap-wasm/piece'

/** From the first request to the last byte. */
const TIMEOUT_MS = 20_000

export interface Download {
  /** Where it came from in the end, after redirects: what relative links stand on. */
  url: string
  /** In lower case, without parameters; empty where the server says none. */
  mediaType: string
  /** The charset that the server names. */
  charset: string | undefined
  headers: Headers
  bytes: Uint8Array
}

/** An address as people write it: `example.com/feed`, `feed://example.com/feed`. */
export function addressOf(text: string): URL {
  const trimmed = text.trim()
  const written = /^feed:/i.test(trimmed) ? trimmed.replace(/^feed:(\/\/)?(?=https?:)?/i, '') : trimmed
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `https://${written}`)
  if (url === null)
    throw new Failure('invalid_input', `"${text}" is no address; it looks like https://example.com/feed`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Failure('invalid_input', `${url.protocol} cannot be fetched; use an address that begins with https:`)
  if (url.username !== '' || url.password !== '')
    throw new Failure('invalid_input', 'the address must not hold a user name or a password')
  return url
}

async function request(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    // Plain http is granted for named hosts only; most servers that are still addressed so answer over https too.
    if (url.protocol !== 'http:' || (error as { code?: string }).code !== 'not_granted') throw error
    const secure = new URL(url)
    secure.protocol = 'https:'
    return fetch(secure, init)
  }
}

async function read(response: Response, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new Failure('too_large', `${response.url} is larger than ${maxBytes} bytes`, { detail: { maxBytes } })
  if (Number(response.headers.get('content-length')) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Undefined when the server says that nothing changed (304). A refusal is a failure: `rate_limited`, `not_found` … */
export async function download(
  url: URL,
  options: { accept: string; maxBytes: number; headers?: Record<string, string> },
): Promise<Download | undefined> {
  const response = await request(url, {
    headers: { accept: options.accept, 'user-agent': 'ap-wasm-feeds/0.1', ...options.headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (response.status === 304) return undefined
  if (response.status === 410)
    throw new Failure('gone', `${response.url} is gone for good; stop asking for it`, { detail: { status: 410 } })
  await ensureOk(response)
  const [mediaType = '', ...parameters] = (response.headers.get('content-type') ?? '').split(';')
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?'?([^"'\s]+)/i.exec(one)?.[1]).find(Boolean)
  return {
    url: response.url,
    mediaType: mediaType.trim().toLowerCase(),
    charset,
    headers: response.headers,
    bytes: await read(response, options.maxBytes),
  }
}
