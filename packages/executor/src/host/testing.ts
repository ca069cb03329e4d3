/** @module host/testing: a call whose outside is a function of the test, and the world by name. For tests of `host/` alone. */
import type { Effect, EffectKind, EffectReply } from '../effect.ts'
import type { HostCall } from './call.ts'
import { createClock, createHostCall, createRandom, WORLD } from './index.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of the world are looked into field by field.
type Loose = any

export interface FakeOptions {
  env?: HostCall['env']
  limits?: Partial<HostCall['limits']>
  clock?: HostCall['clock']
  random?: HostCall['random']
  /** Answers an effect; without one an effect fails the test. */
  answer?: (effect: Effect<Loose>) => Loose
}

export interface FakeCall {
  call: HostCall
  /** Everything asked and posted, in order. */
  effects: Effect<Loose>[]
  logs: { level: string; context: string; message: string; atMs: number }[]
  /** Ends the call. */
  end: (why?: unknown) => void
  /** Calls a function of the world: `wasi:io/poll#poll`. */
  run: (name: string, ...args: unknown[]) => Loose
}

const NOTHING = new Uint8Array(0)
export const reply = (answer: Loose, bytes: Uint8Array = NOTHING): EffectReply<Loose> => ({ answer, bytes })

export function fakeCall(options: FakeOptions = {}): FakeCall {
  const effects: Effect<Loose>[] = []
  const logs: FakeCall['logs'] = []
  const abort = new AbortController()
  const call = createHostCall({
    env: options.env ?? [],
    clock: options.clock ?? createClock({ fixed: { clockStart: 1_700_000_000_000 } }),
    random: options.random ?? createRandom('00'.repeat(32)),
    signal: abort.signal,
    limits: { logBytes: 64 * 1024, logLineBytes: 4096, httpBodyBytes: 25 * 1024 * 1024, ...options.limits },
    ask: async (kind, ask, bytes = NOTHING) => {
      const effect: Effect = { kind, ask, bytes }
      effects.push(effect)
      if (options.answer === undefined) throw new Error(`no answer to ${kind}`)
      return options.answer(effect)
    },
    post: (kind: EffectKind, ask, bytes = NOTHING) => {
      if (kind === 'log') logs.push(ask as FakeCall['logs'][number])
      else effects.push({ kind, ask, bytes })
    },
  })
  const run = (name: string, ...args: unknown[]) => {
    const [group, func] = name.split('#') as [string, string]
    const found = WORLD[group]?.[func]
    if (found === undefined) throw new Error(`the world has no ${name}`)
    const result = found.run(call, ...args)
    if (!found.waits && result instanceof Promise) throw new Error(`${name} must not wait`)
    return result
  }
  return { call, effects, logs, end: (why) => abort.abort(why), run }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (from: Uint8Array): string => new TextDecoder().decode(from)
/** The `detail` of what a trap throws. */
export function trapOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('no trap')
}
