/** @module instance: one call's life: core instances, memory views, handles, fuel, and the one slot of its host state. */
import { PieceError } from '../errors.ts'
import { Exit, type HostCall } from '../host/call.ts'
import { MARKS, METER_EXPORTS } from '../rewrite/index.ts'
import { Canon, type Realloc, Traffic, Trap } from './canon.ts'
import { type HandleNumbers, Handles, NO_HANDLES, OpenHandles } from './handles.ts'
import { type CoreCode, promising } from './jspi.ts'
import type { CoreValue } from './layout.ts'
import { Marks } from './marks.ts'
import { fuelOf, Meter } from './meter.ts'
import { Likeness, type Picture } from './picture.ts'
import type { CoreExport } from './plan.ts'
import type { ExportedFunction, Program, ProgramStep } from './program.ts'
import type { Scheduler, Turn } from './scheduler.ts'

export interface InstanceLimits {
  fuel: number
  cpuMs: number
  startFuel: number
  reallocCpuMs: number
  memoryBytes: number
}

export interface InstanceUsage {
  fuel: number
  cpuMs: number
  memoryPeakBytes: number
  memoryBytes: number
  hostCalls: Record<string, number>
  slices: number
}

/** The interface whose functions `invoke` names; others are named in full. */
const HANDLER = 'ap:piece/handler'
const PAGE_BYTES = 65_536

interface Waiter {
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

export class Instance {
  /** Of the call; another one once the instance was renewed. */
  id: number
  readonly program: Program
  readonly meter: Meter
  readonly traffic = new Traffic()
  /** The one slot of call state: replaced when the instance is reset for another call. */
  call: HostCall
  readonly #scheduler: Scheduler
  #limits: InstanceLimits
  /** Exports by number of the core instance; those bypassed stay empty. */
  readonly cores: WebAssembly.Exports[] = []
  /** Its own memories, each once, and mutable globals. */
  readonly memories: WebAssembly.Memory[] = []
  /** Of each memory what was written there, where the program notes it. */
  readonly marks: (Marks | undefined)[] = []
  readonly globals: WebAssembly.Global[] = []
  readonly #canons: (Canon | undefined)[] = []
  readonly #handles: (Handles | undefined)[] = []
  readonly #openHandles = new OpenHandles()
  readonly #counts: number[]
  /** Host calls of the start, which a picture must know and nobody is billed for. */
  #startCounts: number[] = []
  /** What `ap_renews` said at the end of the start. */
  renews = 0
  /** What the start cost; 0 where the instance was filled instead. */
  startFuel = 0
  /** The scheduler's note. */
  turn: Turn
  /** Who waits for `start` or `invoke`. */
  #caller: Waiter | undefined
  /** The import that wasm is suspended in. */
  #suspended: Waiter | undefined

  constructor(program: Program, scheduler: Scheduler, options: { id: number; limits: InstanceLimits; call: HostCall }) {
    program.bind(scheduler)
    this.id = options.id
    this.program = program
    this.call = options.call
    this.meter = new Meter(scheduler, options.limits)
    this.#scheduler = scheduler
    this.turn = scheduler.newTurn()
    this.#limits = options.limits
    this.#counts = new Array(program.hostNames.length).fill(0)
  }

  /** Instantiates in slices of its own; its fuel is limited apart and not billed. */
  start(): Promise<void> {
    return this.#run(() => this.#instantiate(0))
  }

  /** Instead of `start`: the language does not start, what it left is filled in. False: it is not this program's picture. */
  fill(picture: Picture): Promise<boolean> {
    return this.#run(() => {
      for (const step of this.program.steps) this.#makeCore(step, picture)
      if (!this.#fits(picture)) return this.#ended(false)
      new Likeness(this, picture).fill()
      this.meter.begin(this.#scheduler.sliceElapsed())
      this.#checkMemory()
      if (this.meter.death) throw this.meter.death
      this.#ended(true)
    })
  }

  #fits({ memories, globals, meter }: Picture): boolean {
    return (
      memories.length === this.memories.length &&
      memories.every(({ bytes }, i) => bytes === this.memories[i]!.buffer.byteLength) &&
      globals.length === this.globals.length &&
      meter.left.length === this.meter.state.left.length
    )
  }

