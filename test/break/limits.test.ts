/** Every row of the tables of limits: what it says happens beyond it, and its nearest permitted twin, over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOST_LIMITS, type HostLimitName, LIMITS, type LimitName, type Limits } from '@ap-wasm/executor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServerProcess, startProcess } from '../api/process.ts'
import { type Asked, artifact } from '../api/server.ts'
import { LOOPS } from '../cells/fixtures.ts'
import type { Fixture } from '../fixture.ts'
import { httpErrorOf, PROBE_PAGES, type ProbeAction, probe, probeCapabilities } from './probe.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const PAGE = 65_536
/** What a line of the log costs beside its text. */
const LINE_COST = 16
const LOOPBACK = ['--egress-private', '127.0.0.0/8']

let upstream: Upstream
let server: ServerProcess
let data: string
beforeAll(async () => {
  upstream = await startUpstream()
  data = await mkdtemp(join(tmpdir(), 'ap-wasm-limits-'))
  server = await startProcess(data, LOOPBACK)
  await deployProbe(server)
  const turns = (count: number): string => `(local $i i32)
    (loop $more (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $more (i32.lt_u (local.get $i) (i32.const ${count}))))`
  const others: Record<string, Fixture> = {
    reallocates: LOOPS.realloc,
    frees: LOOPS.post,
    starts: { definitions: `(func $start ${turns(100_000)}) (start $start)` },
  }
  for (const [name, fixture] of Object.entries(others))
    expect((await server.deploy(await artifact({ name }, fixture))).status).toBe(201)
})
afterAll(async () => {
  await server?.kill('SIGKILL')
  await upstream?.close()
  await rm(data, { recursive: true, force: true })
})

async function deployProbe(to: ServerProcess): Promise<void> {
  expect((await to.deploy(await probe(upstream.host))).status).toBe(201)
  const granted = await to.ask('PUT', '/v1/pieces/probe/grants', probeCapabilities(upstream.host))
  expect(granted.body).toMatchObject({ missing: [] })
}

interface Ask {
  piece?: string
  action?: ProbeAction
  props?: { n?: number; path?: string; file?: unknown }
  limits?: Partial<Limits>
}
const run = (to: ServerProcess, { piece = 'probe', action = 'echo', props = {}, limits }: Ask): Promise<Asked> =>
  to.ask('POST', `/v1/pieces/${piece}/latest/actions/${action}`, { props, ...(limits ? { limits } : {}) })
const logOf = async (to: ServerProcess, { body }: Asked): Promise<string> =>
  (await to.ask('GET', `/v1/calls/${body.callId}`)).body.logs
    .map((line: { message: string }) => line.message)
    .join('\n')

interface Case {
  /** Where a limit has more than one side. */
  side?: string
  before?: () => void
  permitted: Ask | (() => Promise<Ask>)
  exceeded: Ask | (() => Promise<Ask>)
  /** Of the answer beyond the limit. */
  is: object
  http?: string
  log?: RegExp
  /** What else is true, of both answers. */
  check?: (permitted: Asked, exceeded: Asked) => Promise<void> | void
  /** Refused before a cell had it: nothing was spent, so no usage is told. */
  refused?: true
}
const failure = (code: string, message: RegExp) => ({
  status: 200,
  body: { ok: false, failure: { code, message: expect.stringMatching(message) } },
})
const error = (status: number, code: string, detail: RegExp) => ({
  status,
  body: { code, detail: expect.stringMatching(detail), remedy: expect.any(String) },
})
const httpFailure = { status: 200, body: { ok: false, failure: { code: expect.stringMatching(/^http_/) } } }
/** The same call with a limit at what it needs, and one below. */
const around = (ask: Ask, limit: LimitName, value: number): Pick<Case, 'permitted' | 'exceeded'> => ({
  permitted: { ...ask, limits: { [limit]: value } },
  exceeded: { ...ask, limits: { [limit]: value - 1 } },
})
const fuelOf = async (ask: Ask): Promise<number> => (await run(server, ask)).body.usage.fuel
const inputBytesOf = async (ask: Ask): Promise<number> => JSON.stringify((await run(server, ask)).body.output).length
const SPIN: Ask = { action: 'spin', props: { n: 50_000 } }
const hundred = Buffer.alloc(100, 'x').toString('base64')

