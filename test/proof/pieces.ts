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
    const pieces: SoakPiece[] = []
    for (const { folder, build, action, props } of CALLED) {
      const component = await build()
      const { $schema: _, ...piece } = JSON.parse(
        readFileSync(new URL(`../../${folder}/piece.json`, import.meta.url), 'utf8'),
      ) as Record<string, unknown>
      const description = await inTime(() => server.executor.describe('default', component))
      if (description !== undefined)
        pieces.push({ component, manifest: { ...piece, description } as Manifest, action, props })
    }
    return pieces
  } finally {
    await server.close()
  }
}

/** Undefined: a machine that others keep busy did not look at it within the ten seconds of an upload. */
async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (/took longer than/.test(String(error))) return undefined
    throw error
  }
}
