import { afterEach, describe, expect, test, vi } from 'vitest'
import vectors from '../../../test/conformance/polling.json' with { type: 'json' }
import { DedupeStrategy, type Polling, pollingHelper } from '../src/index.ts'
import { store } from '../src/store.ts'
import { testOutside } from '../src/testing.ts'

interface Step {
  hook: 'on-enable' | 'on-disable' | 'run' | 'test'
  now: number
  items?: { at?: number; id?: unknown; data: unknown }[]
  asked?: unknown
  output?: unknown[]
  store: Record<string, unknown>
}

afterEach(() => {
  vi.useRealTimers()
})

describe.each(vectors.cases)('$name', (vector) => {
  test('step by step', async () => {
    vi.useFakeTimers()
    const outside = testOutside()
    for (const [key, value] of Object.entries(vector.store ?? {}))
      outside.values.set(`flow/${key}`, JSON.stringify(value))
    for (const step of vector.steps as Step[]) {
      vi.setSystemTime(step.now)
      const asked: unknown[] = []
      const polling: Polling =
        vector.strategy === 'timebased'
          ? {
              strategy: DedupeStrategy.TIMEBASED,
              async items({ lastFetchEpochMS }) {
                asked.push(lastFetchEpochMS)
                return step.items!.map((item) => ({ epochMilliSeconds: item.at!, data: item.data }))
              },
            }
          : {
              strategy: DedupeStrategy.LAST_ITEM,
              async items({ lastItemId }) {
                asked.push(lastItemId)
                return step.items!.map((item) => ({ id: item.id, data: item.data }))
              },
            }
      const context = { auth: undefined as never, propsValue: {}, store }
      const max = 'maxItems' in vector ? { maxItemsToPoll: vector.maxItems as number } : {}
      const output = await {
        'on-enable': () => pollingHelper.onEnable(polling, context),
        'on-disable': () => pollingHelper.onDisable(polling, context),
        run: () => pollingHelper.poll(polling, { ...context, ...max }),
        test: () => pollingHelper.test(polling, context),
      }[step.hook]()
      expect(asked).toEqual('asked' in step ? [step.asked] : [])
      if (step.output) expect(output).toEqual(step.output)
      const kept = Object.fromEntries(
        [...outside.values].map(([key, text]) => [key.replace('flow/', ''), JSON.parse(text)]),
      )
      expect(kept).toEqual(step.store)
    }
  })
})
