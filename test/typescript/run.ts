/** @module run: a component's functions, called in this process with an outside that the test plays. */

import { WORLD } from '../../packages/executor/src/host/index.ts'
import { type FakeOptions, fakeCall } from '../../packages/executor/src/host/testing.ts'
import { Instance } from '../../packages/executor/src/linker/instance.ts'
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { LIMITS, programOf } from '../../packages/executor/src/linker/testing.ts'

type FunctionName = 'describe' | 'action' | 'trigger' | 'resolve'

export interface Outcome {
  ok: boolean
  /** Decoded; of a failure its record with `detail` decoded. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field.
  value: any
  logs: { level: string; message: string }[]
  // biome-ignore lint/suspicious/noExplicitAny: effects are looked into field by field.
  effects: { kind: string; ask: any; bytes: Uint8Array }[]
  usage: Instance['usage']
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes))

/** Calls run in instances of their own, as in a cell. */
export function runner(component: Uint8Array) {
  const program = programOf(component, WORLD)
  const scheduler = new Scheduler()
  let id = 0
  return async (
    name: FunctionName,
    args: readonly string[],
    input?: unknown,
    options: FakeOptions = {},
  ): Promise<Outcome> => {
    const fake = fakeCall(options)
    const instance = new Instance(program, scheduler, { id: ++id, limits: LIMITS, call: fake.call })
    try {
      await instance.start()
      if (name !== 'describe') await instance.invoke('init', [encode({ piece: { name: 'p', version: '0.1.0' } })])
      const given = name === 'describe' ? [] : [...args, encode(input)]
      const result = (await instance.invoke(name, given)) as { tag: string; val: unknown }
      const logs = fake.logs.map(({ level, message }) => ({ level, message }))
      const common = { logs, effects: fake.effects, usage: instance.usage }
      if (result.tag === 'ok') {
        const value = typeof result.val === 'string' ? JSON.parse(result.val) : decode(result.val as Uint8Array)
        return { ok: true, value, ...common }
      }
      const failure = result.val as { code: string; message: string; retryAfterMs?: bigint; detail?: Uint8Array }
      const detail = failure.detail && decode(failure.detail)
      const retryAfterMs = failure.retryAfterMs === undefined ? undefined : Number(failure.retryAfterMs)
      return { ok: false, value: { ...failure, retryAfterMs, detail }, ...common }
    } finally {
      instance.close()
      fake.end()
    }
  }
}
