/** @module bench/call: what a call costs inside a cell: a fresh instance, `init`, one action; against the engine's own price. */

import type { HostCall } from '../../packages/executor/src/host/call.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import type { InstanceLimits } from '../../packages/executor/src/linker/instance.ts'
import { Instance } from '../../packages/executor/src/linker/instance.ts'
import { link, type Program } from '../../packages/executor/src/linker/program.ts'
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { METER_EXPORTS, rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { pieceComponent } from '../fixture.ts'

export interface Figure {
  name: string
  figure: number
  unit: string
  target?: number
  /** Against the bare engine. */
  ratio?: number
}

const CALLS = 5_000
const ROUNDS = 3
const INPUT = new TextEncoder().encode('{"props":{"text":"hello"},"run":{"id":"1"}}')
const LIMITS: InstanceLimits = { fuel: 1e11, cpuMs: 1e4, startFuel: 1e9, reallocCpuMs: 100, memoryBytes: 128 << 20 }

/** CPU of the whole process, collector and compiler threads included, in µs a call; the best of some rounds. */
async function cpuMicros(call: () => unknown): Promise<number> {
  for (let i = 0; i < CALLS / 2; i++) await call()
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let i = 0; i < CALLS; i++) await call()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / CALLS)
  }
  return best
}

async function fresh(program: Program, scheduler: Scheduler): Promise<void> {
  const instance = new Instance(program, scheduler, { id: 1, limits: LIMITS, call: {} as HostCall })
  await instance.start()
  await instance.invoke('init', [INPUT])
  await instance.invoke('action', ['echo', INPUT])
  instance.close()
}

// biome-ignore lint/suspicious/noExplicitAny: core functions take and give any core values.
type Core = Record<string, any>

/** The same calls by hand on the same module: what no linker can go below. */
function bare(program: Program): void {
  const [step] = program.steps
  const core: Core = new WebAssembly.Instance(step!.module, step!.imports).exports
  core[METER_EXPORTS.slot].set(0, step!.slow)
  core[METER_EXPORTS.left].value = 50_000
  const put = (bytes: Uint8Array): number => {
    const at = core.cabi_realloc(0, 0, 1, bytes.length)
    new Uint8Array(core.memory.buffer).set(bytes, at)
    return at
  }
  core['ap:piece/handler@0.1.0#init'](put(INPUT), INPUT.length)
  const result = core['ap:piece/handler@0.1.0#action'](put(INPUT), 4, put(INPUT), INPUT.length)
  const view = new DataView(core.memory.buffer)
  const at = view.getUint32(result + 8, true)
  new Uint8Array(core.memory.buffer).slice(at, at + view.getUint32(result + 12, true))
  core['cabi_post_ap:piece/handler@0.1.0#action'](result)
}

export async function bench(): Promise<Figure[]> {
  const component = parseComponent(await pieceComponent())
  const modules = component.modules.map(
    (body) => new WebAssembly.Module(rewrite(body, { memoryBytes: LIMITS.memoryBytes }).bytes),
  )
  const program = link(component, modules, {})
  const scheduler = new Scheduler()
  const linked = await cpuMicros(() => fresh(program, scheduler))
  const engine = await cpuMicros(() => bare(program))
  const reused = new Instance(program, scheduler, { id: 1, limits: LIMITS, call: {} as HostCall })
  await reused.start()
  const again = await cpuMicros(() => reused.invoke('action', ['echo', INPUT]))
  return [
    { name: 'fresh instance, init and echo', figure: linked, unit: 'µs CPU', target: 110, ratio: linked / engine },
    { name: 'the same by the bare engine', figure: engine, unit: 'µs CPU' },
    { name: 'echo on an instance that is there', figure: again, unit: 'µs CPU' },
  ]
}