const CASES: Record<LimitName, Case[]> = {
  wallMs: [
    {
      permitted: { action: 'sleep', props: { n: 1 } },
      exceeded: { action: 'sleep', props: { n: 600_000 }, limits: { wallMs: 100 } },
      is: error(504, 'AP_WALL_EXCEEDED', /wallMs is 100/),
    },
  ],
  cpuMs: [
    {
      permitted: { action: 'spin', props: { n: 100_000 } },
      exceeded: { action: 'spinForever', limits: { cpuMs: 30 } },
      is: error(504, 'AP_CPU_EXCEEDED', /cpuMs is 30/),
    },
  ],
  fuel: [
    {
      permitted: async () => ({ ...SPIN, limits: { fuel: await fuelOf(SPIN) } }),
      exceeded: async () => ({ ...SPIN, limits: { fuel: (await fuelOf(SPIN)) - 1 } }),
      is: error(504, 'AP_FUEL_EXCEEDED', /fuel is \d+/),
    },
  ],
  memoryBytes: [
    {
      side: 'growing',
      permitted: { action: 'grow', props: { n: 4 }, limits: { memoryBytes: (PROBE_PAGES + 4) * PAGE } },
      exceeded: { action: 'grow', props: { n: 5 }, limits: { memoryBytes: (PROBE_PAGES + 4) * PAGE } },
      is: failure('no_memory', /./),
      check: (permitted) => expect(permitted.body.usage.memoryPeakBytes).toBe((PROBE_PAGES + 4) * PAGE),
    },
    {
      side: 'beginning',
      ...around({ action: 'echo' }, 'memoryBytes', PROBE_PAGES * PAGE),
      is: error(507, 'AP_MEMORY_EXCEEDED', new RegExp(`memoryBytes is ${PROBE_PAGES * PAGE - 1}`)),
    },
  ],
  reallocCpuMs: ['reallocates', 'frees'].map((piece) => ({
    side: piece,
    permitted: { piece: 'probe' },
    exceeded: { piece, limits: { reallocCpuMs: 20 } },
    is: error(504, 'AP_REALLOC_EXCEEDED', /reallocCpuMs is 20/),
  })),
  startFuel: [
    {
      permitted: { piece: 'starts', limits: { startFuel: 1e7 } },
      exceeded: { piece: 'starts', limits: { startFuel: 1e4 } },
      is: error(504, 'AP_START_EXCEEDED', /startFuel is 10000/),
      check: (permitted, exceeded) => {
        // A start is not billed: not by whom it lets in, not by whom it stops.
        expect(permitted.body.usage.fuel).toBeLessThan(100_000)
        expect(exceeded.body.usage.fuel).toBe(0)
      },
    },
  ],
  inputBytes: [
    {
      permitted: async () => ({ limits: { inputBytes: await inputBytesOf({}) } }),
      exceeded: async () => ({ limits: { inputBytes: (await inputBytesOf({})) - 1 } }),
      is: error(413, 'AP_INPUT_TOO_LARGE', /has \d+ bytes; inputBytes is \d+/),
      refused: true,
    },
  ],
  outputBytes: [
    {
      ...around({ action: 'answer', props: { n: 1_000 } }, 'outputBytes', 1_000),
      is: error(502, 'AP_OUTPUT_TOO_LARGE', /has 1000 bytes; outputBytes is 999/),
    },
  ],
  httpRequests: [
    {
      ...around({ action: 'get', props: { n: 3, path: '/' } }, 'httpRequests', 3),
      is: httpFailure,
      http: 'internal-error',
      log: /httpRequests is/,
    },
  ],
  httpConcurrent: [
    {
      // Held until so many are there at once: fewer would wait for ever, more would be seen.
      before: () => upstream.holdFor(2),
      permitted: { action: 'together', props: { n: 2, path: '/hold' }, limits: { httpConcurrent: 2 } },
      exceeded: { action: 'together', props: { n: 8, path: '/hold' }, limits: { httpConcurrent: 2 } },
      is: { status: 200, body: { output: 8 } },
      check: () => expect(upstream.heldAtMost).toBe(2),
    },
  ],
  httpBodyBytes: [
    {
      side: 'sent',
      ...around({ action: 'upload', props: { n: 9_000, path: '/' } }, 'httpBodyBytes', 9_000),
      is: httpFailure,
      http: 'HTTP-request-body-size',
    },
    {
      side: 'received',
      ...around({ action: 'get', props: { n: 1, path: '/bytes/9000' } }, 'httpBodyBytes', 9_000),
      is: httpFailure,
      http: 'HTTP-response-body-size',
      log: /httpBodyBytes, which is/,
    },
  ],
  httpFirstByteMs: [
    {
      permitted: { action: 'get', props: { n: 1, path: '/' } },
      exceeded: { action: 'get', props: { n: 1, path: '/never' }, limits: { httpFirstByteMs: 50 } },
      is: httpFailure,
      http: 'connection-read-timeout',
    },
  ],
  httpBetweenBytesMs: [
    {
      permitted: { action: 'get', props: { n: 1, path: '/bytes/100000' } },
      exceeded: { action: 'get', props: { n: 1, path: '/head' }, limits: { httpBetweenBytesMs: 50 } },
      is: httpFailure,
      http: 'connection-read-timeout',
    },
  ],
  storeKeyBytes: [
    {
      ...around({ action: 'putKey', props: { n: 20 } }, 'storeKeyBytes', 20),
      is: failure('limit_exceeded', /has 20 bytes; storeKeyBytes is 19/),
    },
  ],
  storeValueBytes: [
    {
      ...around({ action: 'putValue', props: { n: 1_000 } }, 'storeValueBytes', 1_000),
      is: failure('limit_exceeded', /has 1000 bytes; storeValueBytes is 999/),
    },
  ],
  storeOps: [
    {
      ...around({ action: 'readStore', props: { n: 3 } }, 'storeOps', 3),
      is: failure('limit_exceeded', /3 times; storeOps is 2/),
    },
  ],
  fileBytes: [
    {
      side: 'written',
      ...around({ action: 'writeFile', props: { n: 100 } }, 'fileBytes', 100),
      is: failure('limit_exceeded', /has 100 bytes; fileBytes is 99/),
    },
    {
      side: 'given',
      ...around({ props: { file: { filename: 'a', data: hundred } } }, 'fileBytes', 100),
      is: error(422, 'AP_INVALID_PROPS', /has 100 bytes; fileBytes is 99/),
      refused: true,
    },
  ],
  files: [
    {
      ...around({ action: 'writeFiles', props: { n: 3 } }, 'files', 3),
      is: failure('limit_exceeded', /files is 2/),
    },
  ],
  logBytes: [
    {
      ...around({ action: 'logLines', props: { n: 3 } }, 'logBytes', 3 * (100 + LINE_COST)),
      is: { status: 200, body: { ok: true, output: 3 } },
      log: /bytes of log cut: logBytes is/,
    },
  ],
  logLineBytes: [
    {
      ...around({ action: 'logLine', props: { n: 200 } }, 'logLineBytes', 200),
      is: { status: 200, body: { ok: true, output: 200 } },
      log: /^x{199} … \(1 bytes cut: logLineBytes is 199\)$/,
    },
  ],
}

