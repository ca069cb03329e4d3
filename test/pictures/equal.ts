/** @module equal: the same call in an instance that nobody used, and in one that was put back: what differs, in lines. */
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import { type Ask, type Ended, innerCell } from './cell.ts'
import { differenceOf, type State, stateOf } from './state.ts'

/** Clock and random stand still, so that nothing but the instance can make a difference. */
const FIXED = { clockStart: Date.UTC(2026, 0, 1), seed: '5e'.repeat(32) }

export interface Compared {
  problems: string[]
  /** Calls that were compared in an instance that others had used. */
  compared: number
}

export async function compare(program: ProgramProduct, calls: Readonly<Record<string, Ask>>): Promise<Compared> {
  const problems: string[] = []
  let compared = 0
  const cell = innerCell()
  const used = new Set<Instance>()
  for (const [name, ask] of Object.entries(calls)) {
    const others = Object.values(calls).filter((other) => other !== ask)
    // Two rounds: the first instance may go with a call that ends badly.
    for (const other of [...others, ...others, ask]) used.add((await cell.call(program, other)).instance)
    const [again, stateAgain] = await ended(cell, program, { ...ask, fixed: FIXED })
    const [alone, stateAlone] = await ended(innerCell(), program, { ...ask, fixed: FIXED, fresh: true })
    if (used.has(again.instance)) compared++
    const lines = [
      ...differenceOf(stateAlone, stateAgain),
      ...(alone.output === again.output ? [] : [`output ${again.output}, alone ${alone.output}`]),
      ...(told(alone) === told(again) ? [] : [`${told(again)}, alone ${told(alone)}`]),
    ]
    problems.push(...lines.map((line) => `${name}: ${line}`))
  }
  problems.push(...cell.unequal)
  return { problems, compared }
}

async function ended(cell: ReturnType<typeof innerCell>, program: ProgramProduct, ask: Ask): Promise<[Ended, State]> {
  let state: State | undefined
  const one = await cell.call(program, { ...ask, atEnd: (instance) => (state = stateOf(instance)) })
  return [one, state!]
}

/** All that a caller, a bill and a record are told. */
function told({ done, logs }: Ended): string {
  const { cpuMs: _, coldStart: __, ...usage } = done.usage
  return JSON.stringify({ ...done, usage, logs })
}
