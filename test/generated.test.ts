import { expect, it } from 'vitest'
import { stale } from '../scripts/generate.ts'

/** It loads the sources of every package: on a machine that others use as well, half a minute. */
const LOADING_MS = 120_000

it('committed files are what their generators make; `node scripts/generate.ts` writes them', {
  timeout: LOADING_MS,
}, async () => {
  expect((await stale()).map(({ file }) => file)).toEqual([])
})
