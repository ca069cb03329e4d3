/** @module fetch-feed: a feed by its address; with what was kept of the last answer, only if it changed. */
import { decodeText } from './charset.ts'
import { addressOf, download } from './download.ts'
import { type Feed, readFeed } from './feed.ts'

/** 5 MB of items cost about 3 s of CPU. */
const MAX_BYTES = 8 * 1024 * 1024

const ACCEPT =
  'application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5'

/** What a server wants to be told at the next request. */
export interface Validators {
  etag?: string
  lastModified?: string
}

/** Undefined when nothing changed since `known`. */
export async function fetchFeed(
  address: string,
  known: Validators = {},
): Promise<{ feed: Feed; validators: Validators } | undefined> {
  const document = await download(addressOf(address), {
    accept: ACCEPT,
    maxBytes: MAX_BYTES,
    headers: {
      ...(known.etag !== undefined && { 'if-none-match': known.etag }),
      ...(known.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
    },
  })
  if (document === undefined) return undefined
  const etag = document.headers.get('etag')
  const lastModified = document.headers.get('last-modified')
  return {
    feed: readFeed(decodeText(document.bytes, document.charset), document.url),
    validators: { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) },
  }
}
