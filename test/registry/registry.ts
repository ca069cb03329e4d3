/** @module registry: a real registry on a free loopback port with a data folder of its own, and who publishes there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf, embedManifest, type Manifest, newSigningKey, type SigningKey, sealEnvelope } from '@ap-wasm/executor'
import { PROVENANCE_TYPE, type Registry, type Settings, SIGNED_TYPE, serve } from '@ap-wasm/registry'
import { type Asked, asked } from '../api/server.ts'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'

export interface Author {
  name: string
  token: string
  key: SigningKey
}

export interface Running {
  registry: Registry
  url: string
  playgroundUrl: string
  data: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Asked>
  author(name: string, scope?: string): Promise<Author>
  /** As `ap-wasm publish` does it; `headers` come last. */
  publish(
    author: Author,
    name: string,
    version: string,
    bytes: Uint8Array,
    headers?: Record<string, string>,
  ): Promise<Asked>
  close(): Promise<void>
}

let component: Promise<Uint8Array> | undefined
/** An artifact of one small component; `piece` overrides fields of piece.json. */
export async function artifact(piece: Partial<Manifest> = {}): Promise<Uint8Array> {
  component ??= pieceComponent()
  const description = DESCRIPTION as unknown as Manifest['description']
  return embedManifest(await component, { name: 'fixture', version: '1.0.0', language: 'wat', description, ...piece })
}

export const PASSWORD = 'correct horse battery'

export const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

export const signed = (key: SigningKey, name: string, version: string, bytes: Uint8Array): Record<string, string> => ({
  'ap-wasm-signature': base64(sealEnvelope(SIGNED_TYPE, { name, version, digest: digestOf(bytes) }, key)),
})

export const statement = (key: SigningKey, name: string, bytes: Uint8Array): Record<string, string> => ({
  'ap-wasm-provenance': base64(
    sealEnvelope(
      PROVENANCE_TYPE,
      {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name, digest: { sha256: digestOf(bytes).slice('sha256:'.length) } }],
        predicateType: 'https://slsa.dev/provenance/v1',
        predicate: {
          buildDefinition: {
            resolvedDependencies: [{ uri: 'git+https://example.com/acme/echo', digest: { gitCommit: 'a'.repeat(40) } }],
          },
        },
      },
      key,
    ),
  ),
})

export async function startRegistry(settings: Partial<Settings> = {}): Promise<Running> {
  const data = settings.data ?? (await mkdtemp(join(tmpdir(), 'ap-wasm-registry-')))
  const options = {
    port: 0,
    playgroundPort: 0,
    logLevel: 'silent',
    signInsPerMinute: 1_000,
    ...settings,
    data,
  } as const
  const { registry, publicUrl: url, playgroundUrl, close } = await serve(options)
  const fetchHere = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(url + path, { redirect: 'manual', ...init })
  return {
    ...{ registry, url, playgroundUrl, data, fetch: fetchHere },
    async ask(method, path, body, headers = {}) {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const init = body === undefined ? {} : { body: JSON.stringify(body) }
      return asked(await fetchHere(path, { method, headers: { ...json, ...headers }, ...init }))
    },
    async author(name, scope = '*') {
      const { accounts, tokens } = registry.catalog
      const account = (await accounts.byName(name)) ?? (await accounts.add(name, PASSWORD))
      const key = newSigningKey()
      await accounts.addKey(account.id, key.publicKey, 'test')
      const { token } = await tokens.add(account.id, 'test', scope, 3_600_000)
      return { name, token, key }
    },
    publish: async ({ token, key }, name, version, bytes, headers = signed(key, name, version, bytes)) =>
      asked(
        await fetchHere(`/api/v1/pieces/${name}/${version}`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/wasm', ...headers },
          body: bytes as BodyInit,
        }),
      ),
    async close() {
      await close()
      if (settings.data === undefined) await rm(data, { recursive: true, force: true })
    },
  }
}