  /** Hands an instance that was put back to its picture to another call. */
  renew({ id, limits, call }: { id: number; limits: InstanceLimits; call: HostCall }): void {
    this.id = id
    this.call = call
    this.#limits = limits
    this.meter.limits = limits
    this.#counts.fill(0)
    this.traffic.begin()
    this.#checkMemory()
  }

  /** Calls an export: `{tag: 'ok' | 'err', val}`, or a rejection with a PieceError. */
  invoke(name: string, args: readonly unknown[]): Promise<unknown> {
    const exported = this.program.exports.get(name.includes('#') ? name : `${HANDLER}#${name}`)
    if (!exported) return Promise.reject(new TypeError(`the piece exports no function "${name}"`))
    return this.#run(() => {
      const canon = this.canon(exported.canon).fresh()
      this.traffic.begin()
      const flat = exported.lower(canon, args)
      promising(this.core(exported.core))(...flat).then(
        (core) => this.#returned(exported, core as CoreValue),
        this.#threw,
      )
    })
  }

  /** Stops at the next check or wait; what waits for a result is rejected with `error` now. */
  cancel(error: PieceError): void {
    this.meter.die(error)
    const death = this.meter.death!
    this.#settle((caller) => caller.reject(death))
    const suspended = this.#suspended
    if (!suspended) return
    this.#suspended = undefined
    // The guest unwinds, or catches and runs into its next check: a slice like any other.
    this.#scheduler.enter(this, () => suspended.reject(death))
  }

  /** Drops every handle. An instance that still runs ends first. */
  close(): void {
    if (this.#caller || this.#suspended)
      this.cancel(new PieceError('AP_CANCELLED', { ranMs: Math.round(this.meter.cpuMs) }))
    for (const handles of this.#handles) handles?.close()
    this.ended()
  }

  /** Its call is over; what it used tells how the next one of its program begins. */
  ended(): void {
    this.#scheduler.ended(this, this.meter.allCpuMs)
  }

  get usage(): InstanceUsage {
    const { memoryBytes } = this
    const { fuel, cpuMs, slices } = this.meter
    const hostCalls = this.#named(this.#counts)
    return { fuel, cpuMs, slices, memoryBytes, memoryPeakBytes: memoryBytes, hostCalls }
  }

  get startHostCalls(): Record<string, number> {
    return this.#named(this.#startCounts)
  }

  #named(counts: readonly number[]): Record<string, number> {
    const named: Record<string, number> = {}
    counts.forEach((count, i) => {
      if (count) named[this.program.hostNames[i]!] = count
    })
    return named
  }

  /** Linear memory that it holds; a memory never shrinks, so this is its peak too. */
  get memoryBytes(): number {
    let bytes = 0
    for (const memory of this.memories) bytes += memory.buffer.byteLength
    return bytes
  }

  /** No call is under way and no handle is open: its state is memory and globals alone. */
  get idle(): boolean {
    return !this.#caller && !this.#suspended && this.#handles.every((handles) => !handles?.open)
  }

  /** Of its mutable globals; `undefined` for what JavaScript cannot see. */
  get globalValues(): unknown[] {
    return this.globals.map((global) => {
      try {
        return global.value as unknown
      } catch {
        return undefined
      }
    })
  }

  get openHandles(): number {
    return this.#openHandles.count
  }

  /** By component instance. */
  get handleNumbers(): readonly HandleNumbers[] {
    return Array.from({ length: this.program.scopes }, (_, scope) => this.#handles[scope]?.numbers ?? NO_HANDLES)
  }

  /** Of an instance that is idle. */
  set handleNumbers(numbers: readonly HandleNumbers[]) {
    numbers.forEach((of, scope) => {
      if (this.#handles[scope] || of.known > NO_HANDLES.known) this.handles(scope).numbers = of
    })
  }

  // What import functions, meter and scheduler ask of it.

  canon(number: number): Canon {
    return (this.#canons[number] ??= this.#makeCanon(number))
  }

  handles(scope: number): Handles {
    return (this.#handles[scope] ??= new Handles(this.#openHandles))
  }

  core(item: CoreExport): CoreCode {
    return this.cores[item.step]![item.name] as CoreCode
  }

  countCall(number: number): void {
    this.#counts[number]!++
  }

  sliceEnded(ms: number): void {
    this.meter.sliceEnded(ms)
    this.#checkMemory()
  }

  /** Each module's memory has its maximum; this holds for the sum of several. */
  #checkMemory(): void {
    const bytes = this.memoryBytes
    const { memoryBytes } = this.#limits
    if (bytes > memoryBytes) this.meter.die(new PieceError('AP_MEMORY_EXCEEDED', { bytes, memoryBytes }))
  }

  /** Ends the instance for what was thrown: every later import throws, and the next check traps. */
  failed(error: unknown): PieceError {
    this.meter.die(asPieceError(error))
    return this.meter.death!
  }

  /** Suspends the wasm that called an import until `answer` settles; `finish` lowers it in a slice of its own. */
  wait(answer: Promise<unknown>, finish: (value: unknown) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject }
      this.#suspended = waiter
      const goOn = (run: () => unknown) => {
        if (this.#suspended !== waiter) return
        this.#suspended = undefined
        this.#scheduler.enter(this, () => {
          try {
            if (this.meter.death) throw this.meter.death
            resolve(run() as never)
          } catch (error) {
            reject(this.failed(error))
          }
        })
      }
      answer.then(
        (value) => goOn(() => finish(value)),
        (error) =>
          goOn(() => {
            throw error
          }),
      )
      this.#scheduler.leave()
    })
  }

  /** Suspends the wasm that asked in `tick`; answers 1 to go on and 0 to trap. */
  park(): Promise<number> {
    return new Promise((resolve) => this.#scheduler.park(() => resolve(this.meter.death ? 0 : 1)))
  }

  /** The callee's own clean-up, and the borrows that it had to give back. */
  afterReturn(exported: ExportedFunction, core: CoreValue): void {
    if (this.handles(this.program.canons[exported.canon]!.scope).borrowed > 0)
      throw new Trap('a borrowed handle outlives the call that lent it')
    if (!exported.postReturn) return
    this.meter.enter()
    this.core(exported.postReturn)(core)
    this.meter.leave()
  }

  #makeCanon(number: number): Canon {
    const { memory: from, realloc, scope } = this.program.canons[number]!
    const memory = from && (this.cores[from.step]![from.name] as WebAssembly.Memory)
    return new Canon(
      memory,
      memory && this.marks[this.memories.indexOf(memory)],
      realloc && (this.core(realloc) as Realloc),
      this.handles(scope),
      this.traffic,
      this.meter,
    )
  }

  #run(body: () => void): Promise<never> {
    if (this.meter.death) return Promise.reject(this.meter.death)
    if (this.#caller) return Promise.reject(new Error('the instance is busy: one call at a time'))
    return new Promise((resolve, reject) => {
      this.#caller = { resolve, reject }
      this.#scheduler.enter(this, () => {
        try {
          if (this.meter.death) throw this.meter.death
          body()
        } catch (error) {
          this.#threw(error)
        }
      })
    })
  }

  #instantiate(from: number): void {
    const { steps } = this.program
    for (let i = from; i < steps.length; i++) {
      const step = steps[i]!
      const exports = this.#makeCore(step)
      if (!step.starts) continue
      promising(exports[METER_EXPORTS.start] as CoreCode)().then(() => {
        try {
          this.#instantiate(i + 1)
        } catch (error) {
          this.#threw(error)
        }
      }, this.#threw)
      return
    }
    const { renews } = this.program
    if (!renews) {
      this.#started()
      return
    }
    promising(this.core(renews))().then((said) => {
      try {
        this.renews = Number(said)
        this.#started()
      } catch (error) {
        this.#threw(error)
      }
    }, this.#threw)
  }

  #makeCore(step: ProgramStep, picture?: Picture): WebAssembly.Exports {
    const { exports } = new WebAssembly.Instance(step.module, this.#imports(step))
    this.cores[step.index] = exports
    for (const name of step.memories) {
      const memory = exports[name] as WebAssembly.Memory
      if (this.memories.includes(memory)) continue
      const missing = (picture?.memories[this.memories.length]?.bytes ?? 0) - memory.buffer.byteLength
      if (missing > 0) memory.grow(missing / PAGE_BYTES)
      this.memories.push(memory)
      const marks = exports[MARKS] as WebAssembly.Memory | undefined
      this.marks.push(marks && new Marks(marks))
    }
    for (const name of step.globals) this.globals.push(exports[name] as WebAssembly.Global)
    if (step.slow) {
      ;(exports[METER_EXPORTS.slot] as WebAssembly.Table).set(0, step.slow)
      this.meter.add(exports[METER_EXPORTS.left] as WebAssembly.Global)
    }
    return exports
  }

  #started(): void {
    this.startFuel = fuelOf(this.meter.state)
    this.meter.begin(this.#scheduler.sliceElapsed())
    this.#startCounts = this.#counts.slice()
    this.#counts.fill(0)
    this.#checkMemory()
    if (this.meter.death) throw this.meter.death
    this.#ended(undefined)
  }

  #imports({ imports, linked }: ProgramStep): WebAssembly.Imports {
    if (linked.length === 0) return imports
    const own: Record<string, Record<string, WebAssembly.ImportValue>> = {}
    for (const module in imports) own[module] = { ...imports[module] }
    for (const { module, name, from } of linked)
      own[module]![name] = this.cores[from.step]![from.name] as WebAssembly.ImportValue
    return own
  }

  #returned(exported: ExportedFunction, core: CoreValue): void {
    try {
      if (this.meter.death) throw this.meter.death
      const canon = this.canon(exported.canon).fresh()
      this.traffic.begin()
      const value = exported.lift(canon, core)
      this.afterReturn(exported, core)
      this.meter.settle()
      if (this.meter.death) throw this.meter.death
      this.#ended(value)
    } catch (error) {
      this.#threw(error)
    }
  }

  #ended(value: unknown): void {
    this.#scheduler.leave()
    this.#settle((caller) => caller.resolve(value as never))
  }

  readonly #threw = (error: unknown): void => {
    const death = this.failed(error)
    this.#scheduler.leave()
    this.#settle((caller) => caller.reject(death))
  }

  #settle(how: (caller: Waiter) => void): void {
    const caller = this.#caller
    this.#caller = undefined
    if (caller) how(caller)
  }
}

