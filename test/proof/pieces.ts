/** @module proof/pieces: the pieces of real languages that a soak calls beside the probe, built by their toolchains. */
import { readFileSync } from 'node:fs'
import type { Manifest } from '@ap-wasm/executor'
import { startServer } from '../api/server.ts'
import { built } from '../built.ts'
import { lacking } from '../toolchains.ts'
import type { SoakPiece } from './soak.ts'

/** Nobody listens there: what goes out fails, and the piece says so, after its whole engine has run. */
const NOBODY = 'https://127.0.0.1'

const CALLED = [
  {
    folder: 'test/fixtures/pieces/typescript-sample',
    language: 'typescript',
    ...{ action: 'echo', props: { value: { a: [1, 2, 3] } } },
  },
  { folder: 'examples/feeds', language: 'typescript', action: 'parse_feed', props: { url: `${NOBODY}/feed` } },
  {
    folder: 'examples/html',
    language: 'rust',
    action: 'select',
    props: { html: '<ul><li class=a>One</li><li>Two</li></ul>'.repeat(20), selector: 'li.a' },
  },
  {
    folder: 'examples/github',
    language: 'go',
    action: 'list_releases',
    props: { repository: 'o/n' },
    auth: { type: 'CUSTOM_AUTH', props: { token: 'none', url: NOBODY } },
  },
  {
    folder: 'examples/statistics',
    language: 'python',
    action: 'group_by',
    props: {
      text: `region,price\n${'N,1\nS,2\nN,4\n'.repeat(20)}`,
      by: ['region'],
      ...{ value: 'price', measure: 'sum' },
    },
  },
]

export async function soakPieces(): Promise<SoakPiece[]> {
  const server = await startServer()
  try {
    const pieces: SoakPiece[] = []
    for (const { folder, language, ...call } of CALLED) {
      const missing = await lacking(language)
      if (missing !== undefined) {
        console.log(`without ${folder}: ${missing}`)
        continue
      }
      const component = await built(folder, language)
      const { $schema: _, ...piece } = JSON.parse(
        readFileSync(new URL(`../../${folder}/piece.json`, import.meta.url), 'utf8'),
      ) as Record<string, unknown>
      const description = await inTime(() => server.executor.describe('default', component))
      if (description !== undefined)
        pieces.push({ component, manifest: { ...piece, description } as Manifest, ...call })
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
