/** What bad input gets, from a real process: what is wrong, where, the limit, the remedy; flat memory; nothing left behind. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeMsgpack, type Manifest } from '@ap-wasm/executor'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MANIFEST_SECTION } from '../../packages/executor/src/manifest.ts'
import { appendSection } from '../../packages/executor/src/piece/custom-sections.ts'
import { ECHO } from '../api/pieces.ts'
import { type ServerProcess, startProcess } from '../api/process.ts'
import { type Asked, artifact, asked } from '../api/server.ts'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { chance, filesBelow, MiB, residentBytes } from './machine.ts'

let server: ServerProcess
let data: string
let whole: Uint8Array
let before: string[]
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'ap-wasm-bad-input-'))
  server = await startProcess(data)
  whole = await artifact({ name: 'echo', capabilities: { http: ['https://api.example.com'] } }, ECHO)
  expect((await server.deploy(whole)).status).toBe(201)
  await server.ask('PUT', '/v1/pieces/echo/grants', { http: ['https://api.example.com'] })
  expect((await call({ props: { count: 1 } })).status).toBe(200)
  before = filesBelow(data)
})
afterAll(async () => {
  await server?.kill('SIGKILL')
  await rm(data, { recursive: true, force: true })
})

const call = (body: unknown, path = 'actions/echo') => server.ask('POST', `/v1/pieces/echo/latest/${path}`, body)
const send = async (type: string, bytes: Uint8Array | string, path = '/v1/pieces/echo/latest/actions/echo') =>
  asked(await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body: bytes as BodyInit }))
const json = (text: string) => () => send('application/json', text)
const packed =
  (...bytes: number[]) =>
  () =>
    send('application/msgpack', Uint8Array.from(bytes))

const pick = chance(20)
/** Looks like nothing, behind whatever it begins with. */
function garbage(bytes: number, ...begin: number[]): Uint8Array {
  const words = Uint32Array.from({ length: bytes / 4 }, () => pick(2 ** 32))
  const out = new Uint8Array(words.buffer)
  out.set(begin)
  return out
}
const COMPONENT = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]
const manifest = (more: object): Manifest =>
  ({ name: 'bad', version: '1.0.0', language: 'wat', description: DESCRIPTION, ...more }) as unknown as Manifest
/** A component with a manifest that nobody checked. */
const forged = async (...manifests: unknown[]): Promise<Uint8Array> => {
  const sections = manifests.map((one) =>
    appendSection(Uint8Array.from(COMPONENT), MANIFEST_SECTION, Buffer.from(JSON.stringify(one))).subarray(
      COMPONENT.length,
    ),
  )
  return Buffer.concat([await pieceComponent(), ...sections])
}
const upload = (bytes: () => Uint8Array | Promise<Uint8Array>) => async () => server.deploy(await bytes())
const wat = (text: string) => upload(() => parse(text))

interface Case {
  name: string
  ask: () => Promise<Asked>
  status: number
  code: string
  /** Each names something: the place, the value, the limit. */
  says: RegExp[]
}
const refused = (name: string, ask: Case['ask'], ...says: RegExp[]): Case => ({
  ...{ name, ask, says },
  status: 422,
  code: 'AP_INVALID_COMPONENT',
})

