/**
 * @module program: from a component's bytes to a metered call, without a process, a file or a socket. It imports no `node:`
 * module in anything it reaches (test/boundary.test.ts), so that a browser runs the very same code as a cell.
 * @example
 * const component = parseComponent(bytes)
 * const modules = component.modules.map((body) => new WebAssembly.Module(rewrite(body, { memoryBytes }).bytes))
 * const instance = new Instance(link(component, modules, WORLD), new Scheduler(), { id: 1, limits, call })
 * await instance.start()
 */
export { type Cell, CellCall } from './cell/call.ts'
export type { InstanceUse, Lease } from './cell/instances.ts'
export { MemoryBudget } from './cell/memory.ts'
export type { LinkedProgram } from './cell/programs.ts'
export { PieceError, Refused } from './errors.ts'
export {
  err,
  type HostCall,
  type HostFunction,
  type HostInterface,
  type HostWorld,
  immediate,
  ok,
} from './host/call.ts'
export {
  createClock,
  createHostCall,
  createRandom,
  createStartClock,
  flushLines,
  stderrTail,
  WORLD,
} from './host/index.ts'
export { InputStream } from './host/io.ts'
export { LIMITS } from './limits.ts'
export { type Component, parseComponent, replaceModules } from './linker/component.ts'
export { initialMemories } from './linker/initial-memories.ts'
export { Instance, type InstanceLimits, type InstanceUsage } from './linker/instance.ts'
export { link, type Program } from './linker/program.ts'
export { Scheduler, type SchedulerOptions } from './linker/scheduler.ts'
export {
  METER_EXPORTS,
  REWRITER_VERSION,
  type Rewritten,
  rewrite,
  STATE_EXPORTS,
  setMemoryMaximum,
} from './rewrite/index.ts'
export type { Messages } from './wire.ts'
