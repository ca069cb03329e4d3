/** @module bench/one: runs one bench in this process and hands its figures to whoever started it. */
import type { Bench } from './figure.ts'

const { bench } = (await import(`./${process.argv[2]}.ts`)) as Bench
const figures = await bench()
if (process.connected) process.send?.(figures, undefined, undefined, () => process.disconnect?.())
else console.table(figures)
