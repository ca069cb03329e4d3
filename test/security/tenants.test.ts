/** Two tenants never see each other's state, connections or figures; a call never sees the one before it. */
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, httpServer, request } from '../../packages/executor/src/effects/outside.suite.ts'
import { COUNTS, ECHO, WITH_STORE, WRITES_FILE } from '../api/pieces.ts'
import { artifact, type Running, startServer } from '../api/server.ts'
import type { Fixture } from '../fixture.ts'

/** Counts its calls where nothing may remain: in a global, in its memory. */
const REMEMBERS: Record<string, Fixture> = {
  'a global': {
    definitions: '(global $count (mut i32) (i32.const 48))',
    action: `(global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.store8 (i32.const 41000) (global.get $count)) (return (call $ok (i32.const 41000) (i32.const 1)))`,
  },
  'its memory': {
    definitions: '(data (i32.const 41000) "0")',
    action: `(i32.store8 (i32.const 41000) (i32.add (i32.load8_u (i32.const 41000)) (i32.const 1)))
      (return (call $ok (i32.const 41000) (i32.const 1)))`,
  },
  'a table': {
    definitions: `(table $t 1 funcref) (func $once) (elem declare func $once)`,
    action: `(i32.store8 (i32.const 41000) (i32.add (i32.const 49) (i32.eqz (ref.is_null (table.get $t (i32.const 0))))))
      (table.set $t (i32.const 0) (ref.func $once))
      (return (call $ok (i32.const 41000) (i32.const 1)))`,
  },
  'pages that it grew': {
    action: `(i32.store8 (i32.const 41000) (i32.add (i32.const 47) (memory.size)))
      (drop (memory.grow (i32.const 1))) (return (call $ok (i32.const 41000) (i32.const 1)))`,
  },
}

/** Reads the file whose reference stands in its input, and answers with it as a JSON text. */
const READS_FILE: Fixture = {
  ...ECHO,
  imports: '(import "ap:piece/files@0.1.0" "read" (func $read (param i32 i32 i64 i32 i32)))',
  definitions: '(data (i32.const 40000) "\\22")',
  action: `(local $at i32) (local $len i32)
    (local.set $at (local.get $input))
    (loop $seek (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $seek (i64.ne (i64.and (i64.load (local.get $at)) (i64.const 0xffffffffff)) (i64.const 0x3a656c6966))))
    (loop $more (local.set $len (i32.add (local.get $len) (i32.const 1)))
      (br_if $more (i32.ne (i32.load8_u (i32.add (local.get $at) (local.get $len))) (i32.const 34))))
    (call $read (local.get $at) (local.get $len) (i64.const 0) (i32.const 100) (i32.const 41000))
    (if (i32.load8_u (i32.const 41000)) (then (return (i32.const 41000))))
    (local.set $len (i32.load (i32.const 41012)))
    (memory.copy (i32.const 40001) (i32.load (i32.const 41008)) (local.get $len))
    (i32.store8 (i32.add (i32.const 40001) (local.get $len)) (i32.const 34))
    (return (call $ok (i32.const 40000) (i32.add (local.get $len) (i32.const 2))))`,
}

describe('a call leaves nothing behind', () => {
  let server: Running
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.close())

  test.each(Object.entries(REMEMBERS))('in %s', async (name, fixture) => {
    const piece = name.replaceAll(' ', '-')
    expect((await server.deploy(await artifact({ name: piece }, fixture))).status).toBe(201)
    const outputs = []
    for (let i = 0; i < 4; i++)
      outputs.push((await server.ask('POST', `/v1/pieces/${piece}/latest/actions/echo`, {})).body.output)
    expect(outputs).toEqual([1, 1, 1, 1])
  })

  test('but where it may: in its store', async () => {
    await server.deploy(await artifact({ name: 'counts', capabilities: WITH_STORE }, COUNTS))
    await server.ask('PUT', '/v1/pieces/counts/grants', WITH_STORE)
    const outputs = []
    for (let i = 0; i < 3; i++)
      outputs.push((await server.ask('POST', '/v1/pieces/counts/latest/actions/echo', {})).body.output)
    expect(outputs).toEqual([1, 2, 3])
  })
})

