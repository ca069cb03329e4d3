import { describe, expect, it } from 'vitest'
import type { CallOutside } from '../../packages/executor/src/effects/index.ts'
import { call, engines, httpServer } from '../../packages/executor/src/effects/outside.suite.ts'
import type { Grants } from '../../packages/executor/src/effects/state.ts'
import { residentBytes } from '../break/machine.ts'
import { job, Outside, product } from '../cells/pieces.ts'
import { entry, MiB, pool, until } from '../cells/pool.ts'

/** A cell that has been taken over: it says what a case tells it to, once it has a call (`call` is its id). */
const hostile = (onCall: string, { atBirth = 'send(33)', onCancel = '' } = {}) =>
  entry(`
  import { Socket } from 'node:net'
  const socket = new Socket({ fd: 3, readable: true, writable: true })
  const frame = (type, { call = 0, seq = 0, json = '', bytes = 0, length, jsonBytes } = {}) => {
    const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
    const head = Buffer.alloc(20)
    head.writeUInt32LE(length ?? text.length + bytes, 0)
    head.writeUInt32LE(type, 4)
    head.writeUInt32LE(call, 8)
    head.writeUInt32LE(seq, 12)
    head.writeUInt32LE(jsonBytes ?? text.length, 16)
    return Buffer.concat([head, text, Buffer.alloc(bytes)])
  }
  const send = (...args) => socket.write(frame(...args))
  const take = (type, call) => {
    if (type === 4) { ${onCall} }
    if (type === 6) { ${onCancel} }
  }
  const usage = { fuel: 0, cpuMs: 0, memoryPeakBytes: 0, hostCalls: {}, coldStart: false }
  socket.on('data', (chunk) => {
    for (let at = 0; at + 20 <= chunk.length; at += 20 + chunk.readUInt32LE(at))
      take(chunk.readUInt32LE(at + 4), chunk.readUInt32LE(at + 8))
  })
  ${atBirth}
`)

const [EFFECT, DONE, PONG, UNEQUAL, PICTURED] = [34, 35, 36, 37, 38]
const get = '{ kind: "store.get", ask: { scope: "flow", key: "k" } }'
const done = (json: string) => `send(${DONE}, { call, json: ${json} })`
const failure = (over: string) =>
  done(`{ kind: 'failure', usage, failure: { code: 'x', message: 'y', hasDetail: false, ${over} } }`)

