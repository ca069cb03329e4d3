/** @module calls/usage-words: what a call spent, in words, and what such calls would cost. */
import type { Usage } from '../call.ts'

/** Measured on the machines that this was written on: a mix of pieces executes so many instructions in a millisecond. */
const FUEL_PER_MS = 5e6
const MS_PER_HOUR = 3_600_000
/** What a processor costs for an hour where one rents it. */
export const CPU_HOUR_USD = 0.05

const COUNTS: readonly (readonly [size: number, suffix: string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** `1.2 M` */
export function countWords(n: number): string {
  const scale = COUNTS.find(([size]) => n >= size)
  return scale ? `${(n / scale[0]).toPrecision(3)} ${scale[1]}` : String(n)
}

export function byteWords(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 ** 2) return `${(n / 1024).toFixed(1)} KiB`
  return `${(n / 1024 ** 2).toFixed(2)} MiB`
}

export const ms = (n: number): string =>
  n < 10_000 ? `${n < 10 ? n.toFixed(1) : Math.round(n)} ms` : `${(n / 1000).toFixed(1)} s`

export const usageWords = ({ fuel, memoryPeakBytes, wallMs }: Usage): string =>
  `${countWords(fuel)} fuel · ${byteWords(memoryPeakBytes)} · ${ms(wallMs)}`

/** Of a million calls, in dollars. Memory, traffic and idle machines are not in it. */
export const millionCallsUsd = (fuel: number): number => (fuel / FUEL_PER_MS / MS_PER_HOUR) * CPU_HOUR_USD * 1e6

export const costWords = (fuel: number): string =>
  `a million such calls ≈ $${millionCallsUsd(fuel).toPrecision(2)} of CPU at $${CPU_HOUR_USD} an hour`
