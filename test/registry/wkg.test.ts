/** The package tool of the Component Model pulls from a registry: found through the well-known document, and as an OCI image. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WKG_INSTALL, wkgProgram } from '../cargo-programs.ts'
import { artifact, type Running, startRegistry } from './registry.ts'

const wkg = wkgProgram()

describe.skipIf(wkg === undefined)(`wkg${wkg === undefined ? ` (skipped: ${WKG_INSTALL})` : ''}`, () => {
  let here: Running
  let host: string
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-wkg-'))
  const bytes = new Map<string, Uint8Array>()

  beforeAll(async () => {
    here = await startRegistry()
    host = new URL(here.url).host
    const acme = await here.author('acme')
    for (const [name, version] of [
      ['@acme/echo', '1.0.0'],
      ['@acme/echo', '1.1.0'],
      ['bare', '0.1.0'],
    ] as const) {
      const one = await artifact({ name, version, license: 'MIT', repository: 'https://example.com/acme' })
      bytes.set(`${name}@${version}`, one)
      expect((await here.publish(acme, name, version, one)).status).toBe(201)
    }
    await here.registry.catalog.pieces.setYanked('@acme/echo', '1.1.0', 'it loses data')
    // Without https its OCI half has to be told so; a registry with a certificate needs no file.
    writeFileSync(join(folder, 'config.toml'), `[registry."${host}".oci]\nprotocol = "http"\n`)
  })
  afterAll(async () => {
    await here?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    promisify(execFile)(wkg!, args, { cwd: folder, env: { HOME: folder, PATH: process.env.PATH } })
  const get = (what: string, out: string) =>
    run('get', '--config', 'config.toml', '--registry', host, '--output', `./${out}`, '--overwrite', what)
  const same = (file: string, piece: string): boolean =>
    Buffer.compare(readFileSync(join(folder, file)), bytes.get(piece)!) === 0

  test.each([
    ['acme:echo@1.0.0', '@acme/echo@1.0.0', 'an exact version'],
    ['acme:echo@1.1.0', '@acme/echo@1.1.0', 'a withdrawn one, pinned'],
    ['acme:echo', '@acme/echo@1.0.0', 'the newest, past what was withdrawn'],
    ['piece:bare@0.1.0', 'bare@0.1.0', 'a bare name'],
  ])('get %s is the very bytes of %s: %s', async (what, piece) => {
    await get(what, 'got.wasm')
    expect(same('got.wasm', piece)).toBe(true)
  })

  test('oci pull is the very bytes, by tag and by digest', async () => {
    await run('oci', 'pull', '--insecure', host, '--output', 'pulled.wasm', `${host}/acme/echo:1.0.0`)
    expect(same('pulled.wasm', '@acme/echo@1.0.0')).toBe(true)
    const manifest = await here.fetch('/v2/acme/echo/manifests/1.0.0')
    const digest = manifest.headers.get('docker-content-digest')
    await run('oci', 'pull', '--insecure', host, '--output', 'pinned.wasm', `${host}/acme/echo@${digest}`)
    expect(same('pinned.wasm', '@acme/echo@1.0.0')).toBe(true)
  })

  test.each([
    ['acme:nothing@1.0.0', /not found|NAME_UNKNOWN|no piece is named/i],
    ['acme:echo@7.0.0', /not found|MANIFEST_UNKNOWN|no version/i],
  ])('get %s says that it is not there', async (what, says) => {
    await expect(get(what, 'none.wasm')).rejects.toMatchObject({ stderr: expect.stringMatching(says) })
  })
})
