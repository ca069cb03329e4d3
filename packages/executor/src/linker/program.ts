/**
 * @module program: a component bound to compiled modules and to the world: what instances are made of. Everything that
 * does not differ between two instances is made here, once.
 */
import { Refused } from '../errors.ts'
import type { HostFunction, HostWorld } from '../host/call.ts'
import { MARKS, METER_EXPORTS, SLOT_HELPER, STATE_EXPORTS } from '../rewrite/index.ts'
import { bridge } from './bridge.ts'
import { Bypass } from './bypass.ts'
import type { Component, Step } from './component.ts'
import { dropImport, hostImport, paramLowerer, resultLifter, type Turn } from './imports.ts'
import type { Instance } from './instance.ts'
import { type CoreCode, Suspending } from './jspi.ts'
import type { CanonOptions, CoreExport, CoreFunction, ImportedFunction, LiftedFunction } from './plan.ts'
import type { Habit, Scheduler } from './scheduler.ts'
import { withoutVersion } from './types.ts'

export interface ProgramStep {
  /** Number among the component's core instances. */
  readonly index: number
  readonly module: WebAssembly.Module
  /** Complete, unless `linked` says what comes from earlier instances. */
  readonly imports: Record<string, Record<string, WebAssembly.ImportValue>>
  readonly linked: readonly { readonly module: string; readonly name: string; readonly from: CoreExport }[]
  /** What stands in its fuel slot, if it is metered. */
  readonly slow: CoreCode | undefined
  /** The rewriter made its start function an export, so that it can be suspended. */
  readonly starts: boolean
  /** Exports that are its own memories, and its own mutable globals. */
  readonly memories: readonly string[]
  readonly globals: readonly string[]
}

export interface CanonSource {
  readonly memory: CoreExport | undefined
  readonly realloc: CoreExport | undefined
  readonly scope: number
}

export interface ExportedFunction {
  readonly core: CoreExport
  readonly postReturn: CoreExport | undefined
  readonly canon: number
  readonly lower: ReturnType<typeof paramLowerer>
  readonly lift: ReturnType<typeof resultLifter>
}

export interface Program {
  readonly steps: readonly ProgramStep[]
  readonly canons: readonly CanonSource[]
  readonly scopes: number
  /** Host functions that it can call, by `interface#name`. */
  readonly hostNames: readonly string[]
  /** Exported functions by `interface#name`, without version. */
  readonly exports: ReadonlyMap<string, ExportedFunction>
  /** Tells, at the end of a start, what `init` makes anew (docs/pictures.md). */
  readonly renews: CoreExport | undefined
  /** The scheduler's note. */
  readonly habit: Habit
  /** The scheduler that its instances run on; import functions ask it whose slice it is. */
  bind(scheduler: Scheduler): void
}

/** What of a component is needed beside its modules. */
export type Linkable = Pick<Component, 'steps' | 'scopes' | 'imports' | 'lifted'>

/** Binds a component to its compiled modules and to the world; throws `Refused` for an import that the world lacks. */
export function link(
  component: Linkable & Pick<Component, 'modules'>,
  modules: readonly WebAssembly.Module[],
  world: HostWorld,
): Program {
  if (modules.length !== component.modules.length)
    throw new Refused(`${modules.length} modules are given for a component with ${component.modules.length}`)
  return new Linker(component, modules, world).program()
}

/** A function of a core module, `() -> i32`. */
const RENEWS_EXPORT = 'ap_renews'

class Linker {
  readonly #component: Linkable
  readonly #modules: readonly WebAssembly.Module[]
  readonly #hosts = new Map<string, HostFunction>()
  readonly #hostNames: string[] = []
  /** Names and kinds of what each module exports. */
  readonly #kinds = new Map<number, ReadonlyMap<string, WebAssembly.ImportExportKind>>()
  readonly #canons: CanonSource[] = []
  readonly #canonNumbers = new Map<string, number>()
  readonly #turn: Turn = { scheduler: undefined }

  constructor(component: Linkable, modules: readonly WebAssembly.Module[], world: HostWorld) {
    this.#component = component
    this.#modules = modules
    const missing: string[] = []
    for (const { name, functions } of component.imports)
      for (const key of functions.keys()) {
        const full = `${withoutVersion(name)}#${key}`
        const host = world[withoutVersion(name)]?.[key]
        if (host) this.#hosts.set(full, host)
        else missing.push(`the import ${name}#${key} is not part of the world`)
      }
    if (missing.length) throw new Refused(missing)
  }

