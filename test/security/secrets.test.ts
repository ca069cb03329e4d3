/** What is secret is seen by whom it was granted to, and by nobody else: not in logs, records, the data folder, other pieces. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from '../api/pieces.ts'
import { artifact, type Running, startServer } from '../api/server.ts'
import { filesBelow } from '../break/machine.ts'
import type { Fixture } from '../fixture.ts'

const SECRET = 'tr0ub4dor&3-correct-horse'
const FORMS: Record<string, string> = {
  raw: SECRET,
  'in JSON': JSON.stringify(SECRET).slice(1, -1),
  'in a URL': encodeURIComponent(SECRET),
  'in base64': Buffer.from(SECRET).toString('base64'),
  'in base64 of a header': Buffer.from(`user:${SECRET}`).toString('base64'),
}

/** Variables that it sees, as a JSON text: `NAME=value;`. */
const ENVIRONMENT: Fixture = {
  imports: '(import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))',
  definitions: `(global $at (mut i32) (i32.const 50000))
    (func $byte (param $b i32) (i32.store8 (global.get $at) (local.get $b)) (global.set $at (i32.add (global.get $at) (i32.const 1))))
    (func $text (param $from i32) (param $len i32)
      (memory.copy (global.get $at) (local.get $from) (local.get $len))
      (global.set $at (i32.add (global.get $at) (local.get $len))))`,
  action: `(local $one i32) (local $left i32)
    (call $environment (i32.const 41000))
    (local.set $one (i32.load (i32.const 41000))) (local.set $left (i32.load (i32.const 41004)))
    (call $byte (i32.const 34))
    (block $end (loop $more
      (br_if $end (i32.eqz (local.get $left)))
      (call $text (i32.load (local.get $one)) (i32.load offset=4 (local.get $one)))
      (call $byte (i32.const 61))
      (call $text (i32.load offset=8 (local.get $one)) (i32.load offset=12 (local.get $one)))
      (call $byte (i32.const 59))
      (local.set $one (i32.add (local.get $one) (i32.const 16)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $more)))
    (call $byte (i32.const 34))
    (return (call $ok (i32.const 50000) (i32.sub (global.get $at) (i32.const 50000))))`,
}
/** Logs its whole input, its connection too, and answers with it. */
const TALKS: Fixture = {
  ...ECHO,
  imports: '(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))',
  action: '(call $log (i32.const 2) (i32.const 0) (i32.const 0) (local.get $input) (local.get $inputLen))',
}
/** Fails with its whole input for a message. */
const COMPLAINS: Fixture = { ...ECHO, action: '(return (call $fail (local.get $input) (local.get $inputLen)))' }

let server: Running
beforeAll(async () => {
  process.env.AP_WASM_TEST_HOST_SECRET = SECRET
  server = await startServer({ record: 'all' })
})
afterAll(() => {
  delete process.env.AP_WASM_TEST_HOST_SECRET
  return server?.close()
})
const grants = (name: string, env: Record<string, string>) => server.ask('PUT', `/v1/pieces/${name}/grants`, { env })

describe('variables', () => {
  test.each<[name: string, granted: Record<string, string>, seen: string]>([
    ['granted ones are seen', { TOKEN: 'yes' }, 'TOKEN=yes;'],
    ['none unasked', {}, ''],
  ])('%s', async (_, granted, seen) => {
    const name = `env-${Object.keys(granted).length}`
    const asks = { env: { TOKEN: { required: false } } }
    await server.deploy(await artifact({ name, capabilities: asks }, ENVIRONMENT))
    await grants(name, granted)
    const { body } = await server.ask('POST', `/v1/pieces/${name}/latest/actions/echo`, {})
    expect(body).toMatchObject({ ok: true, output: seen })
  })

  test.each(['TOKEN_2', 'TOKE', 'token', 'AP_WASM_TEST_HOST_SECRET', 'PATH'])(
    'a name that was not asked for cannot be granted: %s',
    async (other) => {
      await server.deploy(
        await artifact({ name: 'asks', capabilities: { env: { TOKEN: { required: false } } } }, ENVIRONMENT),
      )
      expect((await grants('asks', { TOKEN: 'a' })).status).toBe(200)
      expect((await grants('asks', { TOKEN: 'a', [other]: SECRET })).status).toBe(422)
      const { body } = await server.ask('POST', '/v1/pieces/asks/latest/actions/echo', {})
      expect(body.output).toBe('TOKEN=a;')
    },
  )

  test('their values are never listed, and encrypted on disk', async () => {
    const asks = { env: { TOKEN: { required: false } } }
    await server.deploy(await artifact({ name: 'sealed', capabilities: asks }, ENVIRONMENT))
    const value = `${SECRET}-at-rest`
    await grants('sealed', { TOKEN: value })
    expect((await server.ask('POST', '/v1/pieces/sealed/latest/actions/echo', {})).body.output).toBe(`TOKEN=${value};`)
    for (const path of ['/v1/pieces/sealed/grants', '/v1/pieces/sealed', '/v1/pieces', '/metrics'])
      expect(JSON.stringify((await server.ask('GET', path)).body)).not.toContain(value)
    expect(onDisk(server.data).filter(([, bytes]) => bytes.includes(value))).toEqual([])
  })
})

const onDisk = (folder: string): [name: string, bytes: Buffer][] =>
  filesBelow(folder).map((name) => [name, readFileSync(join(folder, name))])

describe('a connection', () => {
  test.each(Object.entries(FORMS))('that a piece logs is not kept: %s', async (_, form) => {
    await server.deploy(await artifact({ name: 'talks' }, TALKS))
    const auth = { type: 'SECRET_TEXT', secret_text: SECRET }
    const run = { resumePayload: `before ${form} after` }
    const { body } = await server.ask('POST', '/v1/pieces/talks/latest/actions/private', { auth, run })
    // The caller has it already.
    expect(body.output.run.resumePayload).toBe(run.resumePayload)
    const kept = JSON.stringify((await server.ask('GET', `/v1/calls/${body.callId}`)).body)
    expect(kept).toContain('after')
    expect(kept).not.toContain(JSON.stringify(form).slice(1, -1))
  })

  test('that a piece fails with is told to the caller, and not kept', async () => {
    await server.deploy(await artifact({ name: 'complains' }, COMPLAINS))
    const auth = { type: 'SECRET_TEXT', secret_text: SECRET }
    const { body } = await server.ask('POST', '/v1/pieces/complains/latest/actions/private', { auth })
    expect(body.failure.message).toContain(SECRET)
    const kept = JSON.stringify((await server.ask('GET', `/v1/calls/${body.callId}`)).body)
    expect(kept).not.toContain(SECRET)
  })

  test('is nowhere in the data folder', () => {
    const holding = onDisk(server.data).filter(([, bytes]) => Object.values(FORMS).some((form) => bytes.includes(form)))
    expect(holding.map(([name]) => name)).toEqual([])
    expect(onDisk(server.data).some(([, bytes]) => bytes.includes('after'))).toBe(true)
  })
})
