/**
 * @module inspect/child-frames: what comes out of the inspector's child: four bytes of length, a JSON head, then raw parts whose
 * lengths the head names. What goes in is one byte that says what to do, and the bytes of the component.
 */

import { type Built, hashOf } from '../engine/product.ts'
import { concat } from '../linker/reader.ts'
import type { Examined } from './examine.ts'

/**
 * What it is to do. `inspect` judges an upload and builds it, `component` does so with one that has no manifest yet;
 * `build` makes the product of an artifact that was judged before.
 */
export type ChildWork = 'inspect' | 'component' | 'build'

const WORKS: readonly ChildWork[] = ['inspect', 'component', 'build']
export const codeOfWork = (work: ChildWork): Uint8Array => Uint8Array.of(WORKS.indexOf(work))
export const workOfCode = (code: number | undefined): ChildWork | undefined => WORKS[code ?? -1]

export type ChildAnswer = { kind: 'done'; built: Built; examined?: Examined } | { kind: 'refused'; reasons: string[] }

interface DoneHead {
  kind: 'done'
  examined?: Examined
  memoryBytes: number
  lasting: string[]
  skeletonBytes: number
  /** In the order of the component; the bytes of equal ones come once. */
  modules: { hash: string; memoryMaximumAt?: number; bytes: number }[]
}
type Head = DoneHead | { kind: 'refused'; reasons: string[] }

const LENGTH_BYTES = 4
const utf8 = new TextEncoder()

function framed(head: unknown, parts: readonly Uint8Array[]): Uint8Array {
  const json = utf8.encode(JSON.stringify(head))
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, json.length)
  return concat([length, json, ...parts])
}

function unframed(bytes: Uint8Array): { head: unknown; rest: Uint8Array } {
  const length = bytes.length < LENGTH_BYTES ? Number.NaN : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const end = LENGTH_BYTES + length
  if (!(end <= bytes.length)) throw new RangeError('the frame is cut off')
  return { head: JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, end))), rest: bytes.subarray(end) }
}

export function encodeAnswer(answer: ChildAnswer): Uint8Array {
  if (answer.kind === 'refused') return framed(answer satisfies Head, [])
  const { skeleton, modules, memoryBytes, lasting } = answer.built
  const bodies = new Map(modules.map(({ hash, bytes }) => [hash, bytes]))
  const head: DoneHead = {
    kind: 'done',
    memoryBytes,
    lasting,
    skeletonBytes: skeleton.length,
    modules: modules.map(({ bytes, ...one }) => ({ ...one, bytes: bytes.length })),
    ...(answer.examined === undefined ? {} : { examined: answer.examined }),
  }
  return framed(head, [skeleton, ...bodies.values()])
}

/**
 * The child handled hostile bytes: a length that does not fit throws a RangeError, and so does a module that is not what its
 * hash says, for pieces of all tenants share modules by their hashes.
 */
export function decodeAnswer(bytes: Uint8Array): ChildAnswer {
  const { head, rest } = unframed(bytes)
  const answer = head as Head
  if (answer.kind === 'refused') return answer
  let at = 0
  const take = (length: number): Uint8Array => {
    const part = rest.slice(at, (at += length))
    if (part.length !== length) throw new RangeError('a part is cut off')
    return part
  }
  const skeleton = take(answer.skeletonBytes)
  const bodies = new Map<string, Uint8Array>()
  for (const { hash, bytes } of answer.modules) {
    if (bodies.has(hash)) continue
    const body = take(bytes)
    if (hashOf(body) !== hash) throw new RangeError('a module is not what its hash says')
    bodies.set(hash, body)
  }
  const modules = answer.modules.map((one) => ({ ...one, bytes: bodies.get(one.hash)! }))
  const built = { skeleton, modules, memoryBytes: answer.memoryBytes, lasting: answer.lasting }
  return { kind: 'done', built, ...(answer.examined === undefined ? {} : { examined: answer.examined }) }
}