const CASES: Record<string, { says: string; because: RegExp }> = {
  'bytes that are no frame': { says: 'socket.write(Buffer.alloc(64, 0xff))', because: /type 4294967295/ },
  'an unknown type': { says: 'send(99)', because: /type 99/ },
  "a message of the supervisor's": { says: 'send(4, { call })', because: /type 4 / },
  'a length beyond the limit': { says: `send(${DONE}, { call, length: 0xfffffff0 })`, because: /raw bytes/ },
  'a JSON part beyond the limit': {
    says: `send(${PONG}, { length: 5000, jsonBytes: 5000 })`,
    because: /JSON part of 5000/,
  },
  'a JSON part longer than its frame': { says: `send(${DONE}, { call, length: 5, jsonBytes: 9 })`, because: /longer/ },
  'raw bytes where none belong': { says: `send(${PONG}, { json: {}, bytes: 8 })`, because: /raw bytes/ },
  'JSON cut short': { says: `send(${DONE}, { call, json: '{"kind":"out' })`, because: /cannot be read/ },
  'JSON nested for ever': { says: `send(${EFFECT}, { call, json: '['.repeat(500000) })`, because: /cannot be read/ },
  'JSON that is no object': { says: `send(${DONE}, { call, json: '7' })`, because: /no object/ },
  'ready twice': { says: 'send(33)', because: /ready twice/ },
  'a pong that nobody asked for': {
    says: `send(${PONG}, { seq: 77, json: { memoryBytes: 0, calls: 0 } })`,
    because: /nobody asked/,
  },
  'a difference without a program': { says: `send(${UNEQUAL}, { json: { detail: 'x' } })`, because: /wrong shape/ },
  'a picture without a program': { says: `send(${PICTURED}, { json: { key: 7 }, bytes: 8 })`, because: /wrong shape/ },
  'a picture beyond the limit': {
    says: `send(${PICTURED}, { length: 0x10000000, jsonBytes: 2 })`,
    because: /raw bytes/,
  },
  'the end of a call that it has not': {
    says: `send(${DONE}, { call: call + 1, json: { kind: 'output', usage } })`,
    because: /not given/,
  },
  'an end without usage': { says: done('{ kind: "output" }'), because: /wrong shape/ },
  'an end with a figure below zero': {
    says: done('{ kind: "output", usage: { ...usage, fuel: -1 } }'),
    because: /shape/,
  },
  'an end with a figure that breaks a sum': {
    says: done('{ kind: "output", usage: { ...usage, fuel: 0.5 } }'),
    because: /shape/,
  },
  'an end with more fuel than there is': {
    says: done('{ kind: "output", usage: { ...usage, fuel: 9e15 } }'),
    because: /shape/,
  },
  'a name of a host call that is none': {
    says: done('{ kind: "output", usage: { ...usage, hostCalls: { ["x".repeat(300)]: 1 } } }'),
    because: /names of host calls/,
  },
  'an error that was not cut': {
    says: done('{ kind: "error", usage, code: "AP_TRAPPED", fields: { detail: "x".repeat(20000) } }'),
    because: /AP_TRAPPED/,
  },
  'an output over its limit': {
    says: `send(${DONE}, { call, json: { kind: 'output', usage }, bytes: 11 << 20 })`,
    because: /its outputBytes is 10485760/,
  },
  'an end with a field too many': { says: done('{ kind: "output", usage, free: true }'), because: /wrong shape/ },
  'a thousand names of host calls': {
    says: done(
      '{ kind: "output", usage: { ...usage, hostCalls: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, 1])) } }',
    ),
    because: /names of host calls/,
  },
  "an error that is the supervisor's": {
    says: done('{ kind: "error", usage, code: "AP_DRAINING", fields: {} }'),
    because: /AP_DRAINING/,
  },
  'an error that is none': {
    says: done('{ kind: "error", usage, code: "constructor", fields: {} }'),
    because: /constructor/,
  },
  'an error with the wrong fields': {
    says: done('{ kind: "error", usage, code: "AP_INVALID_COMPONENT", fields: { reasons: "x" } }'),
    because: /AP_INVALID/,
  },
  'a failure that was not cut': { says: failure("message: 'm'.repeat(70000)"), because: /not cut/ },
  'an effect of a call that it has not': {
    says: `send(${EFFECT}, { call: call + 1, seq: 1, json: ${get} })`,
    because: /not given/,
  },
  'an effect without a kind': { says: `send(${EFFECT}, { call, seq: 1, json: {} })`, because: /without a kind/ },
  'an effect of an unknown kind': {
    says: `send(${EFFECT}, { call, seq: 1, json: { kind: 'fs.read', ask: {} } })`,
    because: /unknown kind/,
  },
  'an effect named as a property of objects': {
    says: `send(${EFFECT}, { call, seq: 1, json: { kind: '__proto__', ask: {} } })`,
    because: /unknown kind/,
  },
  'an effect of the wrong shape': {
    says: `send(${EFFECT}, { call, seq: 1, json: { kind: 'store.get', ask: { scope: 'all', key: 'k' } } })`,
    because: /store.get/,
  },
  'an effect with a field too many': {
    says: `send(${EFFECT}, { call, seq: 1, json: { kind: 'store.get', ask: { scope: 'flow', key: 'k', tenant: 'x' } } })`,
    because: /store.get/,
  },
  'more questions than an honest call can have': {
    says: `for (let seq = 1; seq < 17000; seq++) send(${EFFECT}, { call, seq, json: ${get} })`,
    because: /open questions/,
  },
}

