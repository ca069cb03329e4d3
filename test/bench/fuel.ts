/** @module bench/fuel: what counting costs: kernels as they are against the same with meters, and against Wasmtime's count. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ENGINE_FLAGS } from '../../packages/executor/src/layers.ts'
import { KERNELS, type Kernel, kernelModules } from '../fuel/kernels.ts'
import { type Metered, metered } from '../fuel/metered.ts'
import { type Figure, geometricMean } from './figure.ts'
import type { Pace } from './fuel-pace.ts'

/** What V8 inlines differs from process to process. */
const PROCESSES = 5
const GRANT = 50_000
const PACE = fileURLToPath(new URL('./fuel-pace.ts', import.meta.url))
/** As a cell has them; and the optimizing compiler is waited for, or a round may meet its forerunner. */
const FLAGS = [...ENGINE_FLAGS, '--wasm-sync-tier-up', '--conditions=@ap-wasm/source']

export async function bench(): Promise<Figure[]> {
  const paces = Array.from(
    { length: PROCESSES },
    () => JSON.parse(execFileSync(process.execPath, [...FLAGS, PACE], { encoding: 'utf8' })) as Pace[],
  )
  // The least of all: noise only ever adds.
  const least = (i: number, of: 'plain' | 'counted') => Math.min(...paces.map((process) => process[i]![of]))
  const ratios = paces[0]!.map(({ name }, i) => ({ name, ratio: least(i, 'counted') / least(i, 'plain') }))
  const worst = ratios.reduce((a, b) => (a.ratio > b.ratio ? a : b))
  const modules = await kernelModules()
  const different = KERNELS.filter((kernel) => kernel.file === 'c' && countOf(kernel, modules.c) !== kernel.fuel)
  return [
    {
      name: `metered to plain, geometric mean of ${ratios.length} kernels`,
      value: geometricMean(ratios.map((one) => one.ratio)),
      unit: '×',
      atMost: 1.15,
    },
    { name: `the worst of them (${worst.name})`, value: worst.ratio, unit: '×' },
    { name: 'kernels that Wasmtime counts otherwise', value: different.length, unit: '', atMost: 0 },
  ]
}

function countOf(kernel: Kernel, module: Uint8Array): number {
  const one: Metered = metered(module, { grant: GRANT })
  one.exports.prepare?.()
  const before = one.used
  one.exports[kernel.name](kernel.argument)
  return one.used - before
}
