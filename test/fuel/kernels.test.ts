import { beforeAll, describe, expect, it } from 'vitest'
import { KERNELS, kernelModules } from './kernels.ts'
import { metered } from './metered.ts'

/** What is counted otherwise than in Wasmtime, which takes 1 for a page of memory; here it is 1 a byte. */
const BEYOND_WASMTIME: Readonly<Record<string, number>> = { growMemory: 3 * 65_535 }

let modules: Awaited<ReturnType<typeof kernelModules>>
beforeAll(async () => {
  modules = await kernelModules()
})

describe('a kernel costs what Wasmtime counts, at any grant', () => {
  it.each(KERNELS.map((kernel) => [kernel.name, kernel] as const))('%s', async (name, kernel) => {
    for (const host of [{ grant: 50 }, { grant: 50_000 }, { grant: 777_777, parks: true }]) {
      const one = metered(modules[kernel.file], host)
      one.exports.prepare?.()
      const before = one.used
      expect(await one.suspending(name, kernel.argument)).toBe(kernel.result)
      expect(one.used - before).toBe(kernel.fuel + (BEYOND_WASMTIME[name] ?? 0))
    }
  })

  it('costs the same a second time in the same instance', async () => {
    const one = metered(modules.c, { grant: 50_000 })
    const used = (): number => {
      const before = one.used
      one.exports.sieve(10_000)
      return one.used - before
    }
    expect(used()).toBe(used())
  })
})
