/** @module bench/fuel-pace: how fast each kernel runs in this process, as it is and with meters. Printed as JSON. */
import { KERNELS, type Kernel, kernelModules } from '../fuel/kernels.ts'
import { type Exports, metered } from '../fuel/metered.ts'

export interface Pace {
  name: string
  /** Milliseconds of a call. */
  plain: number
  counted: number
}

const ROUNDS = 15
const ROUND_MS = 4
const GRANT = 50_000
/** Shorter ones measure the call from JavaScript. */
const LEAST_FUEL = 100_000

/** The least of many rounds in turn. */
function paceOf(kernel: Kernel, plain: Exports, counted: Exports): Pace {
  for (const one of [plain, counted]) one.prepare?.()
  const timeOf = (exports: Exports, times: number): number => {
    const began = performance.now()
    for (let i = 0; i < times; i++) exports[kernel.name](kernel.argument)
    return (performance.now() - began) / times
  }
  for (let i = 0; i < 20; i++) {
    timeOf(plain, 10)
    timeOf(counted, 10)
  }
  const times = Math.max(1, Math.ceil(ROUND_MS / timeOf(plain, 10)))
  const pace = { name: kernel.name, plain: Infinity, counted: Infinity }
  for (let round = 0; round < ROUNDS; round++) {
    pace.plain = Math.min(pace.plain, timeOf(plain, times))
    pace.counted = Math.min(pace.counted, timeOf(counted, times))
  }
  return pace
}

const { c: module } = await kernelModules()
const kernels = KERNELS.filter((one) => one.fuel >= LEAST_FUEL && one.file === 'c')
const paces = kernels.map((kernel) =>
  paceOf(
    kernel,
    new WebAssembly.Instance(new WebAssembly.Module(module)).exports as Exports,
    metered(module, { grant: GRANT }).exports,
  ),
)
console.log(JSON.stringify(paces))
