import { expect, test } from 'vitest'
import { artifact, startServer } from './server.ts'

test('a piece is deployed over HTTP and its action answers from a cell', async () => {
  const server = await startServer()
  try {
    const deployed = await server.deploy(await artifact())
    expect(deployed.body).toMatchObject({ name: 'fixture', version: '1.0.0', missing: [], warnings: [] })
    expect(deployed.status).toBe(201)
    const called = await server.ask('POST', '/v1/pieces/fixture/latest/actions/echo', { props: {} })
    expect(called.body).toMatchObject({
      ok: true,
      version: '1.0.0',
      output: { props: {}, run: { projectId: 'default' } },
    })
    expect(called.body.usage.fuel).toBeGreaterThan(0)
    const listed = await server.ask('GET', '/v1/calls')
    expect(listed.body.calls).toMatchObject([{ callId: called.body.callId, state: 'ok', usage: called.body.usage }])
  } finally {
    await server.close()
  }
})
