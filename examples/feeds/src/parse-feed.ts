/** @module parse-feed: reads a feed once, as it stands. */
import { createAction, Failure, Property } from '@ap-wasm/piece'
import { fetchFeed } from './fetch-feed.ts'
import { identify } from './identity.ts'
import { itemOf, newestFirst } from './item.ts'

const MAX_ITEMS = 500

export const parseFeed = createAction({
  name: 'parse_feed',
  displayName: 'Read a feed',
  description: 'Reads an RSS, Atom or JSON feed: what it is about, and its items from new to old.',
  props: {
    url: Property.ShortText({ displayName: 'Feed address', required: true }),
    limit: Property.Number({
      displayName: 'Items',
      description: `At most so many, up to ${MAX_ITEMS}.`,
      required: false,
      defaultValue: 20,
    }),
  },
  aiMetadata: { description: 'Reads an RSS, Atom or JSON feed by its address.', idempotent: true },
  async run({ propsValue: { url, limit = 20 } }) {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ITEMS)
      throw new Failure('invalid_input', `limit is ${limit}; it is a whole number from 1 to ${MAX_ITEMS}`)
    const found = await fetchFeed(url)
    if (found === undefined) throw new Failure('upstream_error', `${url} answered 304 although nothing was asked for`)
    const { feed } = found
    const entries = identify(newestFirst(feed.entries))
    return {
      feed: feed.info,
      total: entries.length,
      items: entries.slice(0, limit).map(({ entry }) => itemOf(entry, feed)),
    }
  },
})
