/** @module linker/testing: components from text, programs and instances of them. For tests of `linker/` alone. */
import { parse } from '@bytecodealliance/jco'
import type { HostCall, HostWorld } from '../host/call.ts'
import { rewrite } from '../rewrite/index.ts'
import { parseComponent } from './component.ts'
import { Instance, type InstanceLimits } from './instance.ts'
import { link, type Program } from './program.ts'
import { Scheduler } from './scheduler.ts'

export const LIMITS: InstanceLimits = {
  fuel: 1e11,
  cpuMs: 10_000,
  startFuel: 1e9,
  reallocCpuMs: 100,
  memoryBytes: 128 * 1024 * 1024,
}

export const fromText = (wat: string): Promise<Uint8Array> => parse(wat)

/** The program as a cell makes it: every module rewritten. */
export function programOf(bytes: Uint8Array, world: HostWorld = {}): Program {
  const component = parseComponent(bytes)
  const modules = component.modules.map(
    (body) => new WebAssembly.Module(rewrite(body, { memoryBytes: LIMITS.memoryBytes }).bytes),
  )
  return link(component, modules, world)
}

/** Host functions of these tests look at nothing of their call. */
const NO_CALL = {} as HostCall

export function instanceOf(
  program: Program,
  {
    scheduler = new Scheduler(),
    limits = {},
    id = 1,
  }: { scheduler?: Scheduler; limits?: Partial<InstanceLimits>; id?: number } = {},
): Instance {
  return new Instance(program, scheduler, { id, limits: { ...LIMITS, ...limits }, call: NO_CALL })
}

/** A started instance of a component in text. */
export async function started(
  wat: string,
  world: HostWorld = {},
  options: Parameters<typeof instanceOf>[1] = {},
): Promise<Instance> {
  const instance = instanceOf(programOf(await fromText(wat), world), options)
  await instance.start()
  return instance
}