/** A name may be as long as its module. */
const PLACE_LENGTH = 200

/** Names of the wasm functions that a trap came through, the innermost first. */
function places(error: Error): string {
  const names = [...(error.stack ?? '').matchAll(/^ +at (?:(.+?) \()?wasm:\/\/[^)\n]*wasm-function\[(\d+)\]/gm)].map(
    ([, name, index]) => name ?? `function ${index}`,
  )
  const shown = names.slice(0, 6).map((name) => name.slice(0, PLACE_LENGTH))
  return shown.length ? ` in ${shown.join(' < ')}` : ''
}

/** What was thrown in a slice, as the error of the call. */
function asPieceError(error: unknown): PieceError {
  if (error instanceof PieceError) return error
  if (error instanceof Exit) return new PieceError('AP_EXITED', { status: error.status })
  const trapped = (detail: string) => new PieceError('AP_TRAPPED', { detail }, { cause: error })
  if (error instanceof Trap) return trapped(error.message)
  if (error instanceof WebAssembly.RuntimeError) return trapped(`${error.message}${places(error)}`)
  if (error instanceof WebAssembly.Exception) return trapped('an exception of the language was not caught')
  // What a bypassed stub says of its types nobody has checked: through its table the call would have trapped.
  if (error instanceof TypeError && /BigInt/.test(error.message))
    return trapped('a stub has other core types than the import behind it')
  if (error instanceof RangeError && /call stack/.test(error.message))
    return trapped(`the stack overflowed${places(error)}`)
  if (error instanceof RangeError && /WebAssembly.*[Mm]emory/.test(error.message))
    return new PieceError('AP_NO_CELL', { detail: `the cell has no room for another memory: ${error.message}` })
  if (error instanceof Error && error.name === 'SuspendError')
    return trapped('an import that waits was called where the stack cannot be suspended')
  return new PieceError('AP_INTERNAL', {}, { cause: error })
}
