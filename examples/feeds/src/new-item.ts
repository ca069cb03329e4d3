/** @module new-item: starts a flow for each entry that a feed did not have before. */
import { createTrigger, Property, type Store, TriggerStrategy } from '@ap-wasm/piece'
import type { Entry } from './entry.ts'
import type { Feed } from './feed.ts'
import { fetchFeed, type Validators } from './fetch-feed.ts'
import { type Identity, identify } from './identity.ts'
import { type Item, itemOf, newestFirst } from './item.ts'

const STATE = 'feed'
const MAX_SEEN = 20_000
const TEST_ITEMS = 5
/** Of one poll; the rest comes with the next. */
const MAX_ITEMS = 100
const MAX_CHARACTERS = 4_000_000

interface State {
  url: string
  validators: Validators
  /** Marks of entries (identity.ts), from new to old. */
  seen: string[]
}

/** What stands there now comes first: an entry that left the feed is forgotten before one that is in it. */
function remembered(current: readonly { identity: Identity }[], before: readonly string[]): string[] {
  const marks = new Set([...current.flatMap(({ identity }) => identity.marks), ...before])
  return [...marks].slice(0, MAX_SEEN)
}

async function stateOf(store: Store, url: string): Promise<State | undefined> {
  const state = await store.get<State>(STATE)
  return state?.url === url ? state : undefined
}

const shown = (feed: Feed, entry: Entry, identity: Identity): Item & { feed: Feed['info']; _dedupe_key: string } => ({
  ...itemOf(entry, feed),
  feed: feed.info,
  _dedupe_key: identity.key,
})

/** The oldest of the new ones as far as one poll carries, from new to old. */
function batch(feed: Feed, fresh: readonly { entry: Entry; identity: Identity }[]) {
  const taken: { identity: Identity; item: ReturnType<typeof shown> }[] = []
  let characters = 0
  for (const { entry, identity } of fresh.toReversed()) {
    characters += (entry.content?.length ?? 0) + (entry.summary?.length ?? 0)
    if (taken.length === MAX_ITEMS || (taken.length > 0 && characters > MAX_CHARACTERS)) break
    taken.unshift({ identity, item: shown(feed, entry, identity) })
  }
  return taken
}

export const newItem = createTrigger({
  name: 'new_item',
  displayName: 'New item in a feed',
  description: 'Starts a flow for each new item of an RSS, Atom or JSON feed.',
  type: TriggerStrategy.POLLING,
  props: {
    url: Property.ShortText({
      displayName: 'Feed address',
      description: 'Of the feed, not of the page that shows it: https://example.com/feed.xml',
      required: true,
    }),
  },
  sampleData: {
    id: 'https://example.com/?p=7',
    title: 'The river rose again',
    link: 'https://example.com/the-river',
    published: '2026-01-01T09:00:00.000Z',
    updated: null,
    authors: ['Ana Silva'],
    categories: ['News'],
    summary: 'Who pays for the walls?',
    content: '<p>Who pays for the walls?</p>',
    image: 'https://example.com/river.jpg',
    enclosures: [],
    language: 'en',
    feed: { url: 'https://example.com/feed.xml', format: 'rss', title: 'Daily', link: 'https://example.com/' },
  },
  async onEnable({ propsValue: { url }, store }) {
    const found = await fetchFeed(url)
    const seen = found === undefined ? [] : remembered(identify(newestFirst(found.feed.entries)), [])
    await store.put<State>(STATE, { url, validators: found?.validators ?? {}, seen })
  },
  async onDisable({ store }) {
    await store.delete(STATE)
  },
  async run({ propsValue: { url }, store }) {
    const state = await stateOf(store, url)
    const found = await fetchFeed(url, state?.validators)
    if (found === undefined) return []
    const current = identify(newestFirst(found.feed.entries))
    const seen = new Set(state?.seen)
    const fresh = current.filter(({ identity }) => !identity.isIn(seen))
    const taken = batch(found.feed, fresh)
    const done = taken.length === fresh.length
    const left = new Set(done ? [] : fresh.slice(0, fresh.length - taken.length))
    await store.put<State>(STATE, {
      url,
      // While items are left, the next poll must not be told that nothing changed.
      validators: done ? found.validators : {},
      seen: remembered(left.size === 0 ? current : current.filter((one) => !left.has(one)), state?.seen ?? []),
    })
    return taken.map(({ item }) => item)
  },
  async test({ propsValue: { url } }) {
    const found = await fetchFeed(url)
    if (found === undefined) return []
    const current = identify(newestFirst(found.feed.entries)).slice(0, TEST_ITEMS)
    return current.map(({ entry, identity }) => shown(found.feed, entry, identity))
  },
})
