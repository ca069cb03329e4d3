import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation'
import { componentize } from 'componentize-qjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WORLD } from '../../packages/executor/src/host/index.ts'
import { fakeCall, reply } from '../../packages/executor/src/host/testing.ts'
import { Instance } from '../../packages/executor/src/linker/instance.ts'
import type { Program } from '../../packages/executor/src/linker/program.ts'
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { LIMITS, programOf } from '../../packages/executor/src/linker/testing.ts'
import { type Loose, plain, type Second, second } from './second.ts'

/** A piece in plain JavaScript: QuickJS, its loader as an inner component, a wasip2 libc, and the contract. */
const SOURCE = `
import * as store from 'ap:piece/store@0.1.0'
const encode = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (c) => c.charCodeAt(0))
const decode = (bytes) => decodeURIComponent(escape(String.fromCharCode(...bytes)))
const actions = {
  echo: (input) => input,
  sort: (input) => JSON.stringify(JSON.parse(input).sort()),
  sum: () => { let sum = 0; for (let i = 0; i < 20000; i++) sum += i % 7; return String(sum) },
  remember: (input) => {
    store.put('flow', 'key', encode(input))
    return JSON.stringify([decode(store.get('flow', 'key')), store.keys('flow', '', undefined), store.get('project', 'no') === undefined])
  },
  refuse: () => { throw { code: 'no', message: 'not today', retryAfterMs: 1500, detail: encode('{}') } },
  gone: () => { throw { code: 'gone', message: '', retryAfterMs: undefined, detail: undefined } },
}
export const handler = {
  describe: () => '{"näme":"😀"}',
  init: () => {},
  action: (name, input) => encode(actions[name](decode(input))),
  trigger: (name, hook, input) => encode(name + hook),
  resolve: (path, input) => input,
}
`
const encoder = new TextEncoder()

let folder: string
let bytes: Uint8Array
let program: Program
let jco: Second

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-quickjs-'))
  const contract = await readFile(new URL('../../wit/piece.wit', import.meta.url), 'utf8')
  const wit = contract.replace(/\/\/\/ The world[\s\S]*$/, 'world piece { import store; export handler; }\n')
  await writeFile(join(folder, 'piece.wit'), wit)
  const { component } = await componentize({ witPath: folder, jsSource: SOURCE, world: 'piece', sync: true })
  bytes = new Uint8Array(component)
  program = programOf(bytes, WORLD)
  jco = await second(bytes)
}, 120_000)
afterAll(async () => {
  await jco.close()
  await rm(folder, { recursive: true })
})

type Outcome = { tag: 'ok' | 'err'; val?: unknown }

async function ours(name: string, args: readonly unknown[]): Promise<Outcome> {
  const values = new Map<string, Uint8Array>()
  const { call } = fakeCall({
    answer: ({ kind, ask, bytes: value }) => {
      if (kind === 'store.put') values.set(`${ask.scope}/${ask.key}`, value)
      if (kind === 'store.get') {
        const found = values.get(`${ask.scope}/${ask.key}`)
        return reply({ found: found !== undefined }, found)
      }
      return reply(kind === 'store.keys' ? { keys: [...values.keys()].map((key) => key.split('/')[1]) } : {})
    },
  })
  const instance = new Instance(program, scheduler, { id: 1, limits: LIMITS, call })
  await instance.start()
  await instance.invoke('init', [new Uint8Array(0)])
  const result = await instance.invoke(name, args)
  instance.close()
  return plain(result) as Outcome
}
const scheduler = new Scheduler()

async function theirs(name: string, args: readonly unknown[]): Promise<Outcome> {
  const values = new Map<string, Uint8Array>()
  const guest: Loose = await jco.instantiate({
    ...(new WASIShim().getImportObject() as Record<string, Record<string, unknown>>),
    'ap:piece/store': {
      put: (scope: string, key: string, value: Uint8Array) => void values.set(`${scope}/${key}`, value),
      get: (scope: string, key: string) => values.get(`${scope}/${key}`),
      keys: () => [...values.keys()].map((key) => key.split('/')[1]),
      delete: () => {},
    },
  })
  await guest.handler.init(new Uint8Array(0))
  try {
    return { tag: 'ok', val: plain(await guest.handler[name](...args)) }
  } catch (error) {
    if (error instanceof Error && !('payload' in error)) throw error
    return { tag: 'err', val: plain((error as { payload?: unknown }).payload ?? error) }
  }
}

const CALLS: [name: string, args: unknown[]][] = [
  ['describe', []],
  ['action', ['echo', encoder.encode('{"ü":"日本語"}')]],
  ['action', ['echo', encoder.encode('x'.repeat(20_000))]],
  ['action', ['sort', encoder.encode('["b","a","ä"]')]],
  ['action', ['sum', new Uint8Array(0)]],
  ['action', ['remember', encoder.encode('välue')]],
  ['action', ['refuse', new Uint8Array(0)]],
  ['action', ['gone', new Uint8Array(0)]],
  ['trigger', ['name', 'on-enable', new Uint8Array(0)]],
  ['trigger', ['name', 'test', new Uint8Array(0)]],
  ['resolve', ['actions/a/props/p', encoder.encode('{}')]],
]
test.each(CALLS)('%s %j: both implementations answer the same', async (name, args) => {
  const result = await ours(name, args)
  expect(await theirs(name, args)).toEqual(result)
  expect(result.tag).toBe(/refuse|gone/.test(String(args[0])) ? 'err' : 'ok')
})

test('what fails in the language fails in both', async () => {
  await expect(ours('action', ['unknown', new Uint8Array(0)])).rejects.toMatchObject({ code: 'AP_TRAPPED' })
  await expect(theirs('action', ['unknown', new Uint8Array(0)])).rejects.toThrow()
})

test('a runaway inside the engine is stopped', async () => {
  const { call } = fakeCall()
  const instance = new Instance(program, scheduler, { id: 2, limits: { ...LIMITS, fuel: 5e6 }, call })
  await instance.start()
  await instance.invoke('init', [new Uint8Array(0)])
  await expect(instance.invoke('action', ['sum', new Uint8Array(0)])).rejects.toMatchObject({
    code: 'AP_FUEL_EXCEEDED',
  })
})
