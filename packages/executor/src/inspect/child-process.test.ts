import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { runChild } from './child.ts'
import { endSpare, keepSpare, takeSpare } from './child-process.ts'

afterEach(endSpare)

test('a spare child judges one upload, as one that is started for it does', async () => {
  const component = await pieceComponent({})
  const judged = await runChild('component', component)
  keepSpare()
  expect(await runChild('component', component)).toEqual(judged)
  expect(takeSpare()).toBeUndefined()
})

test('it makes products too', async () => {
  const component = await pieceComponent({})
  keepSpare()
  expect(await runChild('build', component)).toEqual(await runChild('build', component))
})

test('it refuses what has to be refused', async () => {
  keepSpare()
  await expect(runChild('inspect', new Uint8Array())).rejects.toMatchObject({
    fields: { reasons: ['there are no bytes'] },
  })
})

test('there is one at most', () => {
  keepSpare()
  keepSpare()
  const child = takeSpare()
  expect(takeSpare()).toBeUndefined()
  child?.kill('SIGKILL')
})

test('it ends with whoever started it', async () => {
  keepSpare()
  const child = takeSpare()!
  // As the system closes the pipe of a process that was killed.
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})
