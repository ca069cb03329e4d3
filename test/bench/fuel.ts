/** @module bench/fuel: what counting costs: kernels as they are against the same with meters, and against Wasmtime's count. */
import { KERNELS, type Kernel, kernelModules } from '../fuel/kernels.ts'
import { type Exports, type Metered, metered } from '../fuel/metered.ts'
import { type Figure, geometricMean } from './figure.ts'

const ROUNDS = 15
const ROUND_MS = 4
const GRANT = 50_000
/** Shorter ones measure the call from JavaScript. */
const LEAST_FUEL = 100_000

export async function bench(): Promise<Figure[]> {
  const modules = await kernelModules()
  const ratios: { name: string; ratio: number }[] = []
  for (const kernel of KERNELS.filter((one) => one.fuel >= LEAST_FUEL && one.file === 'c')) {
    const module = modules[kernel.file]
    const plain = new WebAssembly.Instance(new WebAssembly.Module(module)).exports as Exports
    ratios.push({ name: kernel.name, ratio: compared(kernel, plain, metered(module, { grant: GRANT }).exports) })
  }
  const worst = ratios.reduce((a, b) => (a.ratio > b.ratio ? a : b))
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

/** The least of many rounds in turn: noise only ever adds. */
function compared(kernel: Kernel, plain: Exports, counted: Exports): number {
  for (const one of [plain, counted]) one.prepare?.()
  const timeOf = (exports: Exports, times: number): number => {
    const began = performance.now()
    for (let i = 0; i < times; i++) exports[kernel.name](kernel.argument)
    return performance.now() - began
  }
  for (let i = 0; i < 20; i++) {
    timeOf(plain, 10)
    timeOf(counted, 10)
  }
  const times = Math.max(1, Math.ceil(ROUND_MS / (timeOf(plain, 10) / 10)))
  let best = Infinity
  let bestCounted = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.min(best, timeOf(plain, times))
    bestCounted = Math.min(bestCounted, timeOf(counted, times))
  }
  return bestCounted / best
}

function countOf(kernel: Kernel, module: Uint8Array): number {
  const one: Metered = metered(module, { grant: GRANT })
  one.exports.prepare?.()
  const before = one.used
  one.exports[kernel.name](kernel.argument)
  return one.used - before
}