  program(): Program {
    const { scopes, lifted } = this.#component
    const turn = this.#turn
    return {
      steps: this.#steps(),
      exports: new Map([...lifted].map(([name, definition]) => [name, this.#exported(definition)])),
      canons: this.#canons,
      scopes,
      hostNames: this.#hostNames,
      renews: this.#renews(),
      habit: { cpuMs: 0, isLong: false },
      bind(scheduler) {
        if (turn.scheduler && turn.scheduler !== scheduler) throw new Error('a program runs on one scheduler')
        turn.scheduler = scheduler
      },
    }
  }

  #renews(): CoreExport | undefined {
    const step = this.#component.steps.findIndex((_, i) => this.#exportKinds(i).get(RENEWS_EXPORT) === 'function')
    return step < 0 ? undefined : { kind: 'core-export', step, name: RENEWS_EXPORT }
  }

  #exported({ core, options, type, scope }: LiftedFunction): ExportedFunction {
    this.#demand(core, 'function')
    if (options.postReturn) this.#demand(options.postReturn, 'function')
    return {
      core,
      postReturn: options.postReturn,
      canon: this.#canon(options, scope),
      lower: paramLowerer(type),
      lift: resultLifter(type.result),
    }
  }

  #steps(): ProgramStep[] {
    const { steps } = this.#component
    const bypass = new Bypass(steps, this.#modules)
    const helper = new WebAssembly.Module(SLOT_HELPER)
    const made: ProgramStep[] = []
    let meters = 0
    steps.forEach((step, index) => {
      if (bypass.skips(index)) return
      const module = this.#modules[step.module]!
      const exports = this.#exportKinds(index)
      const meter = exports.has(METER_EXPORTS.slot) ? meters++ : -1
      const imports: ProgramStep['imports'] = {}
      const linked: { module: string; name: string; from: CoreExport }[] = []
      const needs = WebAssembly.Module.imports(module)
      for (const { module: from, name, kind } of needs) {
        const given = bypass.target(from === MARKS ? marksOf(step, needs) : argument(step, from, name))
        imports[from] ??= {}
        if (given.kind === 'core-export') {
          this.#demand(given, kind)
          linked.push({ module: from, name, from: given })
        } else imports[from][name] = this.#code(given, meter)
      }
      made.push({
        index,
        module,
        imports,
        linked,
        slow: meter < 0 ? undefined : this.#slow(helper, meter),
        starts: exports.has(METER_EXPORTS.start),
        memories: ownMemories(exports),
        globals: [...exports.keys()].filter((name) => name.startsWith(STATE_EXPORTS.global)),
      })
    })
    return made
  }

  /** What the slot of a metered module calls. One per module of the program, not per instance: the slice says whose. */
  #slow(helper: WebAssembly.Module, meter: number): CoreCode {
    const turn = this.#turn
    const current = (): Instance => {
      const instance = turn.scheduler?.current
      if (!instance) throw new Error('metered wasm runs outside of a slice')
      return instance
    }
    const { exports } = new WebAssembly.Instance(helper, {
      '': {
        tick: (left: number) => current().meter.tick(meter, left),
        park: new Suspending(() => current().park()),
      },
    })
    return exports.slow as CoreCode
  }

  #code(given: Exclude<CoreFunction, CoreExport>, meter: number): CoreCode {
    if (given.kind === 'drop') return dropImport(this.#turn, given.resource, given.scope, meter)
    const { target, options, scope } = given
    const canon = this.#canon(options, scope)
    if (target.kind === 'lift') return bridge(this.#turn, target.type, canon, this.#exported(target), meter)
    return this.#host(target, canon, meter)
  }

  #host({ interface: from, name, type }: ImportedFunction, canon: number, meter: number): CoreCode {
    const full = `${withoutVersion(from)}#${name}`
    let count = this.#hostNames.indexOf(full)
    if (count < 0) count = this.#hostNames.push(full) - 1
    return hostImport(this.#turn, { type, run: this.#hosts.get(full)!, count, canon, meter })
  }

  /** Where a call or a start would find nothing, the program is refused. */
  #demand({ step, name }: CoreExport, kind: WebAssembly.ImportExportKind): void {
    if (this.#exportKinds(step).get(name) !== kind)
      throw new Refused(`core instance ${step} exports no ${kind} "${name}", which the component needs`)
  }

  #exportKinds(step: number): ReadonlyMap<string, WebAssembly.ImportExportKind> {
    const { module } = this.#component.steps[step]!
    let kinds = this.#kinds.get(module)
    if (!kinds) {
      kinds = new Map(WebAssembly.Module.exports(this.#modules[module]!).map((e) => [e.name, e.kind]))
      this.#kinds.set(module, kinds)
    }
    return kinds
  }

  #canon({ memory, realloc }: CanonOptions, scope: number): number {
    const key = [scope, memory?.step, memory?.name, realloc?.step, realloc?.name].join(' ')
    let number = this.#canonNumbers.get(key)
    if (number === undefined) {
      if (memory) this.#demand(memory, 'memory')
      if (realloc) this.#demand(realloc, 'function')
      number = this.#canons.push({ memory, realloc, scope }) - 1
      this.#canonNumbers.set(key, number)
    }
    return number
  }
}

function argument(step: Step, module: string, name: string): CoreFunction {
  const instance = step.args.get(module)
  if (instance?.kind === 'instance') return { kind: 'core-export', step: instance.step, name }
  const item = instance?.items.get(name)
  if (!item) throw new Refused(`a core module imports "${module}" "${name}", which the component does not give it`)
  return item
}

/** The marks of a memory come from where the memory comes from. */
function marksOf(step: Step, needs: readonly WebAssembly.ModuleImportDescriptor[]): CoreFunction {
  const memory = needs.find(({ module, kind }) => kind === 'memory' && module !== MARKS)
  const given = memory && argument(step, memory.module, memory.name)
  if (given?.kind !== 'core-export') throw new Refused('a core module has marks for a memory that it does not import')
  return { ...given, name: MARKS }
}

/** The rewriter exports each memory that a module defines; one that it did not see has its own names. */
function ownMemories(exports: ReadonlyMap<string, WebAssembly.ImportExportKind>): string[] {
  const names = [...exports].flatMap(([name, kind]) => (kind === 'memory' && name !== MARKS ? [name] : []))
  const own = names.filter((name) => name.startsWith(STATE_EXPORTS.memory))
  return own.length ? own : names
}