const USAGE = {
  fuel: expect.any(Number),
  fuelModel: 1,
  wallMs: expect.any(Number),
  cpuMs: expect.any(Number),
  memoryPeakBytes: expect.any(Number),
  hostCalls: expect.any(Object),
  bytesIn: expect.any(Number),
  bytesOut: expect.any(Number),
  coldStart: expect.any(Boolean),
}
const given = async (ask: Case['permitted']): Promise<Ask> => (typeof ask === 'function' ? ask() : ask)

describe('limits of a call', () => {
  test('every row of the table has a case', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(LIMITS).sort())
    for (const cases of Object.values(CASES)) expect(cases.length).toBeGreaterThan(0)
  })

  const all = Object.entries(CASES).flatMap(([limit, cases]) =>
    cases.map((one) => ({ ...one, name: one.side === undefined ? limit : `${limit}, ${one.side}` })),
  )
  test.each(all)('$name', async ({ before, permitted, exceeded, is, http, log, check, refused }) => {
    before?.()
    const under = await run(server, await given(permitted))
    expect(under).toMatchObject({ status: 200, body: { ok: true, usage: USAGE } })
    if (log) expect(await logOf(server, under)).not.toMatch(log)
    const beyond = await run(server, await given(exceeded))
    expect(beyond).toMatchObject(is)
    if (http) expect(httpErrorOf(beyond.body.failure)).toBe(http)
    if (log) expect(await logOf(server, beyond)).toMatch(log)
    await check?.(under, beyond)
    for (const { body } of refused ? [under] : [under, beyond]) {
      expect(body.usage).toMatchObject(USAGE)
      expect((await server.ask('GET', `/v1/calls/${body.callId}`)).body.usage).toEqual(body.usage)
    }
  })

  test.each(Object.keys(LIMITS) as LimitName[])('%s: nobody may ask for more than is allowed here', async (limit) => {
    const { default: allowed, ceiling } = LIMITS[limit]
    expect(await run(server, { limits: { [limit]: allowed } })).toMatchObject({ status: 200 })
    if (allowed < ceiling)
      expect(await run(server, { limits: { [limit]: allowed + 1 } })).toMatchObject(
        error(422, 'AP_LIMIT_TOO_HIGH', new RegExp(`${limit} ${allowed + 1} was asked; at most ${allowed}`)),
      )
    expect(await run(server, { limits: { [limit]: ceiling + 1 } })).toMatchObject({
      status: 400,
      body: { code: 'AP_BAD_REQUEST', detail: expect.stringContaining(limit) },
    })
  })
})

