/**
 * @module bench/fuel: what the meter costs: the kernels of test/fuel in their plain and their rewritten form, in turn, and
 * how fast a module is rewritten.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { kernelModules } from '../fuel/kernels.ts'
import { type Exports, instantiate } from '../fuel/metered.ts'
import { type Figure, geometricMean, median } from './figure.ts'

const WARM = 4
const ROUNDS = 12
/** As the cell grants it. */
const GRANT = 50_000
const MEMORY_BYTES = 128 << 20

/** So much work that a round takes a few milliseconds. */
const ARGUMENTS: Readonly<Record<string, number>> = {
  sieve: 1 << 20,
  fib: 30,
  matmul: 160,
  sha256: 12_000,
  json: 2,
  copyloop: 10,
  nbody: 30_000,
  qsort: 1 << 17,
  strsearch: 4,
  hashmap: 300_000,
  interp: 40_000,
  vcall: 2_000_000,
  leafcalls: 2_000_000,
  crc: 2,
  sum: 10,
  mandel: 160,
  tree: 20,
  queens: 11,
  expr: 20_000,
  bulk: 200_000,
}

export async function bench(): Promise<Figure[]> {
  // Else a round may still run the code of the first tier, or meet the compiler at work beside it.
  setFlagsFromString('--wasm-sync-tier-up')
  const ratios = await overheads()
  return [
    { name: 'metered / plain, geometric mean', value: geometricMean([...ratios.values()]), unit: '×', atMost: 1.15 },
    ...[...ratios].map(([name, value]) => ({ name: `metered / plain, ${name}`, value, unit: '×' })),
    ...rewriting(),
  ]
}

async function overheads(): Promise<Map<string, number>> {
  const { c } = await kernelModules()
  const plain = new WebAssembly.Instance(new WebAssembly.Module(c)).exports as Exports
  const { exports } = instantiate(rewrite(c, { memoryBytes: MEMORY_BYTES }).bytes, { grant: GRANT })
  plain.prepare()
  exports.prepare()
  const ratios = new Map<string, number>()
  for (const [name, argument] of Object.entries(ARGUMENTS)) {
    const best = [Infinity, Infinity]
    for (let round = -WARM; round < ROUNDS; round++)
      for (const [side, run] of [plain[name], exports[name]].entries()) {
        const began = performance.now()
        run(argument)
        const ms = performance.now() - began
        if (round >= 0) best[side] = Math.min(best[side]!, ms)
      }
    ratios.set(name, best[1]! / best[0]!)
  }
  return ratios
}

/** A Rust program of 2.4 MB that is here anyway: the tools inside jco. */
function rewriting(): Figure[] {
  const jco = createRequire(import.meta.resolve('@bytecodealliance/jco')).resolve('@bytecodealliance/jco-transpile')
  const module = new Uint8Array(readFileSync(join(dirname(jco), '../vendor/wasm-tools.core.wasm')))
  const times: number[] = []
  let growth = 0
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now()
    const { bytes } = rewrite(module, { memoryBytes: MEMORY_BYTES })
    times.push(performance.now() - began)
    growth = bytes.length / module.length
  }
  return [
    { name: 'rewriting, warm', value: module.length / 1e3 / median(times), unit: 'MB/s' },
    { name: 'rewriting, first', value: module.length / 1e3 / times[0]!, unit: 'MB/s' },
    { name: 'rewritten / original bytes', value: growth, unit: '×' },
  ]
}
