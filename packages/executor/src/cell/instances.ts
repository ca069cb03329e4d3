/** @module cell/instances: where a call gets its instance and gives it back. Today each is new and none is used twice. */
import type { HostCall } from '../host/call.ts'
import { Instance, type InstanceLimits } from '../linker/instance.ts'
import type { Program } from '../linker/program.ts'
import type { Scheduler } from '../linker/scheduler.ts'

export interface Acquired {
  instance: Instance
  /** Starts it, where it has not run yet. */
  start: () => Promise<void>
}

export function acquire(
  program: Program,
  scheduler: Scheduler,
  options: { id: number; limits: InstanceLimits; call: HostCall },
): Acquired {
  const instance = new Instance(program, scheduler, options)
  return { instance, start: () => instance.start() }
}

export function release(instance: Instance): void {
  instance.close()
}