test.each<[what: string, ask: Ask]>([
  ['an output', { action: 'spin', props: { n: 123_456 } }],
  ['an output of many host calls', { action: 'readStore', props: { n: 40 } }],
  ['a failure', { action: 'putKey', props: { n: 200 } }],
  ['a trap', { action: 'trap' }],
  ['the end of its fuel', { action: 'spinForever', limits: { fuel: 12_345_678 } }],
])('the same call again costs the same fuel: %s', async (_, ask) => {
  const usages = []
  for (let i = 0; i < 4; i++) usages.push((await run(server, ask)).body.usage)
  usages.push(...(await Promise.all([1, 2, 3, 4].map(() => run(server, ask)))).map(({ body }) => body.usage))
  expect(usages[0].fuel).toBeGreaterThan(0)
  expect(new Set(usages.map((usage) => usage.fuel)).size).toBe(1)
  expect(new Set(usages.map((usage) => JSON.stringify(usage.hostCalls))).size).toBe(1)
})

describe('limits of the host', () => {
  let small: ServerProcess
  let folder: string
  let exact: Uint8Array
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ap-wasm-host-limits-'))
    exact = await probe(upstream.host)
    const set: Record<HostLimitName, number> = {
      componentBytes: exact.length,
      artifactBytesPerTenant: exact.length + (await tiny('a')).length * 2 - 1,
      concurrentPerPiece: 2,
      queued: 3,
      queuedBytes: 4_000,
      fileBytesPerTenant: 5_000,
      storeBytesPerPiece: 2_000,
    }
    const flags = Object.entries(set).flatMap(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      String(value),
    ])
    small = await startProcess(folder, [...LOOPBACK, ...flags])
    await deployProbe(small)
  })
  afterAll(async () => {
    await small?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const tiny = (name: string) => artifact({ name })

  /** Two calls run and are held; the others wait. */
  async function crowd(waiting: readonly Ask[]): Promise<Promise<Asked>[]> {
    upstream.hold()
    const held: Ask = { action: 'get', props: { n: 1, path: '/hold' } }
    const calls = [run(small, held), run(small, held)]
    while (upstream.held < 2) await new Promise(setImmediate)
    for (const ask of waiting) calls.push(run(small, ask))
    const queued = async () =>
      /^ap_wasm_\w*queue\w*(?:\{[^}]*\})? (\d+)$/m.exec((await small.ask('GET', '/metrics')).body)
    while (Number((await queued())?.[1] ?? 0) < waiting.length);
    return calls
  }
  async function letGo(calls: Promise<Asked>[]): Promise<void> {
    upstream.release()
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200)
  }
  const HELD: Ask = { action: 'get', props: { n: 1, path: '/hold' } }

  const HOST_CASES: Record<HostLimitName, () => Promise<void>> = {
    async componentBytes() {
      expect((await small.deploy(exact)).status).toBe(200)
      const more = await probe(upstream.host, { readme: 'x' })
      expect(await small.deploy(more)).toMatchObject(
        error(413, 'AP_BODY_TOO_LARGE', new RegExp(`${more.length} bytes or more; componentBytes is ${exact.length}`)),
      )
    },
    async artifactBytesPerTenant() {
      const { length } = await tiny('a')
      const limit = exact.length + 2 * length - 1
      // Of two that come together one fits.
      const both = await Promise.all(['a', 'b'].map(async (name) => small.deploy(await tiny(name))))
      expect(both.map(({ status }) => status).sort()).toEqual([201, 413])
      const detail = `has ${length} bytes .* holds ${exact.length + length} .*artifactBytesPerTenant is ${limit}`
      expect(await small.deploy(await tiny('c'))).toMatchObject(error(413, 'AP_QUOTA_EXCEEDED', new RegExp(detail)))
    },
    async concurrentPerPiece() {
      const calls = await crowd([HELD, HELD, HELD])
      expect(upstream.heldAtMost).toBe(2)
      await letGo(calls)
    },
    async queued() {
      const calls = await crowd([HELD, HELD, HELD])
      const beyond = await run(small, HELD)
      expect(beyond).toMatchObject(error(503, 'AP_SATURATED', /3 .*wait; the queue holds 3/))
      expect(beyond.headers.get('retry-after')).toMatch(/^\d+$/)
      await letGo(calls)
    },
    async queuedBytes() {
      const large: Ask = { action: 'get', props: { n: 1, path: `/?${'x'.repeat(3_000)}` } }
      const calls = await crowd([large])
      expect(await run(small, large)).toMatchObject(error(503, 'AP_SATURATED', /bytes.* wait; the queue holds 4000/))
      await letGo([...calls, run(small, { action: 'get', props: { n: 1, path: '/' } })])
    },
    async fileBytesPerTenant() {
      const write = () => run(small, { action: 'writeFile', props: { n: 4_000 } })
      expect(await write()).toMatchObject({ body: { ok: true } })
      expect(await write()).toMatchObject(failure('storage_full', /fileBytesPerTenant is 5000/))
      const given = await run(small, {
        props: { file: { filename: 'a', data: Buffer.alloc(4_000).toString('base64') } },
      })
      expect(given).toMatchObject(error(507, 'AP_STORAGE_FULL', /fileBytesPerTenant is 5000/))
      expect(await run(small, { action: 'writeFile', props: { n: 10 } })).toMatchObject({ body: { ok: true } })
    },
    async storeBytesPerPiece() {
      const put = (n: number) => run(small, { action: 'putValue', props: { n } })
      expect(await put(1_999)).toMatchObject({ body: { ok: true } })
      expect(await put(2_000)).toMatchObject(failure('limit_exceeded', /storeBytesPerPiece/))
      expect(await put(1_999)).toMatchObject({ body: { ok: true } })
    },
  }

  test('every row of the table has a case', () => {
    expect(Object.keys(HOST_CASES).sort()).toEqual(Object.keys(HOST_LIMITS).sort())
  })
  test.each(Object.entries(HOST_CASES))('%s', async (_, holds) => holds())
})
