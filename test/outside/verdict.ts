/** @module outside/verdict: what became of the steps of a script. */
import { headOf, type List } from './wast.ts'

export interface Verdict {
  passed: number
  /** How many, by reason. */
  skipped: Record<string, number>
  /** `line: what happened` */
  failed: string[]
}

/** Runs each step; it answers with a complaint, throws a `skip` with its reason, or anything else: then it failed. */
export async function tally(
  script: string,
  lists: readonly List[],
  step: (list: List) => Promise<string | undefined>,
  skip: new (reason: string) => Error,
): Promise<Verdict> {
  const verdict: Verdict = { passed: 0, skipped: {}, failed: [] }
  for (const list of lists) {
    const line = script.slice(0, list.from).split('\n').length
    try {
      const complaint = await step(list)
      if (complaint === undefined) verdict.passed++
      else verdict.failed.push(`${line}: ${complaint}`)
    } catch (error) {
      if (error instanceof skip) verdict.skipped[error.message] = (verdict.skipped[error.message] ?? 0) + 1
      else verdict.failed.push(`${line}: ${headOf(list)} throws ${error}`)
    }
  }
  return verdict
}
