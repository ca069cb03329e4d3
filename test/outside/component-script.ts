/**
 * @module outside/component-script: runs a script of the component model's test suite through what judges an upload (jco's
 * validator, then our parser) and through our linker. What the linker does not support it has to refuse by name.
 */
import { Refused } from '../../packages/executor/src/errors.ts'
import { type HostWorld, immediate } from '../../packages/executor/src/host/call.ts'
import { type Component, parseComponent } from '../../packages/executor/src/linker/component.ts'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import { instanceOf, LIMITS, programOf } from '../../packages/executor/src/linker/testing.ts'
import { camelCase } from '../../packages/executor/src/linker/types.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { binaryOf, validate } from './tools.ts'
import { tally, type Verdict } from './verdict.ts'
import { headOf, isName, type List, type Node, readScript, type Source, sourceOf, textOf } from './wast.ts'

/** A step that cannot be run here, and why. */
class Skip extends Error {}

export async function runComponentScript(script: string, world: HostWorld = {}): Promise<Verdict> {
  const runner = new Runner(script, world)
  return tally(script, readScript(script), (list) => runner.step(list), Skip)
}

class Runner {
  readonly #script: string
  readonly #world: HostWorld
  readonly #definitions = new Map<string, Source>()
  readonly #instances = new Map<string, Instance | Skip>()
  #definition: Source | undefined
  #current: Instance | Skip | undefined

  constructor(script: string, world: HostWorld) {
    this.#script = script
    this.#world = world
  }

  async step(list: List): Promise<string | undefined> {
    const [, first] = list.items
    switch (headOf(list)) {
      case 'component':
        return this.#component(sourceOf(list, this.#script))
      case 'invoke':
        return this.#returns(list, undefined)
      case 'assert_return':
        return this.#returns(first as List, list.items.slice(2))
      case 'assert_trap':
        if (headOf(first) === 'component') return this.#fails(sourceOf(first as List, this.#script))
        return this.#traps(first as List)
      case 'assert_invalid':
      case 'assert_malformed':
        return this.#refuses(sourceOf(first as List, this.#script))
      case 'assert_unlinkable':
        return this.#fails(sourceOf(first as List, this.#script))
      default:
        throw new Skip(`not for a component: ${headOf(list)}`)
    }
  }

  async #bytesOf({ text, bytes }: Source): Promise<Uint8Array> {
    return bytes ?? assembled(text!)
  }

  async #component(source: Source): Promise<string | undefined> {
    const definition = source.use === 'instance' ? this.#defined(source.text) : source
    if (source.use !== 'instance') {
      this.#definition = source
      if (source.name !== undefined) this.#definitions.set(source.name, source)
    }
    if (source.use === 'definition') {
      accepted(await this.#bytesOf(source))
      return undefined
    }
    this.#current = await this.#instantiate(definition).catch((error: unknown) => {
      if (error instanceof Skip) return error
      throw error
    })
    if (source.name !== undefined) this.#instances.set(source.name, this.#current)
    if (this.#current instanceof Skip) throw this.#current
    return undefined
  }

  #defined(name: string | undefined): Source {
    const source = name === undefined ? this.#definition : this.#definitions.get(name)
    if (!source) throw new Skip('no such definition')
    return source
  }

  /** One without imports as the only export of a component around it, because a piece exports interfaces and no functions of its own. */
  async #instantiate(source: Source): Promise<Instance> {
    const bytes = await this.#bytesOf(source)
    const isClosed = accepted(bytes).imports.length === 0
    const inner = isClosed && source.text?.replace(/^\(component(\s+\$[^\s()]+)?/, '(component $inner')
    const around = inner && `(component ${inner} (instance $i (instantiate $inner)) (export "${ROOT}" (instance $i)))`
    try {
      const instance = instanceOf(programOf(around ? await assembled(around) : bytes, this.#world))
      await instance.start()
      return instance
    } catch (error) {
      if (error instanceof Refused) throw new Skip(reasonOf(error))
      throw error
    }
  }

  #instance(name: Node | undefined): Instance {
    const instance = isName(name) ? this.#instances.get(name.word) : this.#current
    if (instance === undefined || instance instanceof Skip) throw instance ?? new Skip('no such instance')
    return instance
  }

  async #invoke(action: List): Promise<unknown> {
    const named = isName(action.items[1])
    const instance = this.#instance(action.items[1])
    const field = textOf(action.items[named ? 2 : 1])
    const args = action.items.slice(named ? 3 : 2).map(constantOf)
    return instance.invoke(`${ROOT}#${field}`, args)
  }

  async #returns(action: List, results: readonly Node[] | undefined): Promise<string | undefined> {
    const answer = await this.#invoke(action)
    if (!results) return undefined
    const expected = results.length === 0 ? undefined : constantOf(results[0]!)
    const isSame = show(answer) === show(expected)
    return isSame ? undefined : `${show(answer)}; ${show(expected)} is expected`
  }

  async #traps(action: List): Promise<string | undefined> {
    try {
      return `no trap: ${show(await this.#invoke(action))}`
    } catch (error) {
      if (error instanceof Skip) throw error
      return undefined
    }
  }

  async #fails(source: Source): Promise<string | undefined> {
    try {
      await this.#instantiate(source)
    } catch (error) {
      if (error instanceof Skip) throw error
      return undefined
    }
    return 'it was instantiated'
  }

  async #refuses(source: Source): Promise<string | undefined> {
    const bytes = await this.#bytesOf(source)
    try {
      await validate(bytes)
      for (const body of parseComponent(bytes).modules) rewrite(body, { memoryBytes: LIMITS.memoryBytes })
    } catch {
      return undefined
    }
    return 'it was taken'
  }
}

