/** @module feeds: examples/feeds on a real executor, and the web that it reads. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Description, embedManifest, type Manifest } from '@ap-wasm/executor'
import { type Asked, type Running, startServer } from '../api/server.ts'
import { buildFeeds } from '../pieces.ts'
import { startWeb, type Web } from './web.ts'

export const FOLDER = fileURLToPath(new URL('../../examples/feeds', import.meta.url))

export interface FeedsRunning {
  web: Web
  server: Running
  component: Uint8Array
  action(name: string, props: unknown, limits?: Record<string, number>): Promise<Asked['body']>
  trigger(hook: string, props: unknown, flowId: string): Promise<Asked['body']>
  close(): Promise<void>
}

/** The piece asks for public hosts; the one of the test is added to what it asks. */
export async function startFeeds(): Promise<FeedsRunning> {
  const [component, web, server] = await Promise.all([
    buildFeeds(),
    startWeb(`${FOLDER}/test/files`),
    startServer({ egressPrivate: ['127.0.0.0/8'], isolation: 'shared' }),
  ])
  const piece = JSON.parse(await readFile(`${FOLDER}/piece.json`, 'utf8'))
  const description = (await server.executor.describe('author', component)) as Description
  const { $schema: _, ...fields } = piece
  const capabilities = { ...fields.capabilities, http: [...fields.capabilities.http, web.origin] }
  const deployed = await server.deploy(embedManifest(component, { ...fields, capabilities, description } as Manifest))
  if (deployed.status !== 201) throw new Error(JSON.stringify(deployed.body))
  const granted = await server.ask('PUT', `/v1/pieces/${piece.name}/grants`, capabilities)
  if (granted.status !== 200) throw new Error(JSON.stringify(granted.body))
  const base = `/v1/pieces/${piece.name}/${piece.version}`
  return {
    ...{ web, server, component },
    action: async (name, props, limits) =>
      (await server.ask('POST', `${base}/actions/${name}`, { props, ...(limits && { limits }) })).body,
    trigger: async (hook, props, flowId) =>
      (await server.ask('POST', `${base}/triggers/new_item/${hook}`, { props, run: { flowId } })).body,
    async close() {
      await Promise.all([server.close(), web.close()])
    },
  }
}
