/** @module metered: an instance of a rewritten core module with a host that grants fuel and writes down what it gave. */
import { promising, Suspending } from '../../packages/executor/src/linker/jspi.ts'
import { METER_EXPORTS, rewrite, SLOT_HELPER } from '../../packages/executor/src/rewrite/index.ts'

const MiB = 1 << 20
let helper: WebAssembly.Module | undefined

export interface Host {
  /** What one tick grants. */
  grant: number
  /** Each tick asks to park first. */
  parks?: boolean
  /** Fuel after which the instance is killed. */
  limit?: number
  /** What happens while it is parked; its answer goes on (1) or kills (0). */
  park?: () => Promise<number>
  imports?: WebAssembly.Imports
}

// biome-ignore lint/suspicious/noExplicitAny: what a module of a test exports is known to the test alone.
export type Exports = Record<string, any>

export interface Metered {
  exports: Exports
  /** Fuel used so far, the start function included. */
  readonly used: number
  readonly ticks: number
  /** The least that a tick found left: how far the counter ran below zero before a check saw it. */
  readonly lowest: number
  /** How often the stack was suspended. */
  readonly parked: number
  /** Runs the start function, if there is one. */
  start(): Promise<void>
  /** Calls an export on a stack that can suspend. */
  suspending(name: string, ...args: unknown[]): Promise<unknown>
}

export const metered = (module: Uint8Array, host: Host): Metered =>
  instantiate(rewrite(module, { memoryBytes: 64 * MiB }).bytes, host)

export function instantiate(rewritten: Uint8Array, host: Host): Metered {
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(rewritten as Uint8Array<ArrayBuffer>),
    host.imports,
  ) as { exports: Exports }
  const left = exports[METER_EXPORTS.left] as { value: number } | undefined
  let granted = 0
  let ticks = 0
  let parked = 0
  let lowest = 0
  const used = () => granted - (left?.value ?? 0)
  if (left) {
    const tick = (rest: number): number => {
      ticks++
      lowest = Math.min(lowest, rest)
      granted += host.grant - rest
      if (host.limit !== undefined && granted - host.grant > host.limit) return 0
      return host.parks ? -host.grant : host.grant
    }
    const park = new Suspending(() => {
      parked++
      return host.park?.() ?? Promise.resolve(1)
    })
    helper ??= new WebAssembly.Module(SLOT_HELPER as Uint8Array<ArrayBuffer>)
    const slot = new WebAssembly.Instance(helper, { '': { tick, park } })
    exports[METER_EXPORTS.slot].set(0, slot.exports.slow)
  }
  return {
    exports,
    get used() {
      return used()
    },
    get ticks() {
      return ticks
    },
    get lowest() {
      return lowest
    },
    get parked() {
      return parked
    },
    start: async () => {
      const start = exports[METER_EXPORTS.start]
      if (start) await promising(start)()
    },
    suspending: (name, ...args) => promising(exports[name])(...args),
  }
}
