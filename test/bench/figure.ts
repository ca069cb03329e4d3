/** @module bench/figure: what a bench measures: a value, its unit, and the target that it must keep. */

export interface Figure {
  name: string
  value: number
  unit: string
  /** The target, on the side that is good. A figure without one is there to be read beside the others. */
  atMost?: number
  atLeast?: number
}

/** One question of the bench: a file that exports `bench`. */
export interface Bench {
  /** `languages`: of those alone, where it is about languages. */
  bench(languages: readonly string[]): Promise<Figure[]>
}

export const targetOf = (figure: Figure): number | undefined => figure.atMost ?? figure.atLeast

/** `undefined`: nothing was promised. */
export function isKept({ value, atMost, atLeast }: Figure): boolean | undefined {
  if (atMost === undefined && atLeast === undefined) return undefined
  return value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity)
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