const CASES: Case[] = [
  refused(
    'nothing',
    upload(() => new Uint8Array()),
    /no bytes/,
  ),
  refused(
    'text',
    upload(() => Buffer.from('hello')),
    /not WebAssembly/,
    /\\0asm/,
  ),
  refused('a core module', wat('(module)'), /core module/, /ap-wasm build/),
  refused(
    'an artifact cut in half',
    upload(() => whole.subarray(0, whole.length / 2)),
    /not valid/,
  ),
  refused(
    'an artifact without its last byte',
    upload(() => whole.subarray(0, -1)),
    /not valid/,
  ),
  refused(
    '20 MiB of garbage',
    upload(() => garbage(20 * MiB)),
    /not WebAssembly/,
  ),
  refused(
    '20 MiB of garbage that begin well',
    upload(() => garbage(20 * MiB, ...COMPONENT)),
    /not valid/,
  ),
  refused(
    'a component without the contract',
    wat('(component)'),
    /does not export ap:piece\/handler/,
    /ap:piece\/manifest/,
  ),
  refused(
    'wrong types under the right names',
    wat('(component (import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (result u32))))))'),
    /get-random-u64/,
    /u32/,
    /u64/,
  ),
  refused(
    'a forbidden import',
    wat('(component (import "wasi:keyvalue/store@0.2.0" (instance (export "f" (func)))))'),
    /wasi:keyvalue\/store@0\.2\.0/,
  ),
  refused(
    'no manifest',
    upload(() => pieceComponent()),
    /ap:piece\/manifest/,
  ),
  refused(
    'two manifests',
    upload(() => forged(manifest({}), manifest({}))),
    /has 2/,
  ),
  refused(
    'a manifest that is no object',
    upload(() => forged([])),
    /manifest/,
  ),
  refused(
    'a manifest without fields',
    upload(() => forged({})),
    /name/,
    /version/,
    /language/,
    /description/,
  ),
  refused(
    'a name that climbs',
    upload(() => forged(manifest({ name: '../../etc' }))),
    /name/,
    /\.\.\/\.\.\/etc/,
  ),
  refused(
    'a version that is none',
    upload(() => forged(manifest({ version: 'v1' }))),
    /version/,
    /v1/,
    /x\.y\.z/,
  ),
  refused(
    'an unknown field',
    upload(() => forged(manifest({ colour: 'red' }))),
    /colour/,
  ),
  refused(
    'a limit above its ceiling',
    upload(() => forged(manifest({ limits: { wallMs: 10 ** 9 } }))),
    /wallMs/,
    /600000/,
  ),
  refused(
    'an http pattern of everything',
    upload(() => forged(manifest({ capabilities: { http: ['*'] } }))),
    /capabilities\.http/,
    /"\*"/,
  ),
  refused(
    'an unknown capability',
    upload(() => forged(manifest({ capabilities: { sudo: [] } }))),
    /sudo/,
  ),
  refused(
    'a description that is not what it describes',
    upload(() => forged(manifest({ description: { ...DESCRIPTION, displayName: 'Other' } }))),
    /\$\.displayName/,
  ),
  {
    name: 'a version that exists',
    ask: upload(() => artifact({ name: 'echo', readme: 'other bytes' }, ECHO)),
    status: 409,
    code: 'AP_VERSION_EXISTS',
    says: [/"echo" 1\.0\.0/, /sha256:/],
  },
  {
    name: 'an artifact too large',
    ask: upload(() => new Uint8Array(50 * MiB + 1)),
    status: 413,
    code: 'AP_BODY_TOO_LARGE',
    says: [/52428801/, /componentBytes is 52428800/],
  },
  {
    name: 'an artifact of another type',
    ask: () => send('application/octet-stream', whole, '/v1/pieces'),
    status: 415,
    code: 'AP_UNSUPPORTED_MEDIA_TYPE',
    says: [/octet-stream/, /application\/wasm/],
  },

  {
    name: 'a grant beyond what is asked',
    ask: () => server.ask('PUT', '/v1/pieces/echo/grants', { http: ['https://*'], store: ['flow'] }),
    status: 422,
    code: 'AP_GRANT_EXCEEDS_ASK',
    says: [/https:\/\/\*/, /store flow/],
  },
  {
    name: 'a grant of the wrong shape',
    ask: () => server.ask('PUT', '/v1/pieces/echo/grants', { http: 'https://api.example.com' }),
    status: 400,
    code: 'AP_BAD_REQUEST',
    says: [/body\/http/],
  },

  {
    name: 'properties of wrong types',
    ask: () => call({ props: { count: 'many', file: 7, more: true } }),
    status: 422,
    code: 'AP_INVALID_PROPS',
    says: [/props\.count/, /props\.file/, /props\.more/],
  },
  {
    name: 'a missing property',
    ask: () => call({}, 'actions/strict'),
    status: 422,
    code: 'AP_INVALID_PROPS',
    says: [/props\.name/],
  },
  {
    name: 'an unknown action',
    ask: () => call({}, 'actions/nothing'),
    status: 404,
    code: 'AP_ACTION_NOT_FOUND',
    says: [/"nothing"/, /echo, strict, private, choose/],
  },
  {
    name: 'an unknown piece',
    ask: () => server.ask('POST', '/v1/pieces/nobody/latest/actions/echo', {}),
    status: 404,
    code: 'AP_PIECE_NOT_FOUND',
    says: [/"nobody"/],
  },
  {
    name: 'an input too large',
    ask: () => call({ run: { resumePayload: 'x'.repeat(10 * MiB) } }),
    status: 413,
    code: 'AP_INPUT_TOO_LARGE',
    says: [/has 104\d+ bytes/, /inputBytes is 10485760/],
  },
  {
    name: 'a body too large',
    ask: json(`"${'x'.repeat(44 * MiB)}"`),
    status: 413,
    code: 'AP_BODY_TOO_LARGE',
    says: [/46137346/, /is 45438294/],
  },
  ...(
    [
      ['cut short', '{"props":{"a":', /\$\.props\.a/],
      ['a comma too many', '{"props":{"count":1,}}', /\$\.props/],
      ['a key twice', '{"props":{"count":1,"count":2}}', /\$\.props.*count/],
      ['a lone surrogate', '{"props":{"count":"\\ud800"}}', /\$\.props\.count/],
      ['nested too deep', `{"props":${'['.repeat(600)}${']'.repeat(600)}}`, /512/],
      ['two values', '{} {}', /\$/],
    ] as const
  ).map(([name, text, place]) => ({
    name: `JSON: ${name}`,
    ask: json(text),
    status: 400,
    code: 'AP_BAD_JSON',
    says: [place],
  })),
  ...(
    [
      ['cut short', [0x81, 0xa5, 0x70], /\$/],
      ['an extension', [0x81, 0xa1, 0x61, 0xd4, 0x01, 0x00], /\$\.a/],
      ['a key that is no text', [0x81, 0x01, 0x01], /\$/],
      ['NaN', [0x81, 0xa1, 0x61, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], /\$\.a/],
      ['a list of 2^32 - 1', [0xdd, 0xff, 0xff, 0xff, 0xff], /\$/],
      ['bytes behind it', [0x80, 0x80], /./],
      ['nested too deep', Array.from({ length: 600 }, () => 0x91), /512/],
    ] as const
  ).map(([name, bytes, place]) => ({
    name: `MessagePack: ${name}`,
    ask: packed(...bytes),
    status: 400,
    code: 'AP_BAD_MSGPACK',
    says: [place],
  })),
  {
    name: 'JSON: not UTF-8',
    ask: () => send('application/json', Uint8Array.of(0x22, 0xff, 0x22)),
    status: 400,
    code: 'AP_BAD_JSON',
    says: [/UTF-8/],
  },
  {
    name: 'JSON: a value that is no object',
    ask: json('"text"'),
    status: 400,
    code: 'AP_BAD_REQUEST',
    says: [/body/, /object/],
  },
  {
    name: 'JSON that says it is MessagePack',
    ask: () => send('application/msgpack', '{}'),
    status: 400,
    code: 'AP_BAD_MSGPACK',
    says: [/./],
  },
  {
    name: 'MessagePack that says it is JSON',
    ask: () => send('application/json', encodeMsgpack({ props: {} })),
    status: 400,
    code: 'AP_BAD_JSON',
    says: [/\$/],
  },
  {
    name: 'a text that is no URL',
    ask: () => server.ask('GET', '/v1/pieces/%zz'),
    status: 400,
    code: 'AP_BAD_REQUEST',
    says: [/%zz/],
  },
]

