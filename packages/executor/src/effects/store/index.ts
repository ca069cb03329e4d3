/** @module effects/store: state that outlives a call; it belongs to tenant, piece (not version), and project or flow. */

import { utf8Length } from '../../codec/utf8.ts'
import type { StoreScope } from '../../effect.ts'
import {
  type Answers,
  type Awaitable,
  type CallState,
  failed,
  NO_BYTES,
  notGranted,
  reply,
  storageRefusal,
} from '../state.ts'

export const KEYS_PER_PAGE = 1_000

/** Where a key lives. */
export interface Place {
  tenant: string
  piece: string
  scope: StoreScope
  /** The projectId or flowId. */
  owner: string
}

/** A driver. No key is empty; keys are ordered by their bytes in UTF-8. */
export interface Store {
  get(place: Place, key: string): Awaitable<Uint8Array | undefined>
  /** False: the room of this tenant's piece is used up, and nothing has changed. */
  put(place: Place, key: string, value: Uint8Array): Awaitable<boolean>
  delete(place: Place, key: string): Awaitable<void>
  /** At most `limit` keys that begin with `prefix`, after the one given. */
  keys(place: Place, prefix: string, after: string | undefined, limit: number): Awaitable<string[]>
  close(): Awaitable<void>
}

type Refused = ReturnType<typeof failed>
const isRefused = (value: Place | Refused): value is Refused => 'answer' in value

/** The place of a scope, or the failure that stands in the way: not granted, too many operations, no flow, a bad key. */
function placeOf(call: CallState, scope: StoreScope, key: string | undefined): Place | Refused {
  const { grants, limits, tenant, piece, run } = call.context
  if (!grants.store.includes(scope)) return notGranted('store', scope)
  if (++call.storeOps > limits.storeOps)
    return failed('limit_exceeded', `the call used the store ${call.storeOps} times; storeOps is ${limits.storeOps}`)
  // A control character is six bytes of JSON: a page of keys has to fit into one frame.
  if (key !== undefined && !/^[^\x00-\x1f\x7f]+$/.test(key))
    return failed('invalid_key', 'a key of the store has at least one character, and no control characters')
  const bytes = utf8Length(key ?? '')
  if (bytes > limits.storeKeyBytes)
    return failed('limit_exceeded', `the key has ${bytes} bytes; storeKeyBytes is ${limits.storeKeyBytes}`)
  const owner = scope === 'flow' ? run.flowId : run.projectId
  if (owner === undefined) return failed('no_flow', 'the store of a flow needs a flow, and this call has no run.flowId')
  return { tenant, piece, scope, owner }
}

export const store: Answers<'store.get' | 'store.put' | 'store.delete' | 'store.keys'> = {
  'store.get': async (call, { scope, key }) => {
    const place = placeOf(call, scope, key)
    if (isRefused(place)) return place
    const value = await call.engines.store.get(place, key)
    return { answer: { found: value !== undefined }, bytes: value ?? NO_BYTES }
  },
  'store.put': async (call, { scope, key }, value) => {
    const place = placeOf(call, scope, key)
    if (isRefused(place)) return place
    const { storeValueBytes } = call.context.limits
    if (value.length > storeValueBytes)
      return failed('limit_exceeded', `the value has ${value.length} bytes; storeValueBytes is ${storeValueBytes}`)
    try {
      if (await call.engines.store.put(place, key, value)) return reply({})
      return failed('limit_exceeded', 'the state of this piece has reached storeBytesPerPiece: delete what is old')
    } catch (error) {
      return storageRefusal(error)
    }
  },
  'store.delete': async (call, { scope, key }) => {
    const place = placeOf(call, scope, key)
    if (isRefused(place)) return place
    try {
      await call.engines.store.delete(place, key)
    } catch (error) {
      return storageRefusal(error)
    }
    return reply({})
  },
  'store.keys': async (call, { scope, prefix, after }) => {
    const place = placeOf(call, scope, undefined)
    if (isRefused(place)) return place
    // Nothing that long can be a key.
    if (utf8Length(prefix) > call.context.limits.storeKeyBytes) return reply({ keys: [] })
    return reply({ keys: await call.engines.store.keys(place, prefix, after, KEYS_PER_PAGE) })
  },
}
