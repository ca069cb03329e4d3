import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'

/** What pieces have by default. */
const MEMORY_BYTES = 128 << 20

/** QuickJS, as pieces in TypeScript carry it. */
async function quickjs(): Promise<Uint8Array> {
  const cli = createRequire(new URL('../../packages/cli/package.json', import.meta.url))
  const { componentize } = cli('componentize-qjs') as {
    componentize(options: object): Promise<{ component: Uint8Array }>
  }
  const { component } = await componentize({
    witPath: fileURLToPath(new URL('real.wit', import.meta.url)),
    jsSource: 'export function run(text) { return JSON.stringify({ text }) }',
    world: 'real',
    sync: true,
  })
  return component
}

describe('a real language runtime', () => {
  let modules: readonly Uint8Array[] = []
  beforeAll(async () => {
    modules = parseComponent(await quickjs()).modules
  })

  it('is accepted, and still valid', () => {
    expect(modules.length).toBeGreaterThan(3)
    for (const module of modules)
      expect(
        WebAssembly.validate(rewrite(module, { memoryBytes: MEMORY_BYTES }).bytes as Uint8Array<ArrayBuffer>),
      ).toBe(true)
  })

  it('grows by less than half of its code', () => {
    const engine = modules.toSorted((a, b) => b.length - a.length)[0]!
    expect(engine.length).toBeGreaterThan(1_000_000)
    const { bytes, functions } = rewrite(engine, { memoryBytes: MEMORY_BYTES })
    expect(functions).toBeGreaterThan(1_000)
    expect(bytes.length / engine.length).toBeLessThan(1.5)
  })

  it('is refused where it begins with more memory than it may have', () => {
    const withMemory = modules.find((module) => rewrite(module, { memoryBytes: MEMORY_BYTES }).memoryMaximumAt)!
    expect(() => rewrite(withMemory, { memoryBytes: 65_536 })).toThrow(/memory 0 begins with \d+ pages/)
  })
})