describe('a cell that was taken over', () => {
  it.each(Object.entries(CASES))('is killed for %s', async (_name, { says, because }) => {
    const reasons: string[] = []
    const log = { info() {}, warn() {}, error: (fields: object) => reasons.push((fields as { detail: string }).detail) }
    const cells = await pool({ cellEntry: hostile(says), log })
    const asked: Outside[] = []
    const outside = () => {
      const one = new Outside({ 'store.get': () => new Promise(() => {}) })
      asked.push(one)
      return one
    }
    const answer = await cells.run(job(await product(), { outside }))
    expect(answer).toMatchObject({ attempts: 3, error: { code: 'AP_CELL_LOST' } })
    expect(cells.status.lost.malformed).toBe(3)
    for (const reason of reasons) expect(reason).toMatch(because)
    expect(asked.map((one) => one.closed)).toEqual([1, 1, 1])
  })

  it('is killed for a word before it is ready', async () => {
    const cells = await pool({
      cellEntry: hostile('', { atBirth: `send(${PONG}, { json: { memoryBytes: 0, calls: 0 } })` }),
    })
    await expect(cells.run(job(await product()))).rejects.toMatchObject({ code: 'AP_NO_CELL' })
  })

  const ASKS = `send(${EFFECT}, { call, seq: 1, json: ${get} })`

  /** Cancels a call once the cell has it. */
  async function cancelled(cellEntry: string, cancelMs: number) {
    const cells = await pool({ cellEntry, cancelMs })
    const caller = new AbortController()
    const outside = new Outside({ 'store.get': () => new Promise(() => {}) })
    const answer = cells.run(job(await product(), { signal: caller.signal, outside: () => outside }))
    await until(() => outside.asked.length === 1)
    caller.abort()
    expect(await answer).toMatchObject({ attempts: 1, error: { code: 'AP_CANCELLED' } })
    return { status: cells.status, outside }
  }

  it('is killed when it does not end a call that was cancelled', async () => {
    const { status } = await cancelled(hostile(ASKS), 50)
    expect(status.lost.stuck).toBe(1)
  })

  it('is not believed about a call that it was told to end, and has no effect in its name', async () => {
    const onCancel = `${ASKS}; ${done('{ kind: "output", usage }')}`
    const { status, outside } = await cancelled(hostile(ASKS, { onCancel }), 20_000)
    expect(status.lost).toMatchObject({ stuck: 0, malformed: 0 })
    expect(outside.asked).toHaveLength(1)
  })
})

/** What it sends without end, and what ends it. */
const FLOODS: Record<string, { says: string; malformed: boolean }> = {
  'questions that it does not wait for': {
    says: `const more = () => { for (let i = 0; i < 1000; i++) send(${EFFECT}, { call, seq: 1, json: ${get} }); setImmediate(more) }; more()`,
    malformed: true,
  },
  'questions of a megabyte': {
    says: `let seq = 0; const more = () => { send(${EFFECT}, { call, seq: ++seq, json: { kind: 'store.put', ask: { scope: 'flow', key: 'k' } }, bytes: 1 << 20 }); if (socket.writableLength < 1 << 24) setImmediate(more); else socket.once('drain', more) }; more()`,
    malformed: false,
  },
  'half a frame, and nothing more': {
    says: `socket.write(frame(${DONE}, { call, json: { kind: 'output', usage }, bytes: 1 << 20 }).subarray(0, 500))`,
    malformed: false,
  },
  'pongs without end': {
    says: `const more = () => { for (let i = 0; i < 1000; i++) send(${PONG}, { seq: 1, json: { memoryBytes: 0, calls: 0 } }); setImmediate(more) }; more()`,
    malformed: true,
  },
  'its own memory': {
    says: 'const all = []; for (;;) all.push(new Array(1e6).fill({}))',
    malformed: false,
  },
  'silence and no answer': { says: '', malformed: false },
}

