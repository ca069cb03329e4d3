/** Small uploads that would compile for seconds: refused by the caps before anything compiles, or stopped; calls go on meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifact, type Running, startServer } from '../api/server.ts'
import { HOSTILE } from '../fuel/hostile.ts'
import { BOMBS } from './compile-bombs.ts'

let server: Running
beforeAll(async () => {
  server = await startServer()
  await server.deploy(await artifact({ name: 'neighbour' }))
})
afterAll(() => server?.close())
const neighbour = () => server.ask('POST', '/v1/pieces/neighbour/latest/actions/echo', {})

let names = 0
describe.each(Object.entries(BOMBS))('%s', (_, { hostile, reason, permitted }) => {
  test('is refused by name, and neighbours are answered', async () => {
    const bytes = await artifact({ name: `bomb-${++names}` }, hostile)
    const uploading = server.deploy(bytes)
    const answers = await Promise.all(Array.from({ length: 10 }, neighbour))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const refused = await uploading
    expect(refused).toMatchObject({ status: 422, body: { code: 'AP_INVALID_COMPONENT', fault: 'caller' } })
    expect(JSON.stringify(refused.body)).toMatch(reason)
  })

  test('of a size that compiles is taken, and runs', async () => {
    const name = `twin-${++names}`
    expect((await server.deploy(await artifact({ name }, permitted))).status).toBe(201)
    expect(await server.ask('POST', `/v1/pieces/${name}/latest/actions/echo`, {})).toMatchObject({ status: 200 })
  })
})

test('every cap of the rewriter has its refusal and its permitted twin', () => {
  // The table itself, cap by cap, is test/fuel/hostile.ts.
  expect(Object.values(HOSTILE).every(({ permitted }) => permitted !== undefined)).toBe(true)
  expect(Object.keys(HOSTILE).length).toBeGreaterThan(Object.keys(BOMBS).length)
})
