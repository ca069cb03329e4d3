/** @module fuzz/seeds: the corpora: good bytes of each kind, made of what the tree holds. */

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { encodeJson, encodeMsgpack } from '../../packages/executor/src/codec.ts'
import { embedManifest, type Manifest } from '../../packages/executor/src/manifest.ts'
import { binaryOf } from '../../packages/executor/src/wasm-tools.ts'
import { FrameWriter } from '../../packages/executor/src/wire.ts'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { corpus } from '../fuel/corpus.ts'
import { scriptsOf } from '../outside/suites.ts'
import { DESCRIBED } from './values.ts'

const LARGEST_SEED = 20_000

export async function components(): Promise<Uint8Array[]> {
  const made = await Promise.all(
    scriptsOf('components').map(({ text }) => binaryOf(text).catch(() => new Uint8Array())),
  )
  return [await pieceComponent(), ...made.filter((one) => one.length > 8 && one.length < LARGEST_SEED)]
}

export const modules = (): Uint8Array[] => [...corpus('corpus'), ...corpus('exceptions')].map(({ bytes }) => bytes)

export async function artifacts(): Promise<Uint8Array[]> {
  const manifest = {
    name: '@acme/fuzz',
    version: '0.1.0',
    language: 'wat',
    description: DESCRIPTION,
  } as unknown as Manifest
  return [
    embedManifest(await binaryOf('(component)'), manifest),
    embedManifest(await binaryOf('(component)'), {
      ...manifest,
      readme: 'x',
      capabilities: { http: ['https://a.example'] },
    }),
  ]
}

/** What a cell says in an ordinary call. */
export async function frames(): Promise<Uint8Array[]> {
  const written: Buffer[] = []
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      written.push(Buffer.from(chunk))
      done()
    },
  }) as Socket
  const writer = new FrameWriter(socket, { maxBytes: 1e9, overflow: () => {} })
  const usage = { fuel: 1, cpuMs: 0.5, memoryPeakBytes: 65_536, hostCalls: { 'a#b': 1 }, coldStart: true }
  writer.send('Ready', 0, 0)
  writer.send('Effect', 1, 1, { kind: 'store.get', ask: { scope: 'flow', key: 'k' } })
  writer.send('Effect', 1, 0, { kind: 'log', ask: { level: 'info', context: '', message: 'ü', atMs: 1 } })
  writer.send('Pong', 0, 3, { memoryBytes: 0, calls: 1 })
  writer.send('Done', 1, 0, { kind: 'output', usage }, new Uint8Array(40).fill(7))
  await new Promise((resolve) => setImmediate(resolve))
  const whole = Buffer.concat(written)
  return [whole, whole.subarray(20), whole.subarray(0, -41)]
}

export function payloads(): Uint8Array[] {
  const values = [
    DESCRIBED,
    [1, -1, 2 ** 40, 1.5, 'text', null, true],
    { a: { b: { c: [[[]]] } } },
    'x'.repeat(300),
    {},
  ]
  return values.flatMap((value) => [encodeJson(value), encodeMsgpack(value)])
}

interface Generated {
  /** The function's parameters and result, as the text format writes them. */
  params: string[]
  result: string | undefined
  bytes: () => Promise<Uint8Array>
}

const PLAIN = ['bool', 'u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 's64', 'f32', 'f64', 'char', 'string']
/** A value type with the types it needs before it; each name is used once. */
interface Typed {
  text: string
  definitions: string[]
}
let names = 0
const named = (definition: string, inner: Typed[]): Typed => {
  const name = `$t${++names}`
  return { text: name, definitions: [...inner.flatMap((one) => one.definitions), `(type ${name} ${definition})`] }
}
const typed: fc.Arbitrary<Typed> = fc.letrec<{ type: Typed }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(...PLAIN).map((text): Typed => ({ text, definitions: [] })),
    tie('type').map((one) => named(`(list ${one.text})`, [one])),
    tie('type').map((one) => named(`(option ${one.text})`, [one])),
    fc
      .array(tie('type'), { minLength: 1, maxLength: 4 })
      .map((all) => named(`(tuple ${all.map((one) => one.text).join(' ')})`, all)),
    fc
      .array(tie('type'), { minLength: 1, maxLength: 4 })
      .map((all) => named(`(record ${all.map((one, i) => `(field "f${i}" ${one.text})`).join(' ')})`, all)),
    fc.array(fc.option(tie('type')), { minLength: 1, maxLength: 4 }).map((all) =>
      named(
        `(variant ${all.map((one, i) => `(case "c${i}"${one ? ` ${one.text}` : ''})`).join(' ')})`,
        all.filter((one) => one !== null),
      ),
    ),
    fc.tuple(fc.option(tie('type')), fc.option(tie('type'))).map(([ok, err]) =>
      named(
        `(result${ok ? ` ${ok.text}` : ''}${err ? ` (error ${err.text})` : ''})`,
        [ok, err].filter((one) => one !== null),
      ),
    ),
    fc
      .integer({ min: 1, max: 32 })
      .map((count) => named(`(flags ${Array.from({ length: count }, (_, i) => `"f${i}"`).join(' ')})`, [])),
    fc
      .integer({ min: 1, max: 300 })
      .map((count) => named(`(enum ${Array.from({ length: count }, (_, i) => `"e${i}"`).join(' ')})`, [])),
  ),
})).type

/** A component that imports one function of generated types, and calls it never. */
export const generatedComponent: fc.Arbitrary<Generated> = fc
  .record({ params: fc.array(typed, { maxLength: 4 }), result: fc.option(typed) })
  .map(({ params, result }) => {
    const definitions = [...params, ...(result ? [result] : [])].flatMap((one) => one.definitions)
    // Aggregate types stand behind names in an interface.
    const exported = definitions.map((one, i) => {
      const name = /\(type (\$t\d+) /.exec(one)![1]!
      return { local: `${one.replace(`(type ${name}`, `(type ${name}d`)}`, name, as: `n${i}` }
    })
    const text = (type: string) => type
    const body = exported
      .map(({ local, name, as }) => `${local} (export "${as}" (type ${name} (eq ${name}d)))`)
      .join('\n')
    const signature = `${params.map((one, i) => `(param "p${i}" ${text(one.text)})`).join(' ')} ${result ? `(result ${text(result.text)})` : ''}`
    const component = `(component (import "test:fuzz/one" (instance ${body} (export "f" (func ${signature})))))`
    return { params: params.map((one) => one.text), result: result?.text, bytes: () => binaryOf(component) }
  })
