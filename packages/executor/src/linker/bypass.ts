/**
 * @module bypass: wit-component puts a module of stubs before a component's main module and a second one that fills their
 * table, so that lowered imports can name the main module's memory. Import functions that find the memory at run time
 * need neither: two of three instances of a call are saved, and who calls is known to the meter.
 */
import type { Step } from './component.ts'
import type { CoreFunction, Lower, ResourceDrop } from './plan.ts'

const TABLE = '$imports'
const isStub = (name: string): boolean => /^\d+$/.test(name)
/** What the rewriter added is no part of the shape. */
const isAdded = (name: string): boolean => name.startsWith('@')

export class Bypass {
  readonly #modules: readonly WebAssembly.Module[]
  readonly #skipped = new Set<number>()
  /** Stub module → stub → what the table would lead to. */
  readonly #targets = new Map<number, Map<string, Lower | ResourceDrop>>()

  constructor(steps: readonly Step[], modules: readonly WebAssembly.Module[]) {
    this.#modules = modules
    const stubs = new Set(steps.flatMap((step, i) => (this.#holdsStubs(step) ? [i] : [])))
    steps.forEach((step, filler) => {
      const filled = this.#filled(step)
      if (!filled || !stubs.has(filled.stubs) || this.#targets.has(filled.stubs)) return
      this.#targets.set(filled.stubs, filled.targets)
      if (filled.whole) this.#skipped.add(filled.stubs).add(filler)
    })
  }

  skips(step: number): boolean {
    return this.#skipped.has(step)
  }

  /** Where a call of `item` ends up. */
  target(item: CoreFunction): CoreFunction {
    return (item.kind === 'core-export' && this.#targets.get(item.step)?.get(item.name)) || item
  }

  /** Imports nothing, exports numbered functions and the table that they go through. */
  #holdsStubs(step: Step): boolean {
    const module = this.#modules[step.module]!
    const exports = WebAssembly.Module.exports(module).filter((e) => !isAdded(e.name))
    return (
      WebAssembly.Module.imports(module).length === 0 &&
      exports.some((e) => e.name === TABLE && e.kind === 'table') &&
      exports.every((e) => e.name === TABLE || (e.kind === 'function' && isStub(e.name)))
    )
  }

  /**
   * Exports nothing, imports that table and what belongs in it. `whole`: all of it is import functions. What a later
   * module exports, such as an adapter, is still reached through the table.
   */
  #filled(step: Step): { stubs: number; targets: Map<string, Lower | ResourceDrop>; whole: boolean } | undefined {
    const module = this.#modules[step.module]!
    const imports = WebAssembly.Module.imports(module)
    const table = imports.find((i) => i.name === TABLE && i.kind === 'table')
    if (!table || WebAssembly.Module.exports(module).length) return undefined
    const from = given(step, table.module, TABLE)
    if (from?.kind !== 'core-export') return undefined
    const targets = new Map<string, Lower | ResourceDrop>()
    let whole = true
    for (const { module: name, name: key, kind } of imports) {
      if (key === TABLE) continue
      const item = given(step, name, key)
      if (kind !== 'function' || !isStub(key) || !item) return undefined
      if (item.kind === 'core-export') whole = false
      else targets.set(key, item)
    }
    return { stubs: from.step, targets, whole }
  }
}

function given(step: Step, module: string, name: string): CoreFunction | undefined {
  const instance = step.args.get(module)
  return instance?.kind === 'instance' ? { kind: 'core-export', step: instance.step, name } : instance?.items.get(name)
}
