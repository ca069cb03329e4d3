/**
 * @module outside/core-script: runs a script of the core test suite twice, side by side: each module as it is and as the
 * rewriter makes it. A step passes if both do what the script says, and the same.
 */
import { Refused } from '../../packages/executor/src/errors.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { instantiate } from '../fuel/metered.ts'
import { alternativesOf, javascriptOf, refersTo } from './core-value.ts'
import { type Invocation, type Wrapped, wrapperOf } from './core-wrapper.ts'
import { binaryOf } from './tools.ts'
import { tally, type Verdict } from './verdict.ts'
import { headOf, isName, type List, type Node, readScript, type Source, sourceOf, textOf } from './wast.ts'

/** As large as 32 bits address: what a script grows is bounded by itself alone. */
const MEMORY_BYTES = 2 ** 32
const GRANT = 1_000_000

type Exports = WebAssembly.Exports
interface Pair {
  plain: Exports
  ours: Exports
}
interface Built {
  module: WebAssembly.Module
  rewritten: Uint8Array
}
/** Steps that cannot be run here, and why. */
class Skip extends Error {}

type End = { kind: 'values'; values: unknown } | { kind: 'trap' | 'exhausted' | 'exception'; text: string }

function endOf(run: () => unknown): End {
  try {
    return { kind: 'values', values: run() }
  } catch (error) {
    if (error instanceof Skip || error instanceof SyntaxError) throw error
    if (error instanceof TypeError) {
      if (/WebAssembly\.Instance\(\)/.test(error.message)) return { kind: 'trap', text: 'link' }
      throw error
    }
    if (error instanceof RangeError) return { kind: 'exhausted', text: '' }
    if (error instanceof WebAssembly.RuntimeError) return { kind: 'trap', text: error.message.replace(/ \(.*\)$/, '') }
    if (error instanceof WebAssembly.LinkError) return { kind: 'trap', text: 'link' }
    return { kind: 'exception', text: '' }
  }
}

const ASSERTED: Readonly<Record<string, End['kind']>> = {
  assert_return: 'values',
  assert_trap: 'trap',
  assert_exhaustion: 'exhausted',
  assert_exception: 'exception',
}

function spectest(): WebAssembly.ModuleImports {
  const nothing = () => {}
  const names = ['', '_i32', '_i64', '_f32', '_f64', '_i32_f32', '_f64_f64']
  return {
    ...Object.fromEntries(names.map((name) => [`print${name}`, nothing])),
    global_i32: new WebAssembly.Global({ value: 'i32' }, 666),
    global_i64: new WebAssembly.Global({ value: 'i64' }, 666n),
    global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6),
    global_f64: new WebAssembly.Global({ value: 'f64' }, 666.6),
    table: new WebAssembly.Table({ element: 'anyfunc', initial: 10, maximum: 20 }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  }
}

/** What the rewriter refuses, by its kind. */
const FAMILIES: readonly [pattern: RegExp, family: string][] = [
  [/garbage-collected/, 'refused: garbage-collected types'],
  [/64 bits/, 'refused: 64-bit memories and tables'],
  [/memories; at most/, 'refused: more than one memory'],
  [/shared|thread|atomic/, 'refused: threads'],
  [/relaxed/, 'refused: relaxed SIMD, which differs between machines'],
  [/table \d+ (begins|has)|entries/, 'refused: a table above the cap'],
  [/; at most .* allowed/, 'refused: above a cap'],
  [/reserved/, 'refused: a reserved name'],
]

export async function runScript(script: string): Promise<Verdict> {
  const lists = readScript(script)
  const isBare = lists.length > 0 && !DIRECTIVES.has(headOf(lists[0]) ?? '')
  return new Runner(isBare ? `(module ${script})` : script).run()
}

const DIRECTIVES = new Set([
  ...['module', 'register', 'invoke', 'get', 'thread', 'wait', ...Object.keys(ASSERTED)],
  ...['assert_invalid', 'assert_malformed', 'assert_unlinkable', 'assert_invalid_custom', 'assert_malformed_custom'],
])

