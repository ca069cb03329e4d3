/** @module blobs/s3: artifacts as objects of a bucket that speaks S3: four requests, signed by aws4fetch. */
import { openAsBlob } from 'node:fs'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { DIGEST } from '@ap-wasm/executor'
import { AwsClient } from 'aws4fetch'
import { artifactFile } from '../artifact-file.ts'
import { RegistryError } from '../errors.ts'
import type { Blobs } from './index.ts'

export interface BucketOptions {
  /** With the bucket: https://s3.example.com/bucket */
  url: string
  region: string
  accessKey: string
  secretKey: string
}

/** Until the head of an answer is there; a body takes as long as it takes. */
const TIMEOUT_MS = 30_000
const RETRIES = 2

export async function openBucket({ url, region, accessKey, secretKey }: BucketOptions): Promise<Blobs> {
  const client = new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    region,
    service: 's3',
    retries: RETRIES,
  })
  const hrefOf = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new TypeError(`"${digest}" is no digest`)
    return `${url}/${digest.slice('sha256:'.length)}`
  }

  async function send(href: string, init: RequestInit = {}): Promise<Response> {
    // Not AbortSignal.timeout: it would cut a long body too.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
    try {
      return await client.fetch(href, { ...init, signal: late.signal })
    } catch (error) {
      const detail = `the bucket does not answer: ${(error as Error).message}`
      throw new RegistryError('AR_STORAGE_FAILED', { detail }, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  async function expectOk(response: Response, what: string): Promise<Response> {
    if (response.ok) return response
    const said = (await response.text()).replace(/\s+/g, ' ').slice(0, 200)
    throw new RegistryError('AR_STORAGE_FAILED', { detail: `${what}: the bucket answers ${response.status} ${said}` })
  }

  const blobs: Blobs = {
    async put({ path, digest }) {
      if ((await artifactFile(path)).digest !== digest) throw new TypeError(`the bytes are not those of ${digest}`)
      // The object appears whole; the bucket checks the hash, for it is what the request was signed with.
      const headers = { 'x-amz-content-sha256': digest.slice('sha256:'.length), 'content-type': 'application/wasm' }
      const body = await openAsBlob(path)
      const response = await expectOk(await send(hrefOf(digest), { method: 'PUT', headers, body }), 'a write')
      await response.arrayBuffer()
    },

    async open(digest, range) {
      const headers: Record<string, string> = range ? { range: `bytes=${range.from}-${range.to}` } : {}
      const response = await send(hrefOf(digest), { headers })
      if (response.status === 404) {
        await response.arrayBuffer()
        return undefined
      }
      await expectOk(response, 'a read')
      return Readable.fromWeb(response.body as ReadableStream<Uint8Array>)
    },

    async has(digest) {
      const response = await send(hrefOf(digest), { method: 'HEAD' })
      if (response.status === 404) return false
      await expectOk(response, 'a look')
      return true
    },

    async delete(digest) {
      const response = await send(hrefOf(digest), { method: 'DELETE' })
      if (response.status !== 404) await expectOk(response, 'a deletion')
      await response.arrayBuffer()
    },

    async check() {
      const response = await send(`${url}?location`)
      await expectOk(response, 'a look at the bucket')
      await response.arrayBuffer()
    },
  }
  await blobs.check()
  return blobs
}
