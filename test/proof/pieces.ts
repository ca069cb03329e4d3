/** @module proof/pieces: the pieces of real languages that a soak calls beside the probe, built by their toolchains. */
import { readFileSync } from 'node:fs'
import type { Manifest } from '@ap-wasm/executor'
import { startServer } from '../api/server.ts'
import { buildFeeds, buildTypescriptSample } from '../pieces.ts'
import type { SoakPiece } from './soak.ts'

/** `feeds` meets the guard of addresses, and says so: its whole engine has run by then. */
const CALLED = [
  {
    folder: 'test/fixtures/pieces/typescript-sample',
    build: buildTypescriptSample,
    ...{ action: 'echo', props: { value: { a: [1, 2, 3] } } },
  },
  {
    folder: 'examples/feeds',
    build: buildFeeds,
    ...{ action: 'parse_feed', props: { url: 'https://127.0.0.1/feed' } },
  },
] as const

export async function soakPieces(): Promise<SoakPiece[]> {
  const server = await startServer()
  try {
    return await Promise.all(
      CALLED.map(async ({ folder, build, action, props }) => {
        const component = await build()
        const { $schema: _, ...piece } = JSON.parse(
          readFileSync(new URL(`../../${folder}/piece.json`, import.meta.url), 'utf8'),
        ) as Record<string, unknown>
        const description = await server.executor.describe('default', component)
        // Nothing of what they ask needs consent: what they would reach is not there.
        return { component, manifest: { ...piece, description } as Manifest, action, props }
      }),
    )
  } finally {
    await server.close()
  }
}