class Runner {
  readonly #script: string
  readonly #imports = {
    plain: { spectest: spectest() } as WebAssembly.Imports,
    ours: { spectest: spectest() } as WebAssembly.Imports,
  }
  readonly #named = new Map<string, Pair | Skip>()
  readonly #definitions = new Map<string, Built | Skip>()
  #definition: Built | Skip | undefined
  #current: Pair | Skip | undefined
  /** A module was skipped: what it would have done to tables and memories of others is missing. */
  #isPartial = false

  constructor(script: string) {
    this.#script = script
  }

  run(): Promise<Verdict> {
    return tally(this.#script, readScript(this.#script), (list) => this.#watched(list), Skip)
  }

  async #watched(list: List): Promise<string | undefined> {
    try {
      return await this.#step(list)
    } catch (error) {
      if ([list, ...list.items].some((one) => headOf(one) === 'module')) this.#isPartial = true
      throw error
    }
  }

  /** What went wrong; undefined: nothing. */
  async #step(list: List): Promise<string | undefined> {
    const head = headOf(list)!
    const [, first, second] = list.items
    switch (head) {
      case 'module':
        return this.#module(list)
      case 'register':
        this.#register(textOf(first), isName(second) ? second.word : undefined)
        return undefined
      case 'invoke':
      case 'get':
        return this.#action(list, 'values', undefined)
      case 'assert_return':
        return this.#action(first as List, 'values', list.items.slice(2))
      case 'assert_trap':
      case 'assert_exhaustion':
      case 'assert_exception':
        if (headOf(first) === 'module') return this.#fails(first as List, 'trap')
        return this.#action(first as List, ASSERTED[head]!, undefined)
      case 'assert_unlinkable':
        return this.#fails(first as List, 'link')
      case 'assert_invalid':
      case 'assert_malformed':
        return this.#refuses(sourceOf(first as List, this.#script))
      default:
        throw new Skip(
          head === 'thread' || head === 'wait' ? 'refused: threads' : `not a matter of the rewriter: ${head}`,
        )
    }
  }

  async #bytesOf({ text, bytes }: Source): Promise<Uint8Array> {
    if (bytes) return bytes
    try {
      return await binaryOf(text!)
    } catch {
      throw new Skip('text that the assembler refuses')
    }
  }

  async #build(source: Source): Promise<Built> {
    const bytes = await this.#bytesOf(source)
    let module: WebAssembly.Module
    try {
      module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
    } catch {
      throw new Skip('V8 does not take the module')
    }
    try {
      return { module, rewritten: rewrite(bytes, { memoryBytes: MEMORY_BYTES }).bytes }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const [reason = ''] = error.reasons
      const family = FAMILIES.find(([pattern]) => error.reasons.some((one) => pattern.test(one)))?.[1]
      throw new Skip(family ?? `refused: ${reason.replace(/^.*?: /, '')}`)
    }
  }

  #instantiate({ module, rewritten }: Built): Pair {
    const plain = endOf(() => new WebAssembly.Instance(module, this.#imports.plain).exports)
    const ours = endOf(() => {
      const { exports } = instantiate(rewritten, { grant: GRANT, imports: this.#imports.ours })
      exports['@fuel:start']?.()
      return exports
    })
    if (plain.kind === 'values' && ours.kind === 'values')
      return { plain: plain.values as Exports, ours: ours.values as Exports }
    throw new Ends(plain, ours)
  }

  async #module(list: List): Promise<string | undefined> {
    const source = sourceOf(list, this.#script)
    let built: Built | Skip | undefined
    try {
      built = source.use === 'instance' ? this.#defined(source.text) : await this.#build(source)
    } catch (error) {
      if (!(error instanceof Skip)) throw error
      built = error
    }
    if (source.use === 'definition') {
      this.#definition = built
      if (source.name !== undefined) this.#definitions.set(source.name, built!)
      if (built instanceof Skip) throw built
      return undefined
    }
    this.#definition = built
    if (source.use === 'module' && source.name !== undefined) this.#definitions.set(source.name, built!)
    let complaint: string | undefined
    try {
      if (built === undefined || built instanceof Skip) throw built ?? new Skip('no such definition')
      this.#current = this.#instantiate(built)
    } catch (error) {
      if (error instanceof Ends) {
        complaint = `instantiation: ${error.message}`
        this.#current = new Skip('its module could not be instantiated')
        // An import of a module that was skipped is not there.
        if (error.isAboutMissing) {
          this.#current = new Skip('it imports from a module that was skipped')
          complaint = undefined
        }
      } else if (error instanceof Skip) this.#current = error
      else throw error
    }
    if (source.name !== undefined) this.#named.set(source.name, this.#current)
    if (complaint === undefined && this.#current instanceof Skip) throw this.#current
    return complaint
  }

  #defined(name: string | undefined): Built | Skip | undefined {
    return name === undefined ? this.#definition : this.#definitions.get(name)
  }

  #pair(name: Node | undefined): Pair {
    const pair = isName(name) ? this.#named.get(name.word) : this.#current
    if (pair === undefined || pair instanceof Skip) throw pair ?? new Skip('no such module')
    return pair
  }

  #register(as: string, name: string | undefined): void {
    const pair = this.#pair(name === undefined ? undefined : { kind: 'word', word: name })
    this.#imports.plain[as] = pair.plain as WebAssembly.ModuleImports
    this.#imports.ours[as] = pair.ours as WebAssembly.ModuleImports
  }

  async #action(
    action: List,
    expected: End['kind'],
    results: readonly Node[] | undefined,
  ): Promise<string | undefined> {
    const named = isName(action.items[1])
    const pair = this.#pair(action.items[1])
    const field = textOf(action.items[named ? 2 : 1])
    const args = action.items.slice(named ? 3 : 2)
    if (headOf(action) === 'get') {
      const read = (exports: Exports) => endOf(() => (exports[field] as WebAssembly.Global).value)
      return this.#compare(read(pair.plain), read(pair.ours), 'values', results)
    }
    if (results) {
      const wrapped = await this.#wrapped({ field, args, results }, pair)
      if (wrapped) {
        const plain = endOf(() => wrapped.plain.run())
        const ours = endOf(() => wrapped.ours.run())
        const complaint = this.#compare(plain, ours, 'values', undefined)
        if (complaint !== undefined || plain.kind !== 'values') return complaint ?? 'no values'
        return wrapped.ours.holds((ours as { values: bigint[] }).values) ? undefined : this.#unexpected(ours)
      }
    }
    let given: unknown[]
    try {
      given = args.map(javascriptOf)
    } catch {
      throw new Skip('a value that JavaScript cannot hand over')
    }
    const call = (exports: Exports) => endOf(() => (exports[field] as (...all: unknown[]) => unknown)(...given))
    try {
      return this.#compare(call(pair.plain), call(pair.ours), expected, results)
    } catch (error) {
      if (error instanceof TypeError) throw new Skip('a value that JavaScript cannot hand over')
      throw error
    }
  }

  async #wrapped(one: Invocation, pair: Pair): Promise<{ plain: Wrapped; ours: Wrapped } | undefined> {
    const wrapper = await wrapperOf(one)
    try {
      return wrapper && { plain: wrapper.over(pair.plain), ours: wrapper.over(pair.ours) }
    } catch (error) {
      // A result that is a subtype of what the script names.
      if (error instanceof WebAssembly.LinkError) return undefined
      throw error
    }
  }

  #compare(plain: End, ours: End, expected: End['kind'], results: readonly Node[] | undefined): string | undefined {
    if (show(plain) !== show(ours)) return `as it is: ${show(plain)}; rewritten: ${show(ours)}`
    // The engine may call it a trap or an exhausted stack.
    if (ours.kind !== expected && !(expected === 'exhausted' && ours.kind === 'trap')) return this.#unexpected(ours)
    if (!results || ours.kind !== 'values') return undefined
    const { values } = ours
    const seen = results.length === 0 ? [] : results.length === 1 ? [values] : (values as unknown[])
    const holds = results.every((one, i) => alternativesOf(one).some((two) => isValue(two, seen[i])))
    return holds ? undefined : this.#unexpected(ours)
  }

  /** Both sides agree, and the script does not. */
  #unexpected(end: End): string {
    if (this.#isPartial) throw new Skip('it depends on a module that was skipped')
    return `unexpected ${show(end)}`
  }

  /** Instantiation has to fail, on both sides alike. */
  async #fails(list: List, how: 'trap' | 'link'): Promise<string | undefined> {
    const built = await this.#build(sourceOf(list, this.#script))
    try {
      this.#instantiate(built)
    } catch (error) {
      if (!(error instanceof Ends)) throw error
      const { plain, ours } = error
      const isLink = (end: End) => end.kind === 'trap' && end.text === 'link'
      if (show(plain) !== show(ours)) return `instantiation: ${error.message}`
      return isLink(plain) === (how === 'link') ? undefined : this.#unexpected(ours)
    }
    return 'it was instantiated'
  }

  /** What is not valid must not come through the rewriter. */
  async #refuses(source: Source): Promise<string | undefined> {
    const bytes = await this.#bytesOf(source)
    try {
      rewrite(bytes, { memoryBytes: MEMORY_BYTES })
    } catch (error) {
      if (error instanceof Refused) return undefined
      throw error
    }
    return 'it was taken'
  }
}

