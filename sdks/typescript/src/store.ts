/** @module store: state that outlives the call, kept as JSON text so that a piece in another language can read it. */
import { host, type StoreScopeName } from './host.ts'

/** Whose state it is: one flow's, or all flows' of the project. */
export const StoreScope = { FLOW: 'FLOW', PROJECT: 'COLLECTION' } as const
export type StoreScope = (typeof StoreScope)[keyof typeof StoreScope]

/** State of this piece. */
export interface Store {
  /** The value, or null. */
  get<T = unknown>(key: string, scope?: StoreScope): Promise<T | null>
  /** Keeps the value and returns it. */
  put<T>(key: string, value: T, scope?: StoreScope): Promise<T>
  delete(key: string, scope?: StoreScope): Promise<void>
  /** Keys that begin with `prefix`, in order, after the one given; at most 1,000. */
  keys(options?: { prefix?: string; after?: string; scope?: StoreScope }): Promise<string[]>
}

const name = (scope: StoreScope = 'FLOW'): StoreScopeName => (scope === 'FLOW' ? 'flow' : 'project')

export const store: Store = {
  async get<T>(key: string, scope?: StoreScope) {
    const bytes = host().store.get(name(scope), key)
    return bytes === undefined ? null : (JSON.parse(new TextDecoder().decode(bytes)) as T)
  },
  async put(key, value, scope) {
    host().store.put(name(scope), key, new TextEncoder().encode(JSON.stringify(value ?? null)))
    return value
  },
  async delete(key, scope) {
    host().store.delete(name(scope), key)
  },
  async keys({ prefix = '', after, scope } = {}) {
    return host().store.keys(name(scope), prefix, after)
  },
}