describe('of the same piece under the same key', () => {
  let server: Running
  const headers: Record<string, Record<string, string>> = {}
  const FILES = { files: ['write' as const] }
  beforeAll(async () => {
    server = await startServer({ isolation: 'tenant', cells: 2 })
    for (const tenant of ['one', 'two']) {
      const { key } = await server.executor.keys.add(tenant, ['call', 'deploy', 'grant', 'read'])
      headers[tenant] = { authorization: `Bearer ${key}` }
      for (const name of ['counts', 'other'])
        await server.deploy(await artifact({ name, capabilities: WITH_STORE }, COUNTS), headers[tenant])
      const reads = { files: ['read' as const] }
      await server.deploy(await artifact({ name: 'reads', capabilities: reads }, READS_FILE), headers[tenant])
      await server.ask('PUT', '/v1/pieces/reads/grants', reads, headers[tenant])
      const writes = WRITES_FILE('a', 'text/plain', tenant)
      await server.deploy(await artifact({ name: 'writes', capabilities: FILES }, writes), headers[tenant])
      await server.ask('PUT', '/v1/pieces/writes/grants', FILES, headers[tenant])
      for (const name of ['counts', 'other'])
        await server.ask('PUT', `/v1/pieces/${name}/grants`, WITH_STORE, headers[tenant])
    }
  })
  afterAll(() => server?.close())
  const run = (tenant: string, piece: string, more: Record<string, string> = {}) =>
    server.ask('POST', `/v1/pieces/${piece}/latest/actions/echo`, {}, { ...headers[tenant], ...more })

  test('state, of another piece too', async () => {
    const outputs = []
    for (const [tenant, piece] of [
      ['one', 'counts'],
      ['one', 'counts'],
      ['two', 'counts'],
      ['one', 'other'],
      ['two', 'counts'],
    ] as const)
      outputs.push((await run(tenant, piece)).body.output)
    expect(outputs).toEqual([1, 2, 1, 1, 2])
  })

  test('idempotency keys', async () => {
    const key = { 'idempotency-key': 'same' }
    const first = (await run('one', 'counts', key)).body
    const other = (await run('two', 'counts', key)).body
    expect(other.callId).not.toBe(first.callId)
    expect((await run('one', 'counts', key)).body.callId).toBe(first.callId)
  })

  test('files: a reference is worth nothing to the other', async () => {
    const [file] = (await run('one', 'writes')).body.effects.files
    const props = { file: { filename: 'a', mediaType: 'text/plain', size: 3, reference: file.reference } }
    const read = (tenant: string) =>
      server.ask('POST', '/v1/pieces/reads/latest/actions/echo', { props }, headers[tenant])
    expect(await read('one')).toMatchObject({ body: { ok: true, output: 'one' } })
    expect(await read('two')).toMatchObject({ body: { ok: false, failure: { code: 'not_found' } } })
  })

  test('rows of calls, usage and logs', async () => {
    const { callId } = (await run('one', 'counts')).body
    const rows = async (tenant: string) =>
      (await server.ask('GET', '/v1/calls?limit=500', undefined, headers[tenant])).body.calls
    expect((await rows('one')).map((row: { callId: string }) => row.callId)).toContain(callId)
    expect((await rows('two')).map((row: { callId: string }) => row.callId)).not.toContain(callId)
    expect((await server.ask('GET', `/v1/calls/${callId}`, undefined, headers.one)).status).toBe(200)
    expect((await server.ask('GET', `/v1/calls/${callId}`, undefined, headers.two)).status).toBe(404)
    const used = async (tenant: string) =>
      (await server.ask('GET', '/v1/usage?by=', undefined, headers[tenant])).body.usage[0].calls
    expect(await used('one')).toBe((await rows('one')).length)
    expect(await used('two')).toBe((await rows('two')).length)
  })
})

/** undici gives a socket back one turn after its response. */
const pooled = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('tenants', () => {
  test('never share a connection; the calls of one tenant do', async () => {
    const sockets = new Set<Socket>()
    const server = await httpServer((incoming, response) => {
      sockets.add(incoming.socket)
      response.end('ok')
    })
    const using = await engines()
    const grants = { http: [`http://a.example:${server.port}`] }
    const url = `http://a.example:${server.port}/`
    for (const tenant of ['acme', 'acme', 'umbrella', 'acme', 'umbrella']) {
      const outside = call(using, { tenant, grants })
      expect(await request(outside, url)).toMatchObject({ body: 'ok' })
      await pooled()
    }
    expect(sockets.size).toBe(2)
  })
})
