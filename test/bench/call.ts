/** @module bench/call: what a call costs inside a cell: a fresh instance, `init`, one action; against the engine's own price. */
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { again, bare, cpuOf, linked, linkFixture, putBack } from './bare.ts'
import type { Figure } from './figure.ts'

export async function bench(): Promise<Figure[]> {
  const program = await linkFixture()
  const scheduler = new Scheduler()
  const engine = await cpuOf(bare(program))
  const ours = await cpuOf(linked(program, scheduler))
  const back = await cpuOf(await putBack(program, scheduler))
  const reused = await cpuOf(await again(program, scheduler))
  return [
    { name: 'fresh instance, init and echo, by the linker', value: ours, unit: 'µs CPU' },
    { name: 'the same by hand on `new WebAssembly.Instance`', value: engine, unit: 'µs CPU' },
    { name: 'linker to engine', value: ours / engine, unit: '×' },
    { name: 'an instance that is put back, init and echo', value: back, unit: 'µs CPU' },
    { name: 'that to engine', value: back / engine, unit: '×' },
    { name: 'echo on an instance that is there', value: reused, unit: 'µs CPU' },
  ]
}
