import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { argumentsFor, corpus, type Generated } from './corpus.ts'
import { type Exports, instantiate } from './metered.ts'

const PAGE_BYTES = 65_536
/** So small that every loop and every call takes the way to the host. */
const GRANT = 50

/** What a call did: its answer or trap, and all that is left behind. */
interface Outcome {
  did: unknown
  state: string
}

const trapText = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/ \(.*\)$/, '') : 'an exception of its own'

function state(exports: Exports): string {
  const hash = createHash('sha256')
  for (const [name, value] of Object.entries(exports)) {
    if (name.startsWith('@')) continue
    hash.update(name)
    if (value instanceof WebAssembly.Memory) hash.update(new Uint8Array(value.buffer))
    else if (value instanceof WebAssembly.Table) hash.update(String(value.length))
    else if (value instanceof WebAssembly.Global) hash.update(globalText(value))
  }
  return hash.digest('hex')
}

function globalText(global: WebAssembly.Global): string {
  try {
    const { value } = global
    return Object.is(value, -0) ? '-0' : typeof value === 'function' ? 'a function' : String(value)
  } catch {
    // JavaScript cannot read a vector.
    return 'unreadable'
  }
}

function outcome(exports: Exports, start: () => void, name: string, args: readonly unknown[]): Outcome {
  try {
    start()
    const did = exports[name](...args)
    return { did: Object.is(did, -0) ? '-0' : did, state: state(exports) }
  } catch (error) {
    return { did: trapText(error), state: state(exports) }
  }
}

function plainly(module: WebAssembly.Module, name: string, args: readonly unknown[]): Outcome {
  try {
    const { exports } = new WebAssembly.Instance(module)
    return outcome(exports, () => {}, name, args)
  } catch (error) {
    // The start function, which the rewritten form runs later.
    return { did: trapText(error), state: '' }
  }
}

describe.each(['corpus', 'exceptions'] as const)('generated modules: %s', (file) => {
  const modules = corpus(file)

  it('holds hundreds of calls, with and without traps', () => {
    const fuel = modules.flatMap((one) => one.fuel)
    expect(fuel.filter((one) => one !== null).length).toBeGreaterThan(100)
    expect(fuel.filter((one) => one === null).length).toBeGreaterThan(50)
  })

  it.each(modules.map((one) => [one.seed, one] as const))('seed %i', (_, one: Generated) => {
    const rewritten = rewrite(one.bytes, { memoryBytes: 4 * PAGE_BYTES }).bytes
    const module = new WebAssembly.Module(one.bytes)
    for (const [i, [name, parameters]] of one.calls.entries()) {
      const args = argumentsFor(parameters)
      const plain = plainly(module, name, args)
      const instance = instantiate(rewritten, { grant: GRANT })
      const { exports } = instance
      let before = 0
      let pages = 0
      const start = () => {
        exports['@fuel:start']?.()
        before = instance.used
        pages = exports['@memory:0'].buffer.byteLength / PAGE_BYTES
      }
      const ours = outcome(exports, start, name, args)
      expect({ name, did: ours.did }).toEqual({ name, did: plain.did })
      if (plain.state !== '') expect({ name, state: ours.state }).toEqual({ name, state: plain.state })
      const fuel = one.fuel[i]!
      if (fuel === null) continue
      // Wasmtime counts 1 for a page that memory grows by; here it is 1 a byte.
      const grown = exports['@memory:0'].buffer.byteLength / PAGE_BYTES - pages
      expect({ name, fuel: instance.used - before }).toEqual({ name, fuel: fuel + grown * (PAGE_BYTES - 1) })
    }
  })
})
