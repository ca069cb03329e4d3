import { describe, expect, it } from 'vitest'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { argumentsFor, corpus, type Generated } from './corpus.ts'
import { instantiate } from './metered.ts'
import { GRANT, outcome, plainly } from './outcome.ts'

const PAGE_BYTES = 65_536
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