describe('a cell that floods', () => {
  it.each(Object.entries(FLOODS))('with %s ends alone; our memory stays flat', async (_name, { says, malformed }) => {
    const cells = await pool({ cellEntry: hostile(says), memoryBytes: 512 * MiB, cancelMs: 200 })
    const outside = new Outside({ 'store.get': () => new Promise(() => {}), 'store.put': () => new Promise(() => {}) })
    // What is malformed is seen at once; the rest ends at its deadline.
    const wallMs = malformed ? 20_000 : 1_500
    const before = residentBytes(process.pid)
    const answer = await cells.run(job(await product(), { outside: () => outside, wallMs }))
    expect(answer).toMatchObject({ kind: 'error' })
    expect(['AP_CELL_LOST', 'AP_WALL_EXCEEDED', 'AP_HUNG']).toContain(answer.kind === 'error' && answer.error.code)
    expect(residentBytes(process.pid) - before).toBeLessThan(400 * MiB)
    // A flood may also keep a cell from its pong on a busy machine: then it is lost as hung, at each of its attempts.
    const { malformed: garbled, hung } = cells.status.lost
    if (malformed) expect(garbled + hung).toBe(3)
    else expect(garbled).toBe(0)
    expect(cells.status.running).toBe(0)
  })
})

describe('a cell that asks in the name of its own call', () => {
  const asks = (kind: string, ask: object) =>
    `send(${EFFECT}, { call, seq: 1, json: ${JSON.stringify({ kind, ask })} })`
  const http = (authority: string) => ({
    exchange: 1,
    ...{ method: 'GET', scheme: 'http', authority, pathWithQuery: '/', headers: [], body: 'none' },
  })
  const granted = { http: ['http://a.example:PORT'] }
  const reference = `file:${'0'.repeat(12)}-${'0'.repeat(32)}`

  it.each<[name: string, says: string, grants: Partial<Grants>, answer: RegExp]>([
    ['a host that was not granted', asks('http.request', http('b.example:PORT')), granted, /HTTP-request-denied/],
    ['a granted name', asks('http.request', http('a.example:PORT')), granted, /"status":200/],
    [
      'a granted name of a private address',
      asks('http.request', http('a.example:PORT')).replace('a.example', '10.0.0.1'),
      { http: ['http://10.0.0.1:PORT'] },
      /destination-IP-prohibited/,
    ],
    [
      'a scope that was not granted',
      asks('store.get', { scope: 'project', key: 'k' }),
      { store: ['flow'] },
      /not_granted/,
    ],
    ['a granted scope', asks('store.get', { scope: 'flow', key: 'k' }), { store: ['flow'] }, /"found":false/],
    [
      'a file that its call was not given',
      asks('files.read', { reference, offset: 0, maxBytes: 10 }),
      { files: ['read'] },
      /not_found|not_granted/,
    ],
    ['the end of the run', asks('run.stop', { hasResponse: false }), {}, /not_granted/],
  ])('is answered as the piece would be: %s', async (_, says, grants, expected) => {
    const server = await httpServer((_request, response) => response.end())
    const at = (text: string) => text.replaceAll('PORT', String(server.port))
    const outside = call(await engines(), {
      grants: JSON.parse(at(JSON.stringify(grants))) as Partial<Grants>,
      run: { projectId: 'default', flowId: 'f' },
    })
    const answered = Promise.withResolvers<string>()
    const watched: CallOutside = Object.create(outside, {
      ask: {
        value: async (effect: Parameters<CallOutside['ask']>[0]) => {
          const reply = await outside.ask(effect)
          answered.resolve(JSON.stringify(reply.answer))
          return reply
        },
      },
      post: { value: (effect: Parameters<CallOutside['post']>[0]) => outside.post(effect) },
      close: { value: () => outside.close() },
    })
    const cells = await pool({ cellEntry: hostile(at(says)), cancelMs: 20 })
    const caller = new AbortController()
    const running = cells.run(job(await product(), { outside: () => watched, signal: caller.signal }))
    expect(await answered.promise).toMatch(expected)
    caller.abort()
    expect(await running).toMatchObject({ error: { code: 'AP_CANCELLED' } })
  })
})
