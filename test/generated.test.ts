import { expect, it } from 'vitest'
import { stale } from '../scripts/generate.ts'

it('committed files are what their generators make; `node scripts/generate.ts` writes them', async () => {
  expect((await stale()).map(({ file }) => file)).toEqual([])
})
