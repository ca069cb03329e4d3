/** @module server: a real server on a free loopback port with a data folder of its own, and pieces as text to deploy on it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Executor, embedManifest, type Manifest, type Settings, serve } from '@ap-wasm/executor'
import { DESCRIPTION, type Fixture, pieceComponent } from '../fixture.ts'

export interface Running {
  executor: Executor
  /** `http://127.0.0.1:<port>` */
  url: string
  data: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** A JSON request; its status and decoded answer. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Asked>
  deploy(artifact: Uint8Array, headers?: Record<string, string>): Promise<Asked>
  close(): Promise<void>
}
export interface Asked {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it then compares.
  body: any
}

export async function startServer(settings: Partial<Settings> = {}, data?: string): Promise<Running> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'ap-wasm-api-')))
  const options = { data: folder, cells: 1, port: 0, logLevel: 'silent', drainMs: 5_000, ...settings } as const
  const serving = await serve(options).catch(async (error: unknown) => {
    if (data === undefined) await rm(folder, { recursive: true, force: true })
    throw error
  })
  const { executor, url } = serving
  const fetchHere = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init)
  return {
    ...{ executor, url, data: folder, fetch: fetchHere },
    async ask(method, path, body, headers = {}) {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      return asked(await fetchHere(path, { method, headers: { ...json, ...headers }, ...init }))
    },
    deploy: async (artifact, headers = {}) =>
      asked(
        await fetchHere('/v1/pieces', {
          method: 'POST',
          headers: { 'content-type': 'application/wasm', ...headers },
          body: artifact as BodyInit,
        }),
      ),
    async close() {
      await serving.close()
      if (data === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function asked(response: Response): Promise<Asked> {
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}

/** An artifact of the fixture; `piece` overrides fields of piece.json. */
export async function artifact(piece: Partial<Manifest> = {}, fixture: Fixture = {}): Promise<Uint8Array> {
  const description = (fixture.description ?? DESCRIPTION) as Manifest['description']
  const manifest = { name: 'fixture', version: '1.0.0', language: 'wat', description, ...piece }
  return embedManifest(await pieceComponent({ ...fixture, description }), manifest as Manifest)
}