describe('a problem that helps', () => {
  test.each(CASES)('$name', { timeout: 60_000 }, async ({ ask, status, code, says }) => {
    const { body, headers, ...got } = await ask()
    expect({ status: got.status, code: body.code }).toEqual({ status, code })
    for (const one of says) expect(body.detail).toMatch(one)
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const row = (await server.ask('GET', body.type)).body
    expect(body).toMatchObject({ ...row, status })
    expect(body.remedy).toMatch(/\w+.*\.$/)
    expect(filesBelow(data)).toEqual(before)
  })

  test('the same again, when it is right, is taken', async () => {
    expect((await server.deploy(whole)).status).toBe(200)
    expect((await call({ props: { count: 2 } })).body.output.props).toEqual({ count: 2 })
    expect((await server.ask('GET', '/v1/pieces')).body.pieces).toHaveLength(1)
    const { calls } = (await server.ask('GET', '/v1/calls')).body
    expect(new Set(calls.map((one: { state: string }) => one.state))).toEqual(new Set(['ok']))
  })
})

describe('what is not even HTTP', () => {
  /** All that the server says to these bytes. */
  const raw = (bytes: string | Uint8Array): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port, hostname } = new URL(server.url)
      let said = ''
      const socket = connect(Number(port), hostname, () => socket.end(bytes))
      socket
        .on('data', (part) => (said += part.toString('latin1')))
        .on('close', () => resolve(said))
        .on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(said) : reject(error)))
    })
  const request = (head: string, body = '') => `POST /v1/pieces HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n${body}`

  test.each<[name: string, bytes: string | Uint8Array, status: RegExp]>([
    ['garbage', garbage(4096), /^HTTP\/1\.1 400/],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex'), /^HTTP\/1\.1 400/],
    ['no method', 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', /^HTTP\/1\.1 400/],
    ['a header of a megabyte', request(`X: ${'x'.repeat(MiB)}`), /^HTTP\/1\.1 431/],
    [
      'ten thousand headers',
      request(Array.from({ length: 10_000 }, (_, i) => `X-${i}: x`).join('\r\n')),
      /^HTTP\/1\.1 431/,
    ],
    ['a path of a megabyte', `GET /${'x'.repeat(MiB)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, /^HTTP\/1\.1 431/],
    ['two lengths', request('Content-Length: 1\r\nContent-Length: 2', 'xx'), /^HTTP\/1\.1 400/],
    ['a length and chunks', request('Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), /^HTTP\/1\.1 400/],
    ['a length below zero', request('Content-Length: -1'), /^HTTP\/1\.1 400/],
    [
      'a chunk of no length',
      request('Content-Type: application/wasm\r\nTransfer-Encoding: chunked', 'zz\r\n'),
      /^HTTP\/1\.1 400/,
    ],
    ['a line feed in a header', request('X: a\nb: c\r\nContent-Type: a\u0000b'), /^HTTP\/1\.1 400/],
  ])('%s', async (_, bytes, status) => {
    const said = await raw(bytes)
    expect(said).toMatch(status)
    const [, body = ''] = said.split('\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({
      code: 'AP_BAD_REQUEST',
      detail: expect.stringMatching(/./),
      remedy: expect.stringMatching(/\.$/),
    })
    expect((await server.ask('GET', '/healthz')).status).toBe(200)
  })
})

describe('memory', () => {
  test('stays flat over a gigabyte of garbage', { timeout: 120_000 }, async () => {
    const bytes = garbage(20 * MiB)
    const round = async (uploads: number) => {
      for (let i = 0; i < uploads; i++) expect((await server.deploy(bytes)).status).toBe(422)
    }
    await round(10)
    const settled = residentBytes(server.child.pid!)
    await round(40)
    // Not exact: the collector has its own time. Ten of the forty bodies would be more.
    expect(residentBytes(server.child.pid!) - settled).toBeLessThan(200 * MiB)
    expect(filesBelow(data)).toEqual(before)
  })

  test('stays flat over bad JSON and bad MessagePack of megabytes', async () => {
    const bodies: [string, Uint8Array][] = [
      ['application/json', Buffer.from(`[${'0,'.repeat(4 * MiB)}]`)],
      ['application/json', Buffer.from('{"a":'.repeat(2 * MiB))],
      ['application/msgpack', Buffer.concat([Buffer.from([0xdd, 0, 0x80, 0, 0]), Buffer.alloc(8 * MiB - 1)])],
      ['application/msgpack', Buffer.alloc(8 * MiB, 0x91)],
    ]
    const round = async () => {
      for (const [type, body] of bodies) expect((await send(type, body)).status).toBe(400)
    }
    await round()
    await round()
    const settled = residentBytes(server.child.pid!)
    for (let i = 0; i < 4; i++) await round()
    expect(residentBytes(server.child.pid!) - settled).toBeLessThan(200 * MiB)
    expect((await server.ask('GET', '/readyz')).status).toBe(200)
  })
})
