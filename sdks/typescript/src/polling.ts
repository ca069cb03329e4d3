/**
 * @module polling: triggers that ask for what is new. What was seen is kept in the store: `lastPoll`, the newest moment in
 * milliseconds, or `lastItem`, the newest item's id; the same in every SDK.
 */
import type { AuthParam, AuthValue } from './auth.ts'
import type { Files } from './context.ts'
import type { Properties, PropsValue } from './property.ts'
import type { Store } from './store.ts'

/** How an item is known to be new. */
export const DedupeStrategy = {
  /** Its moment is after the newest one seen. */
  TIMEBASED: 'TIMEBASED',
  /** It stands before the newest one seen in a list from new to old. */
  LAST_ITEM: 'LAST_ITEM',
} as const
export type DedupeStrategy = (typeof DedupeStrategy)[keyof typeof DedupeStrategy]

interface ItemsContext<A extends AuthParam, P extends Properties> {
  auth: AuthValue<A>
  propsValue: PropsValue<P>
  store: Store
  files?: Files
}

/** Where items come from and how they are told apart. */
export type Polling<A extends AuthParam = AuthParam, P extends Properties = Properties> =
  | {
      strategy: typeof DedupeStrategy.TIMEBASED
      items(
        context: ItemsContext<A, P> & { lastFetchEpochMS: number },
      ): Promise<{ epochMilliSeconds: number; data: unknown }[]>
    }
  | {
      strategy: typeof DedupeStrategy.LAST_ITEM
      /** From new to old. */
      items(context: ItemsContext<A, P> & { lastItemId: unknown }): Promise<{ id: unknown; data: unknown }[]>
    }

const LAST_POLL = 'lastPoll'
const LAST_ITEM = 'lastItem'
const TEST_ITEMS = 5

const isNil = (value: unknown): value is null | undefined => value === null || value === undefined

/** The hooks of a polling trigger; call each from the hook of its name. */
export const pollingHelper = {
  /** Remembers what is there already, so that only what comes later starts a flow. */
  async onEnable<A extends AuthParam, P extends Properties>(
    polling: Polling<A, P>,
    context: ItemsContext<A, P>,
  ): Promise<void> {
    if (polling.strategy === 'TIMEBASED') {
      await context.store.put(LAST_POLL, Date.now())
      return
    }
    const newest = (await polling.items({ ...context, lastItemId: null }))[0]?.id
    if (isNil(newest)) await context.store.delete(LAST_ITEM)
    else await context.store.put(LAST_ITEM, newest)
  },

  /** Forgets it. */
  async onDisable<A extends AuthParam, P extends Properties>(
    polling: Polling<A, P>,
    context: Pick<ItemsContext<A, P>, 'store'>,
  ): Promise<void> {
    await context.store.delete(polling.strategy === 'TIMEBASED' ? LAST_POLL : LAST_ITEM)
  },

  /** Items that are new since the last time. */
  async poll<A extends AuthParam, P extends Properties>(
    polling: Polling<A, P>,
    context: ItemsContext<A, P> & { maxItemsToPoll?: number },
  ): Promise<unknown[]> {
    const { store } = context
    if (polling.strategy === 'TIMEBASED') {
      const last = (await store.get<number>(LAST_POLL)) ?? 0
      const items = await polling.items({ ...context, lastFetchEpochMS: last })
      const newest = items.reduce((moment, item) => Math.max(moment, item.epochMilliSeconds), last)
      await store.put(LAST_POLL, newest)
      return items.filter((item) => item.epochMilliSeconds > last).map((item) => item.data)
    }
    const last = await store.get(LAST_ITEM)
    const items = await polling.items({ ...context, lastItemId: last })
    const seen = isNil(last) ? -1 : items.findIndex((item) => item.id === last)
    let fresh = seen < 0 ? items : items.slice(0, seen)
    // The oldest of them first: what is left over comes with the next poll.
    if (context.maxItemsToPoll !== undefined) fresh = fresh.slice(-context.maxItemsToPoll)
    const newest = fresh[0]?.id
    if (!isNil(newest)) await store.put(LAST_ITEM, newest)
    return fresh.map((item) => item.data)
  },

  /** A few items to show, whether new or not; remembers nothing. */
  async test<A extends AuthParam, P extends Properties>(
    polling: Polling<A, P>,
    context: ItemsContext<A, P>,
  ): Promise<unknown[]> {
    const items =
      polling.strategy === 'TIMEBASED'
        ? await polling.items({ ...context, lastFetchEpochMS: 0 })
        : await polling.items({ ...context, lastItemId: null })
    return items.slice(0, TEST_ITEMS).map((item) => item.data)
  },
}
