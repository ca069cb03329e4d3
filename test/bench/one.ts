/** @module bench/one: runs one bench in this process and hands its figures to whoever started it. */
import type { Bench } from './figure.ts'

const [name, ...languages] = process.argv.slice(2)
const { bench } = (await import(`./${name}.ts`)) as Bench
const figures = await bench(languages)
if (process.connected) process.send?.(figures, undefined, undefined, () => process.disconnect?.())
else console.table(figures)
