/** @module search/follower: keeps the search at the catalog's heels: all of it at the start, then what was touched since. */
import type { Catalog } from '../catalog/index.ts'
import { Search } from './index.ts'

const FOLLOW_MS = 1_000
/** Clocks of several registries on one catalog differ, and a transaction is seen after the instant that it wrote. */
const OVERLAP_MS = 10_000

export interface Follower {
  readonly search: Search
  /** Hears of it now, not within a second. */
  catchUp(): Promise<void>
  close(): void
}

export async function followCatalog(catalog: Catalog, onError: (error: unknown) => void): Promise<Follower> {
  const search = new Search()
  let readAt = 0
  const read = async () => {
    const beganAt = Date.now()
    const touched = await catalog.pieces.touchedSince(Math.max(0, readAt - OVERLAP_MS))
    // Not before: what a failed look did not see is looked for again.
    readAt = beganAt
    return touched
  }
  const beganAt = Date.now()
  await search.fillFrom(catalog.pieces.allCards())
  readAt = beganAt

  let last: Promise<void> = Promise.resolve()
  const follow = async (): Promise<void> => {
    for (const { name, card, downloads } of await read())
      if (card) search.put({ card, downloads })
      else search.remove(name)
  }
  /** One after the other, whatever became of the one before. */
  const catchUp = (): Promise<void> => {
    last = last.catch(() => {}).then(follow)
    return last
  }
  const timer = setInterval(() => void catchUp().catch(onError), FOLLOW_MS).unref()
  return { search, catchUp, close: () => clearInterval(timer) }
}
