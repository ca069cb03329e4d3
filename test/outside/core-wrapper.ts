/**
 * @module outside/core-wrapper: modules that call an instance under test with the constants of a script and hand back every
 * bit of what it answers: JavaScript would round a float and cannot hold a vector.
 */

import { alternativesOf, BITS, constantText, type Expectation, expectationOf, typeOf } from './core-value.ts'
import { binaryOf } from './tools.ts'
import type { Node } from './wast.ts'

export interface Invocation {
  readonly field: string
  readonly args: readonly Node[]
  readonly results: readonly Node[]
}

/** What each result may be, as expectations of which one must hold; undefined: JavaScript has to look at them. */
function expectations(results: readonly Node[]): Expectation[][] | undefined {
  const all = results.map((one) => alternativesOf(one).map(expectationOf))
  return all.every((one) => one.every((two) => two !== undefined)) ? (all as Expectation[][]) : undefined
}

export class Wrapped {
  readonly #call: () => unknown
  readonly #expected: () => readonly (readonly bigint[])[][]
  readonly #patterns: readonly (readonly Expectation[])[]

  constructor(exports: WebAssembly.Exports, patterns: Expectation[][]) {
    this.#patterns = patterns
    this.#call = exports.call as () => unknown
    this.#expected = () =>
      patterns.map((alternatives, i) =>
        alternatives.map((_, k) => bits((exports[`expected ${i} ${k}`] as () => unknown)())),
      )
  }

  /** The bits of the answer, or what it throws. */
  run(): bigint[] {
    return bits(this.#call())
  }

  holds(seen: readonly bigint[]): boolean {
    const expected = this.#expected()
    let at = 0
    return this.#patterns.every((alternatives, i) => {
      const width = alternatives[0]!.masks.length
      const own = seen.slice(at, at + width)
      at += width
      return alternatives.some(({ masks, nans }, k) =>
        own.every((value, n) => (value & masks[n]!) === ((expected[i]![k]![n]! & masks[n]!) | nans[n]!)),
      )
    })
  }
}

/** All of a function's answer as integers of 64 bits without sign. */
function bits(answer: unknown): bigint[] {
  const all = answer === undefined ? [] : Array.isArray(answer) ? answer : [answer]
  return all.map((one) => (typeof one === 'bigint' ? BigInt.asUintN(64, one) : BigInt((one as number) >>> 0)))
}

export interface Wrapper {
  /** Over one instance; throws where the export has another type than the script believes. */
  over(exports: WebAssembly.Exports): Wrapped
}

/** Undefined: the call takes or gives a reference. */
export async function wrapperOf({ field, args, results }: Invocation): Promise<Wrapper | undefined> {
  const patterns = expectations(results)
  const types = args.map(typeOf)
  if (!patterns || types.includes(undefined)) return undefined
  const name = [...Buffer.from(field)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
  const resultTypes = patterns.map(([first]) => first!.type)
  const locals = resultTypes.map((type) => `(local ${type})`).join(' ')
  const sets = resultTypes.map((_, i) => `(local.set ${resultTypes.length - 1 - i})`).join(' ')
  const spread = (list: readonly string[]) => list.flatMap((type) => BITS[type]!.types).join(' ')
  const module = await binaryOf(`(module
    (import "m" "${name}" (func $f (param ${types.join(' ')}) (result ${resultTypes.join(' ')})))
    (func (export "call") (result ${spread(resultTypes)}) ${locals}
      (call $f ${args.map(constantText).join(' ')}) ${sets}
      ${resultTypes.map((type, i) => BITS[type]!.of(`(local.get ${i})`)).join(' ')})
    ${patterns
      .flatMap((alternatives, i) =>
        alternatives.map(
          ({ type, text }, k) =>
            `(func (export "expected ${i} ${k}") (result ${spread([type])}) ${BITS[type]!.of(text)})`,
        ),
      )
      .join('\n')})`)
  const compiled = new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)
  return {
    over: (exports) =>
      new Wrapped(new WebAssembly.Instance(compiled, { m: { [field]: exports[field]! } }).exports, patterns),
  }
}