/** Instantiation did not go well on both sides. */
class Ends extends Error {
  readonly plain: End
  readonly ours: End
  constructor(plain: End, ours: End) {
    super(`as it is: ${show(plain)}; rewritten: ${show(ours)}`)
    this.plain = plain
    this.ours = ours
  }
  get isAboutMissing(): boolean {
    return [this.plain, this.ours].every((end) => end.kind === 'trap' && end.text === 'link')
  }
}

function isValue(expected: Node, seen: unknown): boolean {
  if (headOf(expected)?.startsWith('ref.')) return refersTo(expected, seen)
  const value = javascriptOf(expected)
  if (typeof value === 'number' && typeof seen === 'number')
    return Object.is(headOf(expected) === 'f32.const' ? Math.fround(value) : value, seen)
  return value === seen
}

function show(end: End): string {
  if (end.kind !== 'values') return `${end.kind} ${end.text}`
  const one = (value: unknown): string =>
    typeof value === 'function'
      ? 'a function'
      : typeof value === 'object' && value !== null && !Array.isArray(value)
        ? `an object ${JSON.stringify(value)}`
        : Array.isArray(value)
          ? `[${value.map(one).join(', ')}]`
          : Object.is(value, -0)
            ? '-0'
            : String(value)
  return one(end.values)
}
