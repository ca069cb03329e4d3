/** Hostile uploads: each is refused with its reason, in a process that may die. */
import { expect, test } from 'vitest'
import { PieceError } from '../../packages/executor/src/errors.ts'
import { type InspectOptions, inspect } from '../../packages/executor/src/inspect.ts'
import { artifact, HOSTILE_UPLOADS } from './uploads.ts'

async function reasonsOf(bytes: Uint8Array, options: InspectOptions = {}): Promise<readonly string[]> {
  try {
    await inspect(bytes, options)
  } catch (error) {
    if (error instanceof PieceError && error.code === 'AP_INVALID_COMPONENT')
      return (error.fields as { reasons: readonly string[] }).reasons
    throw error
  }
  return []
}

test.each(HOSTILE_UPLOADS)('refused: %s', { timeout: 60_000 }, async (_name, bytes, reason) => {
  expect(await reasonsOf(await bytes())).toContainEqual(expect.stringMatching(reason))
})

test('a good one is taken', async () => {
  expect(await reasonsOf(artifact)).toEqual([])
})
