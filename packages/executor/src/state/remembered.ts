/** @module state/remembered: what each call reads of the state and hardly anybody ever writes, read once. */
import { LRUCache } from 'lru-cache'
import type { State } from '../state.ts'

/** Finds by its key what `read` found, until anything but the course of calls is written: by us or by a process beside. */
export function remembered<T extends {}>(state: State, max: number): (key: string, read: () => T) => T {
  const known = new LRUCache<string, T>({ max })
  let revision = -1
  return (key, read) => {
    if (state.revision !== revision) {
      known.clear()
      revision = state.revision
    }
    const found = known.get(key)
    if (found !== undefined) return found
    const value = read()
    known.set(key, value)
    return value
  }
}
