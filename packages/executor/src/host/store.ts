/** @module host/store: ap:piece/store. */
import type { StoreScope } from '../effect.ts'
import { LIMITS } from '../limits.ts'
import { type HostCall, ok, waiting } from './call.ts'
import { overCeiling, refused, textBytes } from './failure.ts'
import type { Bindings } from './world.ts'

const KEY_CEILING = LIMITS.storeKeyBytes.ceiling
const VALUE_CEILING = LIMITS.storeValueBytes.ceiling

function keyRefusal(what: string, key: string) {
  const bytes = textBytes(key, KEY_CEILING)
  return bytes > KEY_CEILING ? overCeiling(what, bytes, 'storeKeyBytes', KEY_CEILING) : undefined
}

async function get(call: HostCall, scope: StoreScope, key: string) {
  const { answer, bytes } = await call.ask('store.get', { scope, key })
  if ('failure' in answer) return refused(answer.failure)
  return ok(answer.found ? bytes : undefined)
}

async function put(call: HostCall, scope: StoreScope, key: string, value: Uint8Array) {
  const { answer } = await call.ask('store.put', { scope, key }, value)
  return answer.failure === undefined ? ok() : refused(answer.failure)
}

async function remove(call: HostCall, scope: StoreScope, key: string) {
  const { answer } = await call.ask('store.delete', { scope, key })
  return answer.failure === undefined ? ok() : refused(answer.failure)
}

async function keys(call: HostCall, scope: StoreScope, prefix: string, after: string | undefined) {
  const { answer } = await call.ask('store.keys', after === undefined ? { scope, prefix } : { scope, prefix, after })
  return 'failure' in answer ? refused(answer.failure) : ok(answer.keys)
}

export const store = {
  get: waiting((call, scope, key) => keyRefusal('key', key) ?? get(call, scope, key)),
  put: waiting((call, scope, key, value) => {
    if (value.length > VALUE_CEILING) return overCeiling('value', value.length, 'storeValueBytes', VALUE_CEILING)
    return keyRefusal('key', key) ?? put(call, scope, key, value)
  }),
  delete: waiting((call, scope, key) => keyRefusal('key', key) ?? remove(call, scope, key)),
  keys: waiting(
    (call, scope, prefix, after) =>
      keyRefusal('prefix', prefix) ??
      (after === undefined ? undefined : keyRefusal('key', after)) ??
      keys(call, scope, prefix, after),
  ),
} satisfies Bindings<'ap:piece/store'>
