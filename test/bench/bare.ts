/** @module bench/bare: the calls of a fixture made by hand on its core module: what no linker can go below. */
import type { HostCall } from '../../packages/executor/src/host/call.ts'
import { WORLD } from '../../packages/executor/src/host/index.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { Instance, type InstanceLimits } from '../../packages/executor/src/linker/instance.ts'
import { Likeness, takePicture } from '../../packages/executor/src/linker/picture.ts'
import { link, type Program } from '../../packages/executor/src/linker/program.ts'
import type { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { METER_EXPORTS, rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { pieceComponent } from '../fixture.ts'

const CALLS = 5_000
const ROUNDS = 3
export const INPUT = new TextEncoder().encode('{"props":{"text":"hello"},"run":{"id":"1"}}')
const LIMITS: InstanceLimits = { fuel: 1e11, cpuMs: 1e4, startFuel: 1e9, reallocCpuMs: 100, memoryBytes: 128 << 20 }

export async function linkFixture(): Promise<Program> {
  const component = parseComponent(await pieceComponent())
  const modules = component.modules.map(
    (body) => new WebAssembly.Module(rewrite(body, { memoryBytes: LIMITS.memoryBytes }).bytes as BufferSource),
  )
  return link(component, modules, WORLD)
}

/** CPU of the whole process, collector and compiler threads included, in µs a call; the best of some rounds. */
export async function cpuOf(call: () => unknown): Promise<number> {
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

const options = () => ({ id: 1, limits: LIMITS, call: {} as HostCall })

/** A fresh instance, `init` and one action, as a cell makes them. */
export function linked(program: Program, scheduler: Scheduler): () => Promise<void> {
  return async () => {
    const instance = new Instance(program, scheduler, options())
    await instance.start()
    await instance.invoke('init', [INPUT])
    await instance.invoke('action', ['echo', INPUT])
    instance.close()
  }
}

/** The same in an instance that is put back to what its start left. */
export async function putBack(program: Program, scheduler: Scheduler): Promise<() => Promise<void>> {
  const instance = new Instance(program, scheduler, options())
  await instance.start()
  const likeness = new Likeness(instance, takePicture(instance, 0, false))
  return async () => {
    instance.renew(options())
    await instance.invoke('init', [INPUT])
    await instance.invoke('action', ['echo', INPUT])
    likeness.restore()
  }
}

/** One more action on an instance that is there. */
export async function again(program: Program, scheduler: Scheduler): Promise<() => Promise<unknown>> {
  const instance = new Instance(program, scheduler, options())
  await instance.start()
  return () => instance.invoke('action', ['echo', INPUT])
}

// biome-ignore lint/suspicious/noExplicitAny: core functions take and give any core values.
type Core = Record<string, any>

/** The same as `linked` with nothing between the engine and the module. */
export function bare(program: Program): () => void {
  const [step] = program.steps
  if (step === undefined || program.steps.length > 1) throw new Error('the fixture is one core module')
  return () => {
    const core: Core = new WebAssembly.Instance(step.module, step.imports).exports
    core[METER_EXPORTS.slot].set(0, step.slow)
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
}