/** Has whatever a component imports; calling any of it traps. */
export const ANY_WORLD: HostWorld = new Proxy(
  {},
  {
    get: () =>
      new Proxy(
        {},
        {
          get: () =>
            immediate(() => {
              throw new Error('no host')
            }),
        },
      ),
  },
)
/** What a component of a script exports stands in this interface. */
const ROOT = 'script:root/exports'

async function assembled(text: string): Promise<Uint8Array> {
  try {
    return await binaryOf(text)
  } catch {
    throw new Skip('text that the assembler refuses')
  }
}

export const reasonOf = (error: Refused): string =>
  `refused: ${error.reasons[0]!.replace(/^component, byte \d+: /, '')
    .replace(/"[^"]*"/g, '…')
    .replace(/0x[0-9a-f]+/g, 'n')
    .replace(/^canonical (function|option) \S+ /, '')}`

/** Refused by name is an answer; anything else that is thrown is a bug. */
function accepted(bytes: Uint8Array): Component {
  try {
    return parseComponent(bytes)
  } catch (error) {
    if (error instanceof Refused) throw new Skip(reasonOf(error))
    throw error
  }
}

/** A constant of a script as the linker represents it. */
function constantOf(node: Node): unknown {
  const { items } = node as List
  const [, first, second] = items
  const word = first?.kind === 'word' ? first.word : ''
  switch (headOf(node)) {
    case 'bool.const':
      return word === 'true'
    case 'u8.const':
    case 's8.const':
    case 'u16.const':
    case 's16.const':
    case 'u32.const':
    case 's32.const':
      return Number(word.replaceAll('_', ''))
    case 'u64.const':
    case 's64.const':
      return BigInt(word.replaceAll('_', ''))
    case 'f32.const':
    case 'f64.const':
      return /nan/.test(word)
        ? Number.NaN
        : word.includes('inf')
          ? Number(word.replace('inf', 'Infinity'))
          : Number(word)
    case 'char.const':
    case 'str.const':
    case 'enum.const':
      return textOf(first)
    case 'list.const': {
      const values = items.slice(1).map(constantOf)
      const isBytes = items.length > 1 && items.slice(1).every((one) => headOf(one) === 'u8.const')
      return isBytes ? Uint8Array.from(values as number[]) : values
    }
    case 'tuple.const':
      return items.slice(1).map(constantOf)
    case 'record.const':
      return Object.fromEntries(
        items.slice(1).map((one) => {
          const field = one as List
          const [, name, ...value] = field.items
          // Its value stands in parentheses or without them.
          return [
            camelCase(textOf(name)),
            constantOf(value[0]?.kind === 'list' ? value[0] : { ...field, items: value }),
          ]
        }),
      )
    case 'variant.const':
      return second === undefined ? { tag: textOf(first) } : { tag: textOf(first), val: constantOf(second) }
    case 'flags.const':
      return Object.fromEntries(items.slice(1).map((one) => [camelCase(textOf(one)), true]))
    case 'option.none':
      return undefined
    case 'option.some':
      return constantOf(first!)
    case 'result.ok':
    case 'result.err':
      return { tag: headOf(node) === 'result.ok' ? 'ok' : 'err', val: first && constantOf(first) }
    default:
      throw new Skip(`a value that is not supported: ${headOf(node)}`)
  }
}

/** Equal texts are equal values: absent and false fields of flags and records are left out. */
const show = (value: unknown): string =>
  JSON.stringify(value, (_, one) => {
    if (typeof one === 'bigint') return `${one}n`
    if (one instanceof Uint8Array) return [...one]
    if (Number.isNaN(one)) return 'NaN'
    if (one === false) return undefined
    return one
  }) ?? 'nothing'
