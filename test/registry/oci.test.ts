/** What OCI clients read: the distribution's answers one by one, and a pull by crane itself. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { digestOf } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { goInstall, goProgram } from '../go-programs.ts'
import { artifact, type Running, startRegistry } from './registry.ts'

const crane = goProgram('crane')
const skipped = crane === undefined && process.env.AP_WASM_TOOLCHAINS !== 'required'

let here: Running
let echo: Uint8Array
beforeAll(async () => {
  here = await startRegistry()
  const acme = await here.author('acme')
  echo = await artifact({
    name: '@acme/echo',
    version: '1.0.0',
    license: 'MIT',
    repository: 'https://example.com/echo',
  })
  await here.publish(acme, '@acme/echo', '1.0.0', echo)
  await here.publish(acme, '@acme/echo', '1.1.0', await artifact({ name: '@acme/echo', version: '1.1.0' }))
  await here.publish(acme, 'bare', '0.1.0', await artifact({ name: 'bare', version: '0.1.0' }))
  await here.registry.catalog.pieces.setYanked('@acme/echo', '1.1.0', 'it loses data')
})
afterAll(() => here?.close())

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

test('a tag leads to a manifest, that to a configuration and one layer: the artifact', async () => {
  const byTag = await here.fetch('/v2/acme/echo/manifests/1.0.0')
  expect(byTag.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json')
  const text = await byTag.text()
  const digest = byTag.headers.get('docker-content-digest')!
  expect(sha256(text)).toBe(digest)
  const manifest = JSON.parse(text)
  expect(manifest).toMatchObject({
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.wasm.config.v0+json' },
    layers: [{ mediaType: 'application/wasm', digest: digestOf(echo), size: echo.length }],
    annotations: { 'org.opencontainers.image.version': '1.0.0', 'org.opencontainers.image.licenses': 'MIT' },
  })
  expect(await (await here.fetch(`/v2/acme/echo/manifests/${digest}`)).text(), 'the same by its digest').toBe(text)

  const config = await (await here.fetch(`/v2/acme/echo/blobs/${manifest.config.digest}`)).text()
  expect([sha256(config), config.length]).toEqual([manifest.config.digest, manifest.config.size])
  expect(JSON.parse(config)).toMatchObject({ architecture: 'wasm', os: 'wasip2', layerDigests: [digestOf(echo)] })

  const layer = await here.fetch(`/v2/acme/echo/blobs/${digestOf(echo)}`)
  expect(Buffer.compare(Buffer.from(await layer.arrayBuffer()), echo)).toBe(0)
})

test('a registry that was started anew answers for digests that it has not made yet', async () => {
  const manifest = (await (await here.fetch('/v2/acme/echo/manifests/1.0.0')).json()) as { config: { digest: string } }
  const again = await startRegistry({ data: here.data, port: 0 }).catch((error: unknown) => error)
  expect(again, 'the data folder is in use').toMatchObject({ code: 'AR_DATA_LOCKED' })
  expect((await here.fetch(`/v2/acme/echo/blobs/${manifest.config.digest}`, { method: 'HEAD' })).status).toBe(200)
})

test('tags are what is offered, page by page', async () => {
  expect((await here.ask('GET', '/v2/acme/echo/tags/list')).body).toEqual({ name: 'acme/echo', tags: ['1.0.0'] })
  await here.registry.catalog.pieces.setYanked('@acme/echo', '1.1.0', null)
  const first = await here.ask('GET', '/v2/acme/echo/tags/list?n=1')
  expect(first.body.tags).toEqual(['1.0.0'])
  expect(first.headers.get('link')).toBe('</v2/acme/echo/tags/list?n=1&last=1.0.0>; rel="next"')
  expect((await here.ask('GET', '/v2/acme/echo/tags/list?n=1&last=1.0.0')).body.tags).toEqual(['1.1.0'])
})

test('it says where it is found', async () => {
  const { host } = new URL(here.url)
  expect((await here.ask('GET', '/.well-known/wasm-pkg/registry.json')).body).toEqual({
    preferredProtocol: 'oci',
    oci: { registry: host, namespacePrefix: '' },
  })
  expect((await here.fetch('/v2/')).headers.get('docker-distribution-api-version')).toBe('registry/2.0')
})

test.each([
  ['/v2/acme/nothing/manifests/1.0.0', 404, 'NAME_UNKNOWN'],
  ['/v2/acme/echo/manifests/7.0.0', 404, 'MANIFEST_UNKNOWN'],
  [`/v2/acme/echo/manifests/sha256:${'0'.repeat(64)}`, 404, 'MANIFEST_UNKNOWN'],
  [`/v2/acme/echo/blobs/sha256:${'0'.repeat(64)}`, 404, 'BLOB_UNKNOWN'],
  ['/v2/acme/echo/blobs/nonsense', 404, 'BLOB_UNKNOWN'],
])('%s is %i %s', async (path, status, code) => {
  expect(await here.ask('GET', path)).toMatchObject({ status, body: { errors: [{ code }] } })
})

describe.skipIf(skipped)(`crane${skipped ? ` (skipped: ${goInstall('crane')})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-crane-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const run = async (...args: string[]): Promise<Buffer> => {
    if (crane === undefined) throw new Error(`crane is missing: ${goInstall('crane')}`)
    const options = { encoding: 'buffer', env: { HOME: folder, PATH: process.env.PATH } } as const
    return (await promisify(execFile)(crane, ['--insecure', ...args], options)).stdout
  }

  test('pulls the very bytes', async () => {
    const { host } = new URL(here.url)
    expect(String(await run('ls', `${host}/acme/echo`))).toContain('1.0.0')
    const manifest = JSON.parse(String(await run('manifest', `${host}/acme/echo:1.0.0`)))
    const layer = await run('blob', `${host}/acme/echo@${manifest.layers[0].digest}`)
    expect(Buffer.compare(layer, echo)).toBe(0)
    await run('pull', '--format', 'oci', `${host}/acme/echo:1.0.0`, join(folder, 'image'))
    await run('validate', '--remote', `${host}/piece/bare:0.1.0`)
  })
})
